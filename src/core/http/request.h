#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/actor.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/http/form.h"
#include "core/http/method.h"

namespace pix::http {

class Door;
class Connection;
struct Mount;

/// One request as a handler sees it: checked, decoded, without the mount.
///
/// Runs on: the io thread.
/// Owns:    copies of everything; it may outlive its connection.
class Request {
public:
    Method method() const { return method_; }
    /// Decoded, below the mount: "/tool/lorenz/run". Never "." or ".." segments, never control bytes, always UTF-8.
    const std::string& path() const { return path_; }
    /// As it was sent, with mount and query.
    std::string_view target() const { return target_; }

    /// The first header of that name, without regard to case; empty if absent.
    std::string_view header(std::string_view name) const;
    const std::vector<std::pair<std::string_view, std::string_view>>& headers() const { return headers_; }

    /// The first query parameter of that name, decoded; nothing if absent.
    std::optional<std::string> query(std::string_view name) const;
    std::vector<std::string> queries(std::string_view name) const;
    /// Without the question mark, not decoded.
    std::string_view query_text() const { return query_; }

    /// What stands in the path for `{name}`; the empty string if the route has no such parameter.
    const std::string& param(std::string_view name) const;

    const std::string& body() const { return body_; }
    /// Reads urlencoded and multipart bodies; an empty body is an empty form.
    /// Errors: Errc::unsupported (another media type), and those of parse_urlencoded and parse_multipart.
    core::Result<Form> form(const FormLimits& limits = {}) const;
    /// Errors: Errc::unsupported when the body says that it is something else than JSON, Errc::invalid (INVALID_JSON).
    core::Result<core::json::value> json(const core::JsonLimits& limits = {}) const;
    /// Lower case, without parameters: "application/json"; empty if absent.
    std::string media_type() const;
    /// A cookie's value; empty if absent.
    std::string_view cookie(std::string_view name) const;

    /// Who asks, as the door found out.
    core::Actor actor;
    /// What let them in ("login/…", "api_key/7"), as the door's authenticator names it; empty if nothing had to. What
    /// is open for a credential that has been withdrawn is found by it: Server::end_streams.
    std::string credential;
    /// Headers that the door adds to the answer whatever it will be, such as a renewed cookie.
    std::vector<std::pair<std::string, std::string>> answer_headers;

    /// Names this request in the log, in X-Request-Id and in errors.
    const std::string& id() const { return id_; }

    /// `mount_relative` with base path and mount in front: what a page puts into its links. "/static/…" of the door's
    /// own assets is made by asset_link().
    std::string link(std::string_view mount_relative) const;
    std::string asset_link(std::string_view name) const;
    /// The prefix that link() adds; "" on the area's own door.
    const std::string& link_prefix() const;

    /// True when the client would rather have JSON than HTML: it names a JSON type, and HTML later or not at all.
    bool accepts_json_first() const;
    /// True when the client names text/html or application/xhtml+xml: a browser that opens a page.
    bool accepts_html() const;
    /// True for a request that htmx made; it wants a fragment.
    bool is_htmx() const { return header("HX-Request") == "true"; }

    const Door& door() const { return *door_; }
    /// Where the area hangs; null for an address outside every area.
    const Mount* mount() const { return mount_; }
    /// The client's address without port.
    const std::string& client_address() const { return client_; }
    bool is_encrypted() const { return encrypted_; }

    /// True once the client has closed or the server wants an end. Asks the kernel: not for tight loops.
    bool client_gone() const;

    /// The number after `Last-Event-ID` (header, or `last_event_id` in the query, for the first connection); nothing if
    /// there is none or it is not a whole number from 0.
    std::optional<std::int64_t> last_event_id() const;

private:
    friend class Connection;
    friend class Router;
    friend struct RequestBuilder;

    void clear();

    std::string head_;
    std::string_view target_;
    std::string_view raw_path_;
    std::string_view query_;
    std::vector<std::pair<std::string_view, std::string_view>> headers_;
    std::string path_;
    std::vector<std::pair<std::string_view, std::string>> params_;
    std::string body_;
    std::string id_;
    std::string client_;
    const Door* door_ = nullptr;
    const Mount* mount_ = nullptr;
    std::weak_ptr<Connection> connection_;
    Method method_ = Method::get;
    bool encrypted_ = false;
};

/// Makes requests without a connection: for the tests of handlers.
struct RequestBuilder {
    Method method = Method::get;
    std::string target = "/";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::vector<std::pair<std::string, std::string>> params;
    const Door* door = nullptr; ///< must outlive the request
    const Mount* mount = nullptr;
    core::Actor actor = core::Actor::local();
    std::string client = "127.0.0.1";
    bool encrypted = false;

    std::shared_ptr<Request> build() const;
};

} // namespace pix::http
