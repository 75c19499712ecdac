#include "app/routes_account.h"

#include "app/route_rows.h"
#include "workbench/account/account_handlers.h"
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
        route_.body_limit = form_body;
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

} // namespace

std::vector<Route> account_routes(Accounts* accounts)
{
    std::vector<Route> routes = sign_in_rows(accounts);
    for (auto& row : key_rows(accounts)) routes.push_back(std::move(row));
    return routes;
}

} // namespace pix::app
