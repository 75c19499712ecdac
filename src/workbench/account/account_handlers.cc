#include "workbench/account/account_handlers.h"

#include "core/base/clock.h"
#include "workbench/account/accounts.h"
#include "workbench/account/body_fields.h"

namespace pix::workbench {

using core::Errc;
using core::fail;
using core::Result;
using http::Response;
namespace json = boost::json;

namespace {

std::string time_text(core::Millis at)
{
    return core::iso_time(at, true);
}

json::value maybe_time(const std::optional<core::Millis>& at)
{
    return at ? json::value(time_text(*at)) : json::value();
}

/// LoginResponse, and the cookie for browsers.
Response signed_in(const SignedIn& who)
{
    auto response =
        Response::json(json::object{{"success", true}, {"token", who.token}, {"user", user_json(who.user)}});
    response.add("Set-Cookie", who.cookie);
    response.compressible = false;
    return response;
}

Response done(std::string_view message)
{
    return Response::json(json::object{{"success", true}, {"message", message}});
}

json::object key_json(const ApiKey& key, std::string_view text)
{
    return {{"id", key.id},
            {"key_name", key.name},
            {"api_key", text},
            {"created_at", time_text(key.created_at)},
            {"last_used", maybe_time(key.last_used)},
            {"is_active", key.is_active}};
}

} // namespace

json::object user_json(const User& user)
{
    json::object made{{"id", user.id},
                      {"username", user.username},
                      {"role", user.role},
                      {"created_at", time_text(user.created_at)},
                      {"last_login", maybe_time(user.last_login)}};
    if (user.email) made["email"] = *user.email;
    return made;
}

Reply auth_status(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(bool const needs_setup, co_await accounts.needs_setup());
    json::object answer{{"success", true}, {"needsSetup", needs_setup}, {"isAuthenticated", false}};
    // A bad credential is no failure here: the question is whether it is one.
    auto const identity = co_await accounts.find_identity(request);
    if (identity && *identity) {
        auto const user = co_await accounts.user_of((*identity)->actor);
        if (user) {
            answer["isAuthenticated"] = true;
            answer["user"] = user_json(*user);
        }
    }
    co_return Response::json(answer);
}

Reply register_account(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    // That there is an account is said whatever the body is.
    PIX_CO_TRY(bool const needs_setup, co_await accounts.needs_setup());
    json::object body;
    std::string username;
    std::string password;
    std::string code;
    if (needs_setup) {
        PIX_CO_TRY(body, fields::body_object(*request));
        PIX_CO_TRY(username, fields::needed_text(body, {"username"}));
        PIX_CO_TRY(password, fields::needed_text(body, {"password"}));
        PIX_CO_TRY(auto const sent_code, fields::text_field(body, {"setupCode"}));
        code = sent_code.value_or("");
    }
    PIX_CO_TRY(auto const who, co_await accounts.register_first(request, username, password, code));
    co_return signed_in(who);
}

Reply log_in_account(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const body, fields::body_object(*request));
    PIX_CO_TRY(std::string const username, fields::needed_text(body, {"username"}));
    PIX_CO_TRY(std::string const password, fields::needed_text(body, {"password"}));
    if (username.empty() || password.empty()) co_return fail(Errc::invalid, "username or password is empty");
    PIX_CO_TRY(auto const who, co_await accounts.log_in(request, username, password));
    co_return signed_in(who);
}

Reply current_user(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const user, co_await accounts.user_of(request->actor));
    co_return Response::json(json::object{{"user", user_json(user)}});
}

Reply log_out_account(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_CHECK(co_await accounts.log_out(request));
    Accounts::drop_renewal(*request); // no fresh token for the one that has just ended
    auto response = done("signed out");
    response.add("Set-Cookie", Accounts::expired_cookie());
    co_return response;
}

Reply log_out_all(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const user, co_await accounts.user_of(request->actor));
    PIX_CO_CHECK(co_await accounts.log_out_everywhere(user.id));
    Accounts::drop_renewal(*request);
    auto response = done("signed out everywhere");
    response.add("Set-Cookie", Accounts::expired_cookie());
    co_return response;
}

