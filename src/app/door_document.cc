#include "app/door_document.h"

#include "app/routes_account.h"
#include "app/version.h"

namespace pix::app {

namespace json = boost::json;
using http::DoorKind;

namespace {

json::object text()
{
    return {{"type", "string"}};
}

json::object object_of(std::string_view title, json::object properties, json::array required)
{
    return {
        {"title", title}, {"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

json::object workbench_error()
{
    json::object inner{{"type", "object"},
                       {"properties", json::object{{"code", text()}, {"message", text()}}},
                       {"required", json::array{"code", "message"}}};
    return object_of(
        "Error",
        {{"success", json::object{{"type", "boolean"}, {"enum", json::array{false}}}}, {"error", std::move(inner)}},
        {"success", "error"});
}

} // namespace

http::OpenApiInfo door_document_info(DoorKind door, const std::string& base_path)
{
    http::OpenApiInfo info;
    info.format = door == DoorKind::security ? http::OpenApiVersion::v3_0 : http::OpenApiVersion::v3_1;
    info.title = "Pix: the " + std::string(http::name_of(door)) + " door";
    info.version = version;
    info.servers.push_back(base_path.empty() ? "/" : base_path);
    if (door != DoorKind::workbench) return info;
    info.security_schemes = workbench_security_schemes();
    info.security = workbench_security();
    info.error_schema = workbench_error();
    info.tags = {{"System", "Health of the server"},
                 {"Authentication", "Accounts, logins and API keys"},
                 {"Settings", "What an account has chosen, and what is kept for it"},
                 {"Projects", "The folders that agents have worked in"},
                 {"Sessions", "Conversations of all agents"},
                 {"Search", "Search over all conversations"},
                 {"Files", "Files of projects"},
                 {"Git", "Repositories of projects"}};
    return info;
}

json::value health_schema()
{
    json::object status = text();
    status["enum"] = json::array{"ok"};
    json::object time = text();
    time["format"] = "date-time";
    json::object mode = text();
    mode["enum"] = json::array{"git", "npm-global", "runtime-dir", "docker"};
    return object_of("Health",
                     {{"status", std::move(status)},
                      {"timestamp", std::move(time)},
                      {"version", text()},
                      {"installMode", std::move(mode)}},
                     {"status", "timestamp"});
}

} // namespace pix::app
