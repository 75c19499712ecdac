#include "app/routes_account.h"

#include "app/route_rows.h"
#include "workbench/account/account_handlers.h"
#include "workbench/account/account_settings_handlers.h"
#include "workbench/account/accounts.h"

namespace pix::app {

namespace json = boost::json;

namespace {

using workbench::Accounts;

json::object type_of(std::string_view name, std::string_view format = {})
{
    json::object schema{{"type", name}};
    if (!format.empty()) schema["format"] = format;
    return schema;
}

json::object or_null(std::string_view name, std::string_view format = {})
{
    json::object schema{{"type", json::array{name, "null"}}};
    if (!format.empty()) schema["format"] = format;
    return schema;
}

json::object object_of(json::object properties, std::initializer_list<std::string_view> required = {},
                       std::string_view title = {})
{
    json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
    if (!title.empty()) schema["title"] = title;
    if (required.size() > 0) {
        json::array names;
        for (auto const name : required) names.emplace_back(name);
        schema["required"] = std::move(names);
    }
    return schema;
}

json::object list_of(json::object items)
{
    return {{"type", "array"}, {"items", std::move(items)}};
}

json::object user_schema()
{
    return object_of({{"id", type_of("integer")},
                      {"username", type_of("string")},
                      {"email", or_null("string", "email")},
                      {"role", type_of("string")},
                      {"created_at", type_of("string", "date-time")},
                      {"last_login", or_null("string", "date-time")}},
                     {}, "User");
}

json::object login_request_schema()
{
    return object_of({{"username", type_of("string")}, {"password", type_of("string", "password")}},
                     {"username", "password"}, "LoginRequest");
}

json::object login_response_schema()
{
    return object_of({{"success", type_of("boolean")}, {"token", type_of("string")}, {"user", user_schema()}}, {},
                     "LoginResponse");
}

json::object key_schema()
{
    return object_of({{"id", type_of("integer")},
                      {"key_name", type_of("string")},
                      {"api_key", type_of("string")},
                      {"created_at", type_of("string", "date-time")},
                      {"last_used", or_null("string", "date-time")},
                      {"is_active", type_of("boolean")}},
                     {}, "ApiKey");
}

json::object done_schema()
{
    return object_of({{"success", type_of("boolean")}, {"message", type_of("string")}});
}

/// A row and its description, built up in one expression.
class Described {
public:
    Described(Method method, std::string path, Reply (*handler)(std::shared_ptr<http::Request>, Accounts&),
              Accounts* accounts, std::string summary, std::string operation_id)
        : route_(row(method, std::move(path), on(handler, accounts), std::move(summary),
                     method == Method::get ? no_body : json_body))
    {
        route_.doc.operation_id = std::move(operation_id);
        route_.doc.tag = "Authentication";
    }
    Described& settings()
    {
        route_.doc.tag = "Settings";
        return *this;
    }
    Described& for_anyone()
    {
        route_.access = Access::anyone;
        route_.body_limit = http::default_body_limit;
        return *this;
    }
    Described& query(std::string name, std::string description)
    {
        route_.doc.query.push_back({std::move(name), std::move(description)});
        return *this;
    }
    Described& body(json::object schema)
    {
        route_.doc.body = std::move(schema);
        return *this;
    }
    Described& answers(int status, std::string description, json::value schema = nullptr)
    {
        route_.doc.responses.push_back({status, std::move(description), "application/json", std::move(schema)});
        return *this;
    }
    operator Route() const { return route_; } // NOLINT: what a list of rows is made of

private:
    Route route_;
};

std::vector<Route> sign_in_rows(Accounts* accounts)
{
    return {
        Described(Method::get, "/api/auth/status", workbench::auth_status, accounts, "Probe authentication state",
                  "getAuthStatus")
            .for_anyone()
            .answers(200, "Whether there is an account, and whether the request comes from one",
                     object_of({{"success", type_of("boolean")},
                                {"isAuthenticated", type_of("boolean")},
                                {"needsSetup", type_of("boolean")},
                                {"user", user_schema()}},
                               {}, "AuthStatus")),
        Described(Method::post, "/api/auth/register", workbench::register_account, accounts, "Register the first user",
                  "register")
            .for_anyone()
            .body(login_request_schema())
            .answers(200, "Registered and signed in", login_response_schema())
            .answers(403, "There is an account already, or the code is missing"),
        Described(Method::post, "/api/auth/login", workbench::log_in_account, accounts, "Log in", "login")
            .for_anyone()
            .body(login_request_schema())
            .answers(200, "Signed in; sets the token cookie", login_response_schema())
            .answers(401, "The name or the password is wrong")
            .answers(429, "Too many failed attempts; Retry-After says when to come again"),
        Described(Method::get, "/api/auth/user", workbench::current_user, accounts, "Current user", "getUser")
            .answers(200, "The account", object_of({{"user", user_schema()}})),
        Described(Method::post, "/api/auth/logout", workbench::log_out_account, accounts, "Log out", "logout")
            .answers(200, "Signed out; the token is no longer good", done_schema()),
        Described(Method::post, "/api/auth/logout-all", workbench::log_out_all, accounts, "Log out everywhere",
                  "logoutEverywhere")
            .answers(200, "Every token of the account is no longer good; API keys stay", done_schema()),
        Described(Method::post, "/api/auth/refresh", workbench::refresh_token, accounts, "Get a fresh token", "refresh")
            .answers(200, "A token of the same login",
                     object_of({{"success", type_of("boolean")}, {"token", type_of("string")}})),
        Described(Method::post, "/api/auth/stream-ticket", workbench::make_stream_ticket, accounts,
                  "Make a ticket for one stream", "makeStreamTicket")
            .body(object_of({{"path", type_of("string")},
                             {"transport", {{"type", "string"}, {"enum", {"sse", "ws"}}}},
                             {"method", type_of("string")},
                             {"ttlSeconds", {{"type", "integer"}, {"minimum", 5}, {"maximum", 300}}}},
                            {"path", "transport"}))
            .answers(200, "To be sent as ?streamTicket=; works once",
                     object_of({{"ticket", type_of("string")},
                                {"expiresAt", type_of("string", "date-time")},
                                {"transport", type_of("string")},
                                {"path", type_of("string")}})),
        Described(Method::get, "/api/auth/logins", workbench::list_account_logins, accounts,
                  "Where the account is signed in", "listLogins")
            .answers(200, "Newest first",
                     list_of(object_of({{"id", type_of("string")},
                                        {"createdAt", type_of("string", "date-time")},
                                        {"expiresAt", type_of("string", "date-time")},
                                        {"address", type_of("string")},
                                        {"userAgent", type_of("string")},
                                        {"isCurrent", type_of("boolean")}}))),
        Described(Method::delete_, "/api/auth/logins/{loginId}", workbench::end_account_login, accounts,
                  "Sign out one of them", "endLogin")
            .answers(200, "Signed out", done_schema()),
    };
}

std::vector<Route> key_rows(Accounts* accounts)
{
    return {
        Described(Method::get, "/api/settings/api-keys", workbench::list_keys, accounts, "List user API keys",
                  "listApiKeys")
            .answers(200, "Keys, of which only the beginning is shown", list_of(key_schema())),
        Described(Method::post, "/api/settings/api-keys", workbench::make_key, accounts, "Create an API key",
                  "createApiKey")
            .body(object_of({{"name", type_of("string")}}, {"name"}))
            .answers(201, "The whole key, for this once", key_schema()),
        Described(Method::delete_, "/api/settings/api-keys/{keyId}", workbench::delete_key, accounts,
                  "Delete an API key", "deleteApiKey")
            .answers(200, "Deleted", done_schema()),
        Described(Method::patch, "/api/settings/api-keys/{keyId}/toggle", workbench::toggle_key, accounts,
                  "Activate or deactivate an API key", "toggleApiKey")
            .body(object_of({{"is_active", type_of("boolean")}}))
            .answers(200, "Updated"),
    };
}

json::object preferences_schema()
{
    return object_of(
        {{"channels",
          object_of({{"inApp", type_of("boolean")}, {"webPush", type_of("boolean")}, {"sound", type_of("boolean")}})},
         {"events", object_of({{"actionRequired", type_of("boolean")},
                               {"stop", type_of("boolean")},
                               {"error", type_of("boolean")},
                               {"updates", type_of("boolean")}})}},
        {}, "NotificationPreferences");
}

json::object credential_schema()
{
    return object_of({{"id", type_of("integer")},
                      {"credential_name", type_of("string")},
                      {"credential_type", type_of("string")},
                      {"host", type_of("string")},
                      {"username", type_of("string")},
                      {"description", type_of("string")},
                      {"created_at", type_of("string", "date-time")},
                      {"is_active", type_of("boolean")}},
                     {}, "StoredCredential");
}

json::object appearance_schema()
{
    return object_of({{"theme", type_of("string")}, {"accent", type_of("string")}, {"density", type_of("string")}}, {},
                     "Appearance");
}

std::vector<Route> credential_rows(Accounts* accounts)
{
    return {
        Described(Method::get, "/api/settings/credentials", workbench::list_stored_credentials, accounts,
                  "List stored credentials of services", "listCredentials")
            .settings()
            .query("type", "Only those of this type, such as github_token")
            .answers(200, "Without their values",
                     object_of({{"success", type_of("boolean")}, {"credentials", list_of(credential_schema())}})),
        Described(Method::post, "/api/settings/credentials", workbench::store_service_credential, accounts,
                  "Store a credential of a service", "storeCredential")
            .settings()
            .body(object_of({{"credentialName", type_of("string")},
                             {"credentialType", type_of("string")},
                             {"credentialValue", type_of("string", "password")},
                             {"description", type_of("string")},
                             {"host", type_of("string")},
                             {"credentialUsername", type_of("string")}},
                            {"credentialName", "credentialType", "credentialValue"}))
            .answers(201, "Stored, encrypted",
                     object_of({{"success", type_of("boolean")}, {"credential", credential_schema()}})),
        Described(Method::delete_, "/api/settings/credentials/{credentialId}", workbench::delete_stored_credential,
                  accounts, "Delete a stored credential", "deleteCredential")
            .settings()
            .answers(200, "Deleted"),
        Described(Method::patch, "/api/settings/credentials/{credentialId}/toggle", workbench::toggle_stored_credential,
                  accounts, "Use a stored credential, or do not", "toggleCredential")
            .settings()
            .body(object_of({{"isActive", type_of("boolean")}}))
            .answers(200, "Updated"),
    };
}

std::vector<Route> setting_rows(Accounts* accounts)
{
    return {
        Described(Method::get, "/api/settings/notification-preferences", workbench::show_notification_preferences,
                  accounts, "Get notification preferences", "getNotificationPreferences")
            .settings()
            .answers(200, "By channel and by event", object_of({{"preferences", preferences_schema()}})),
        Described(Method::put, "/api/settings/notification-preferences", workbench::save_notification_preferences,
                  accounts, "Update notification preferences", "updateNotificationPreferences")
            .settings()
            .body(type_of("object"))
            .answers(200, "Saved; what was not sent is as before", object_of({{"preferences", preferences_schema()}})),
        Described(Method::get, "/api/settings/notification-taxonomy", workbench::show_notification_taxonomy, accounts,
                  "List what may be told, and which preference decides it", "getNotificationTaxonomy")
            .settings()
            .answers(200, "Kinds of notifications",
                     list_of(object_of({{"eventType", type_of("string")},
                                        {"category", type_of("string")},
                                        {"preferenceKey", type_of("string")}}))),
        Described(Method::get, "/api/settings/server-env", workbench::show_server_env, accounts,
                  "What the server runs on", "getServerEnvironment")
            .settings()
            .answers(200, "Platform", object_of({{"platform", type_of("string")}})),
        Described(Method::get, "/api/settings/appearance", workbench::show_appearance_setting, accounts,
                  "Get how pages look for the account", "getAppearance")
            .settings()
            .answers(200, "Theme, accent and density", appearance_schema()),
        Described(Method::put, "/api/settings/appearance", workbench::save_appearance_setting, accounts,
                  "Choose how pages look for the account", "updateAppearance")
            .settings()
            .body(type_of("object"))
            .answers(200, "Saved; what was not sent is as before", appearance_schema()),
        Described(Method::get, "/api/settings/language", workbench::show_language, accounts, "Get the language",
                  "getLanguage")
            .settings()
            .answers(200, "The language, and those that there are",
                     object_of({{"language", type_of("string")}, {"languages", list_of(type_of("string"))}})),
        Described(Method::put, "/api/settings/language", workbench::save_language, accounts, "Choose the language",
                  "updateLanguage")
            .settings()
            .body(object_of({{"language", type_of("string")}}, {"language"}))
            .answers(200, "Saved", object_of({{"language", type_of("string")}})),
    };
}

std::vector<Route> user_rows(Accounts* accounts)
{
    auto const onboarding = object_of({{"hasCompletedOnboarding", type_of("boolean")}});
    return {
        Described(Method::get, "/api/user/onboarding-status", workbench::show_onboarding, accounts,
                  "Whether the first steps are done", "getOnboardingStatus")
            .settings()
            .answers(200, "Status", onboarding),
        Described(Method::post, "/api/user/complete-onboarding", workbench::complete_onboarding, accounts,
                  "Note that the first steps are done", "completeOnboarding")
            .settings()
            .answers(200, "Noted", onboarding),
        Described(Method::get, "/api/user/profile", workbench::show_profile, accounts, "Get the account's profile",
                  "getProfile")
            .settings()
            .answers(200, "The account", user_schema()),
        Described(Method::put, "/api/user/profile", workbench::save_profile, accounts,
                  "Change the account's name or address", "updateProfile")
            .settings()
            .body(object_of({{"username", type_of("string")}, {"email", or_null("string")}}))
            .answers(200, "Saved; what was not sent is as before", user_schema()),
        Described(Method::post, "/api/user/password", workbench::change_account_password, accounts,
                  "Change the password", "changePassword")
            .settings()
            .body(object_of(
                {{"currentPassword", type_of("string", "password")}, {"newPassword", type_of("string", "password")}},
                {"currentPassword", "newPassword"}))
            .answers(200, "Changed; every login has ended")
            .answers(429, "Too many failed attempts"),
    };
}

} // namespace

json::object workbench_security_schemes()
{
    return {{"bearerAuth",
             {{"type", "http"},
              {"scheme", "bearer"},
              {"bearerFormat", "JWT"},
              {"description", "A token of /api/auth/login, or an API key that begins with px_ or ck_."}}},
            {"apiKeyAuth",
             {{"type", "apiKey"},
              {"in", "header"},
              {"name", "X-API-Key"},
              {"description", "An API key, for clients that cannot set Authorization."}}},
            {"cookieAuth",
             {{"type", "apiKey"},
              {"in", "cookie"},
              {"name", "token"},
              {"description", "Set by /api/auth/login. Changes nothing when another site's page sends it."}}}};
}

json::array workbench_security()
{
    json::array any;
    for (auto const* const name : {"bearerAuth", "apiKeyAuth", "cookieAuth"})
        any.push_back(json::object{{name, json::array()}});
    return any;
}

std::vector<Route> account_routes(Accounts* accounts)
{
    std::vector<Route> routes = sign_in_rows(accounts);
    for (auto const rows : {key_rows, credential_rows, setting_rows, user_rows})
        for (auto& row : rows(accounts)) routes.push_back(std::move(row));
    return routes;
}

} // namespace pix::app
