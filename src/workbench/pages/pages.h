#pragma once
#include <functional>
#include <memory>
#include <string>

#include "core/base/async.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/http/frame.h"
#include "core/http/html.h"
#include "core/http/request.h"
#include "core/http/response.h"

namespace pix::workbench {

/// Where the pages get what they show before any script has run. Each answers in the shape of the API operation that it
/// is named after; one that is not set leaves its part of the page to the script.
struct PageSources {
    using Asked = awaitable<core::Result<boost::json::value>>;
    using Admitted = awaitable<core::Result<std::string>>;

    /// True until the first account exists.
    std::function<awaitable<core::Result<bool>>()> needs_setup;
    /// The value of the Set-Cookie header that signs this browser in.
    /// Errors: Errc::unauthorized (wrong), Errc::invalid, Errc::limit (too many attempts); the message is shown.
    std::function<Admitted(std::shared_ptr<http::Request>, std::string username, std::string password)> sign_in;
    /// The same for the first account, with the code that another machine needs. Errors: Errc::forbidden (there is
    /// an account, or the code is wrong), Errc::invalid.
    std::function<Admitted(std::shared_ptr<http::Request>, std::string username, std::string password,
                           std::string code)>
        set_up;
    /// Whether the first account needs that code from there.
    std::function<bool(const http::Request&)> needs_code;
    /// Ends the browser's login; the value of the Set-Cookie header that forgets it.
    std::function<Admitted(std::shared_ptr<http::Request>)> sign_out;
    /// Whether the request comes from somebody who is signed in.
    std::function<awaitable<bool>(std::shared_ptr<http::Request>)> is_signed_in;

    /// GET /api/projects: an array of Project, each with its newest sessions.
    std::function<Asked(std::shared_ptr<http::Request>)> projects;
    /// GET /api/projects/{name}/sessions: an array of SessionMeta.
    std::function<Asked(std::shared_ptr<http::Request>, std::string project)> sessions;
    /// GET /api/sessions/{id}/messages: {messages, total, hasMore} of the newest `limit`, and, where known, `session`
    /// (SessionMeta with projectName).
    std::function<Asked(std::shared_ptr<http::Request>, std::string provider, std::string session, int limit)> messages;
    /// GET /api/search/conversations: {results, total}.
    std::function<Asked(std::shared_ptr<http::Request>, std::string query)> search;
};

/// What the handlers of the workbench's pages work with.
struct WorkbenchPages {
    http::PageFrame& frame;
    PageSources sources;
};

using Reply = awaitable<core::Result<http::Response>>;

Reply show_home(std::shared_ptr<http::Request> request, WorkbenchPages& pages);
Reply show_project(std::shared_ptr<http::Request> request, WorkbenchPages& pages);
Reply show_session(std::shared_ptr<http::Request> request, WorkbenchPages& pages);
Reply show_search(std::shared_ptr<http::Request> request, WorkbenchPages& pages);
Reply show_account_settings(std::shared_ptr<http::Request> request, WorkbenchPages& pages);

Reply show_sign_in(std::shared_ptr<http::Request> request, WorkbenchPages& pages);
Reply sign_in(std::shared_ptr<http::Request> request, WorkbenchPages& pages);
Reply show_set_up(std::shared_ptr<http::Request> request, WorkbenchPages& pages);
Reply set_up(std::shared_ptr<http::Request> request, WorkbenchPages& pages);
Reply sign_out(std::shared_ptr<http::Request> request, WorkbenchPages& pages);

/// The templates of these pages, for http::Templates::parse.
std::span<const http::Template> page_templates();

} // namespace pix::workbench
