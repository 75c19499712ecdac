#include "core/base/text.h"
#include "workbench/pages/page_parts.h"
#include "workbench/pages/pages.h"

namespace pix::workbench {

using core::Errc;
using core::fail;
using http::Response;
namespace json = boost::json;

namespace {

const json::value* named(const json::array& projects, std::string_view name)
{
    for (auto const& project : projects)
        if (text_of(project, "name") == name) return &project;
    return nullptr;
}

} // namespace

Reply show_project(std::shared_ptr<http::Request> request, WorkbenchPages& pages)
{
    std::string const name = request->param("name");
    json::object view{{"name", name},
                      {"display", name},
                      {"path", ""},
                      {"api", request->link("/api")},
                      {"base", request->link("")},
                      {"self", request->link(project_path(name))},
                      {"search", request->link("/search")}};
    json::value list;
    if (pages.sources.projects) {
        PIX_CO_TRY(list, co_await pages.sources.projects(request));
        auto const* project = list.is_array() ? named(list.get_array(), name) : nullptr;
        if (project == nullptr) co_return fail(Errc::not_found, "there is no project " + core::shorten(name, 200));
        for (auto& [key, value] : project_row(*request, pages.frame, *project)) view[key] = value;
    }
    json::array rows;
    if (pages.sources.sessions) {
        PIX_CO_TRY(auto const sessions, co_await pages.sources.sessions(request, name));
        if (sessions.is_array())
            for (auto const& session : sessions.get_array())
                rows.push_back(session_row(*request, pages.frame, session, ""));
    }
    view["has_sessions"] = !rows.empty();
    view["sessions"] = std::move(rows);
    http::PageInfo info;
    info.title = std::string(view.at("display").get_string());
    info.active = "workbench/" + name;
    info.crumbs.push_back({pages.frame.text_for(*request, "home.title"), "/"});
    info.crumbs.push_back({info.title, ""});
    co_return Response::html(
        pages.frame.page(*request, info, pages.frame.templates_for(*request).render("workbench/project", view)));
}

} // namespace pix::workbench
