#include "app/routes.h"

#include <cstdio>

#include "cli/commands.h"

namespace pix::cli {

namespace {

std::string_view name_of(http::Access access)
{
    switch (access) {
    case http::Access::anyone: return "anyone";
    case http::Access::signed_in: return "signed_in";
    case http::Access::lead: return "lead";
    case http::Access::admin: return "admin";
    case http::Access::loopback_or_signed_in: return "loopback_or_signed_in";
    }
    return "";
}

} // namespace

int routes(const Call& call)
{
    core::json::array list;
    std::vector<std::vector<std::string>> rows;
    for (auto const& group : app::route_table({})) {
        for (auto const& mount : group.mounts) {
            for (auto const& route : group.routes) {
                if (!route.doors.has(mount.door)) continue;
                std::string const door(http::name_of(mount.door));
                std::string const method(http::name_of(route.method));
                std::string const path = mount.prefix + route.path;
                std::string const access(name_of(route.access));
                rows.push_back({door, method, path, access, std::to_string(route.body_limit)});
                list.push_back(core::json::object{{"door", door},
                                                  {"method", method},
                                                  {"path", path},
                                                  {"access", access},
                                                  {"body_limit", route.body_limit}});
            }
        }
    }
    std::string const text = call.format == Format::json ? core::to_pretty_text(list)
                                                         : table_of({"DOOR", "METHOD", "PATH", "ACCESS", "BODY"}, rows);
    std::fputs(text.c_str(), stdout);
    return 0;
}

} // namespace pix::cli
