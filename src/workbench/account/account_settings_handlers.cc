#include "workbench/account/account_settings_handlers.h"

#include "core/base/clock.h"
#include "workbench/account/account_handlers.h"
#include "workbench/account/accounts.h"
#include "workbench/account/body_fields.h"
#include "workbench/account/user_setting_store.h"
#include "workbench/account/user_settings.h"

namespace pix::workbench {

using core::Errc;
using core::fail;
using core::Result;
using http::Response;
using store::Connection;
namespace json = boost::json;

namespace {

constexpr std::string_view notifications = "notifications";
constexpr std::string_view appearance = "appearance";
constexpr std::string_view language = "language";
constexpr std::string_view onboarding = "onboarding";

awaitable<Result<json::object>> load(Accounts& accounts, core::Actor actor, std::string_view name)
{
    PIX_CO_TRY(auto const user, co_await accounts.user_of(std::move(actor)));
    auto const read = [id = user.id, name](Connection& tx) { return load_setting(tx, id, name); };
    co_return co_await accounts.database().read(read);
}

/// Replaces a setting by what `change` makes of it, in one transaction, and gives the new one back.
using Change = std::function<Result<json::object>(const json::object&)>;
awaitable<Result<json::object>> save(Accounts& accounts, core::Actor actor, std::string_view name, Change change)
{
    PIX_CO_TRY(auto const user, co_await accounts.user_of(std::move(actor)));
    auto const write = [id = user.id, name, change, at = accounts.now()](Connection& tx) -> Result<json::object> {
        PIX_TRY(auto const before, load_setting(tx, id, name));
        PIX_TRY(auto after, change(before));
        PIX_CHECK(save_setting(tx, id, name, after, at));
        return after;
    };
    co_return co_await accounts.database().write(write);
}

Response preferences_answer(const json::object& preferences)
{
    return Response::json(json::object{{"success", true}, {"preferences", preferences}});
}

json::object credential_json(const Credential& credential)
{
    return {{"id", credential.id},
            {"credential_name", credential.name},
            {"credential_type", credential.type},
            {"host", credential.host},
            {"username", credential.username},
            {"description", credential.description},
            {"created_at", core::iso_time(credential.created_at, true)},
            {"is_active", credential.is_active}};
}

Response done()
{
    return Response::json(json::object{{"success", true}});
}

} // namespace

Reply show_notification_preferences(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const stored, co_await load(accounts, request->actor, notifications));
    PIX_CO_TRY(auto const preferences, NotificationPreferences().with(stored));
    co_return preferences_answer(preferences.to_json());
}

Reply save_notification_preferences(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto body, fields::body_object(*request));
    if (auto* const wrapped = body.if_contains("preferences")) {
        if (!wrapped->is_object()) co_return fail(Errc::invalid, "preferences is no object");
        json::object inner = std::move(wrapped->as_object());
        body = std::move(inner);
    }
    Change const change = [body](const json::object& before) -> Result<json::object> {
        PIX_TRY(auto const old, NotificationPreferences().with(before));
        PIX_TRY(auto const changed, old.with(body));
        return changed.to_json();
    };
    PIX_CO_TRY(auto const after, co_await save(accounts, request->actor, notifications, change));
    co_return preferences_answer(after);
}

Reply show_notification_taxonomy(std::shared_ptr<http::Request>, Accounts&)
{
    json::array list;
    for (auto const& kind : notification_kinds)
        list.push_back(json::object{
            {"eventType", kind.event_type}, {"category", kind.category}, {"preferenceKey", kind.preference_key}});
    co_return Response::json(list);
}

Reply list_stored_credentials(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const user, co_await accounts.user_of(request->actor));
    std::string const type = request->query("type").value_or("");
    if (type.find('\0') != std::string::npos) co_return fail(Errc::invalid, "type holds a zero byte");
    PIX_CO_TRY(auto const all, co_await accounts.credentials(user.id, type));
    json::array list;
    for (auto const& credential : all) list.push_back(credential_json(credential));
    co_return Response::json(json::object{{"success", true}, {"credentials", std::move(list)}});
}

Reply store_service_credential(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const user, co_await accounts.user_of(request->actor));
    PIX_CO_TRY(auto const body, fields::body_object(*request));
    Credential credential;
    PIX_CO_TRY(credential.name, fields::needed_text(body, {"credentialName", "credential_name"}));
    PIX_CO_TRY(credential.type, fields::needed_text(body, {"credentialType", "credential_type"}));
    PIX_CO_TRY(std::string const value, fields::needed_text(body, {"credentialValue", "credential_value"}));
    PIX_CO_TRY(auto const description, fields::text_field(body, {"description"}));
    PIX_CO_TRY(auto const host, fields::text_field(body, {"host"}));
    PIX_CO_TRY(auto const username, fields::text_field(body, {"credentialUsername", "username"}));
    credential.description = description.value_or("");
    credential.host = host.value_or("");
    credential.username = username.value_or("");
    PIX_CO_TRY(auto const made, co_await accounts.store_credential(user.id, credential, value));
    co_return Response::json(json::object{{"success", true}, {"credential", credential_json(made)}}, 201);
}