Reply refresh_token(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const who, co_await accounts.refresh(request));
    bool const has_cookie = !request->cookie("token").empty();
    Accounts::drop_renewal(*request);
    auto response = Response::json(json::object{{"success", true}, {"token", who.token}});
    if (has_cookie) response.add("Set-Cookie", who.cookie);
    response.compressible = false;
    co_return response;
}

Reply make_stream_ticket(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const body, fields::body_object(*request));
    TicketUse use;
    PIX_CO_TRY(use.path, fields::needed_text(body, {"path"}));
    PIX_CO_TRY(use.transport, fields::needed_text(body, {"transport"}));
    PIX_CO_TRY(auto const method, fields::text_field(body, {"method"}));
    use.method = method.value_or("GET");
    std::chrono::seconds life = ticket_life;
    if (auto const* const asked = body.if_contains("ttlSeconds")) {
        if (!asked->is_int64()) co_return fail(Errc::invalid, "ttlSeconds is no whole number");
        life = std::chrono::seconds(asked->as_int64());
    }
    PIX_CO_TRY(auto const ticket, co_await accounts.issue_ticket(request, use, life));
    auto response = Response::json(json::object{{"ticket", ticket.text},
                                                {"expiresAt", time_text(ticket.expires_at)},
                                                {"transport", use.transport},
                                                {"path", use.path}});
    response.compressible = false;
    co_return response;
}

Reply list_account_logins(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const user, co_await accounts.user_of(request->actor));
    PIX_CO_TRY(auto const logins, co_await accounts.logins(user.id));
    json::array list;
    for (auto const& login : logins)
        list.push_back(json::object{{"id", login.id.text()},
                                    {"createdAt", time_text(login.created_at)},
                                    {"expiresAt", time_text(login.expires_at)},
                                    {"address", login.client},
                                    {"userAgent", login.user_agent},
                                    {"isCurrent", request->credential == "login/" + login.id.text()}});
    co_return Response::json(list);
}

Reply end_account_login(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const user, co_await accounts.user_of(request->actor));
    PIX_CO_TRY(auto const logins, co_await accounts.logins(user.id));
    LoginId const asked(request->param("loginId"));
    bool const is_there = std::ranges::any_of(logins, [&](const Login& login) { return login.id == asked; });
    if (!is_there) co_return fail(Errc::not_found, "there is no such login");
    PIX_CO_CHECK(co_await accounts.end_login(user.id, asked));
    co_return done("signed out");
}

Reply list_keys(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const user, co_await accounts.user_of(request->actor));
    PIX_CO_TRY(auto const keys, co_await accounts.api_keys(user.id));
    json::array list;
    for (auto const& key : keys) list.push_back(key_json(key, key.shown + "..."));
    co_return Response::json(list);
}

Reply make_key(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const user, co_await accounts.user_of(request->actor));
    PIX_CO_TRY(auto const body, fields::body_object(*request));
    PIX_CO_TRY(auto const name, fields::needed_text(body, {"name", "keyName"}));
    PIX_CO_TRY(auto const made, co_await accounts.make_api_key(user.id, name));
    json::object answer = key_json(made.key, made.text);
    // Older clients read these.
    answer["success"] = true;
    answer["apiKey"] = json::object{{"id", made.key.id},
                                    {"keyName", made.key.name},
                                    {"apiKey", made.text},
                                    {"createdAt", time_text(made.key.created_at)}};
    auto response = Response::json(answer, 201);
    response.compressible = false;
    co_return response;
}

Reply delete_key(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const user, co_await accounts.user_of(request->actor));
    PIX_CO_TRY(auto const key, fields::number_param(*request, "keyId"));
    PIX_CO_CHECK(co_await accounts.delete_api_key(user.id, key));
    co_return done("deleted");
}

Reply toggle_key(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const user, co_await accounts.user_of(request->actor));
    PIX_CO_TRY(auto const key, fields::number_param(*request, "keyId"));
    PIX_CO_TRY(auto const body, fields::body_object(*request));
    PIX_CO_TRY(bool const active, fields::needed_bool(body, {"is_active", "isActive"}));
    PIX_CO_CHECK(co_await accounts.set_api_key_active(user.id, key, active));
    co_return Response::json(json::object{{"success", true}, {"is_active", active}});
}

} // namespace pix::workbench
