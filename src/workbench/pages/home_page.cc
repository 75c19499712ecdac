#include "core/base/text.h"
#include "workbench/pages/page_parts.h"
#include "workbench/pages/pages.h"

namespace pix::workbench {

using http::Response;
namespace json = boost::json;

namespace {

constexpr std::size_t recent_count = 12;

std::string page(const http::Request& request, WorkbenchPages& pages, const json::object& view)
{
    http::PageInfo info;
    info.title = pages.frame.text_for(request, "home.title");
    info.active = "workbench";
    info.crumbs.push_back({info.title, ""});
    return pages.frame.page(request, info, pages.frame.templates_for(request).render("workbench/home", view));
}

} // namespace

Reply show_home(std::shared_ptr<http::Request> request, WorkbenchPages& pages)
{
    json::array projects;
    if (pages.sources.projects) {
        PIX_CO_TRY(auto answer, co_await pages.sources.projects(request));
        if (answer.is_array()) projects = std::move(answer.get_array());
    }
    json::array rows;
    for (auto const& project : projects) rows.push_back(project_row(*request, pages.frame, project));
    json::array recent = recent_rows(*request, pages.frame, projects, recent_count);
    bool const any = !rows.empty();
    json::object const view{{"any", any},
                            {"has_recent", !recent.empty()},
                            {"recent", std::move(recent)},
                            {"projects", std::move(rows)},
                            {"project_count", std::to_string(projects.size())},
                            {"reload", request->link("/")},
                            {"search", request->link("/search")},
                            {"api", request->link("/api")}};
    co_return Response::html(page(*request, pages, view));
}

} // namespace pix::workbench