Reply delete_stored_credential(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const user, co_await accounts.user_of(request->actor));
    PIX_CO_TRY(auto const id, fields::number_param(*request, "credentialId"));
    PIX_CO_CHECK(co_await accounts.delete_credential(user.id, id));
    co_return done();
}

Reply toggle_stored_credential(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const user, co_await accounts.user_of(request->actor));
    PIX_CO_TRY(auto const id, fields::number_param(*request, "credentialId"));
    PIX_CO_TRY(auto const body, fields::body_object(*request));
    PIX_CO_TRY(bool const active, fields::needed_bool(body, {"isActive", "is_active"}));
    PIX_CO_CHECK(co_await accounts.set_credential_active(user.id, id, active));
    co_return done();
}

Reply show_server_env(std::shared_ptr<http::Request>, Accounts&)
{
    co_return Response::json(json::object{{"platform", "linux"}});
}

Reply show_appearance_setting(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const stored, co_await load(accounts, request->actor, appearance));
    PIX_CO_TRY(auto const look, AppearanceSetting().with(stored));
    co_return Response::json(look.to_json());
}

Reply save_appearance_setting(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const body, fields::body_object(*request));
    Change const change = [body](const json::object& before) -> Result<json::object> {
        PIX_TRY(auto const old, AppearanceSetting().with(before));
        PIX_TRY(auto const changed, old.with(body));
        return changed.to_json();
    };
    PIX_CO_TRY(auto const after, co_await save(accounts, request->actor, appearance, change));
    co_return Response::json(after);
}

Reply show_language(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto stored, co_await load(accounts, request->actor, language));
    json::array all;
    for (auto const known : languages) all.emplace_back(known);
    if (!stored.contains("language")) stored["language"] = languages.front();
    stored["languages"] = std::move(all);
    co_return Response::json(stored);
}

Reply save_language(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const body, fields::body_object(*request));
    PIX_CO_TRY(std::string const asked, fields::needed_text(body, {"language"}));
    auto const known = find_language(asked);
    if (!known) co_return fail(Errc::invalid, "language is none that Pix knows");
    Change const change = [chosen = *known](const json::object&) -> Result<json::object> {
        return json::object{{"language", chosen}};
    };
    PIX_CO_TRY(auto const after, co_await save(accounts, request->actor, language, change));
    co_return Response::json(after);
}

Reply show_onboarding(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const stored, co_await load(accounts, request->actor, onboarding));
    auto const* const completed = stored.if_contains("completed");
    bool const has_completed = completed && completed->is_bool() && completed->as_bool();
    co_return Response::json(json::object{{"success", true}, {"hasCompletedOnboarding", has_completed}});
}

Reply complete_onboarding(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    Change const change = [](const json::object&) -> Result<json::object> { return json::object{{"completed", true}}; };
    PIX_CO_CHECK(co_await save(accounts, request->actor, onboarding, change));
    co_return Response::json(json::object{{"success", true}, {"hasCompletedOnboarding", true}});
}

Reply show_profile(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const user, co_await accounts.user_of(request->actor));
    co_return Response::json(user_json(user));
}

Reply save_profile(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const user, co_await accounts.user_of(request->actor));
    PIX_CO_TRY(auto const body, fields::body_object(*request));
    PIX_CO_TRY(auto username, fields::text_field(body, {"username"}));
    PIX_CO_TRY(auto email, fields::text_field(body, {"email"}));
    PIX_CO_TRY(auto const changed, co_await accounts.change_profile(user.id, std::move(username), std::move(email)));
    co_return Response::json(user_json(changed));
}

Reply change_account_password(std::shared_ptr<http::Request> request, Accounts& accounts)
{
    PIX_CO_TRY(auto const body, fields::body_object(*request));
    PIX_CO_TRY(std::string const current, fields::needed_text(body, {"currentPassword"}));
    PIX_CO_TRY(std::string const next, fields::needed_text(body, {"newPassword"}));
    PIX_CO_CHECK(co_await accounts.change_password(request, current, next));
    // Every login has ended, this one too: whoever knew the new password signs in with it.
    Accounts::drop_renewal(*request);
    auto response = done();
    response.add("Set-Cookie", Accounts::expired_cookie());
    co_return response;
}

} // namespace pix::workbench
