#include "core/base/text.h"
#include "web/assets.h"
#include "workbench/pages/page_parts.h"
#include "workbench/pages/pages.h"

namespace pix::workbench {

using core::Errc;
using core::Error;
using http::Response;
namespace json = boost::json;

namespace {

/// Which of the two forms is shown, and what stands in it.
struct SignInForm {
    bool first_account = false;
    bool needs_code = false;
    std::string username;
    std::string next;
    std::string problem;
};

json::object form_view(const http::Request& request, const SignInForm& form)
{
    std::string look = "system";
    for (auto const* theme : {"light", "dark"})
        if (request.cookie("pix_look").starts_with(theme)) look = theme;
    return {{"theme", look},
            {"style", request.asset_link(web::asset_url("style.css"))},
            {"icon", request.asset_link(web::asset_url("icon.svg"))},
            {"first", form.first_account},
            {"needs_code", form.needs_code},
            {"action", request.link(form.first_account ? "/setup" : "/login")},
            {"username", core::shorten(form.username, 200)},
            {"next", form.next},
            {"problem", form.problem}};
}

Response form_page(const http::Request& request, const http::PageFrame& frame, const SignInForm& form, int status)
{
    auto response = Response::html(frame.templates_for(request).render("workbench/sign_in", form_view(request, form)));
    response.set("Cache-Control", "no-store");
    return response.with_status(status);
}

awaitable<bool> needs_setup(WorkbenchPages& pages)
{
    if (!pages.sources.needs_setup) co_return false;
    auto const needed = co_await pages.sources.needs_setup();
    co_return needed && *needed;
}

/// What may be said to a stranger: only failures that are about what was sent.
std::string said_to_stranger(const http::Request& request, const http::PageFrame& frame, const Error& error)
{
    switch (error.code) {
    case Errc::unauthorized: return frame.text_for(request, "signin.wrong");
    case Errc::limit: return frame.text_for(request, "signin.too_many");
    case Errc::invalid:
    case Errc::forbidden: return error.message;
    default: return frame.text_for(request, "signin.failed");
    }
}

Reply admit(std::shared_ptr<http::Request> request, WorkbenchPages& pages, bool first_account)
{
    PIX_CO_TRY(auto const sent, request->form());
    SignInForm form;
    form.first_account = first_account;
    form.username = std::string(core::trim(sent.first("username").value_or("")));
    form.next = safe_next(*request, sent.first("next").value_or(""));
    form.needs_code = first_account && pages.sources.needs_code && pages.sources.needs_code(*request);
    std::string const password = sent.first("password").value_or("");
    if (first_account && password != sent.first("again").value_or("")) {
        form.problem = pages.frame.text_for(*request, "signin.differ");
        co_return form_page(*request, pages.frame, form, 400);
    }
    auto const& sources = pages.sources;
    if (!sources.set_up || !sources.sign_in) co_return core::fail(Errc::unavailable, "accounts are not there yet");
    core::Result<std::string> cookie;
    if (first_account)
        cookie = co_await sources.set_up(request, form.username, password, sent.first("code").value_or(""));
    else
        cookie = co_await sources.sign_in(request, form.username, password);
    if (!cookie) {
        form.problem = said_to_stranger(*request, pages.frame, cookie.error());
        co_return form_page(*request, pages.frame, form, http::status_of(cookie.error().code));
    }
    auto response = Response::see_other(form.next);
    response.add("Set-Cookie", *cookie);
    co_return response;
}

Reply show_form(std::shared_ptr<http::Request> request, WorkbenchPages& pages, bool first_account)
{
    SignInForm form;
    form.first_account = first_account;
    form.next = safe_next(*request, request->query("next").value_or(""));
    form.needs_code = first_account && pages.sources.needs_code && pages.sources.needs_code(*request);
    bool const first = co_await needs_setup(pages);
    if (first != first_account) {
        std::string const other = first ? "/setup" : "/login";
        co_return Response::see_other(request->link(other) + "?next=" + core::percent_encode(form.next));
    }
    if (!first && pages.sources.is_signed_in) {
        bool const signed_in = co_await pages.sources.is_signed_in(request);
        if (signed_in) co_return Response::see_other(form.next);
    }
    co_return form_page(*request, pages.frame, form, 200);
}

} // namespace

Reply show_sign_in(std::shared_ptr<http::Request> request, WorkbenchPages& pages)
{
    return show_form(std::move(request), pages, false);
}

Reply show_set_up(std::shared_ptr<http::Request> request, WorkbenchPages& pages)
{
    return show_form(std::move(request), pages, true);
}

Reply sign_in(std::shared_ptr<http::Request> request, WorkbenchPages& pages)
{
    return admit(std::move(request), pages, false);
}

Reply set_up(std::shared_ptr<http::Request> request, WorkbenchPages& pages)
{
    return admit(std::move(request), pages, true);
}

Reply sign_out(std::shared_ptr<http::Request> request, WorkbenchPages& pages)
{
    auto response = Response::see_other(request->link("/login"));
    if (pages.sources.sign_out) {
        PIX_CO_TRY(auto const cookie, co_await pages.sources.sign_out(request));
        response.add("Set-Cookie", cookie);
    }
    co_return response;
}

} // namespace pix::workbench
