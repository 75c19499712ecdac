#include "core/base/text.h"
#include "workbench/pages/page_parts.h"
#include "workbench/pages/pages.h"
#include "workbench/session_readers/provider.h"

namespace pix::workbench {

using core::Errc;
using core::fail;
using http::Response;
namespace json = boost::json;

namespace {

constexpr int first_page = 30;

} // namespace

Reply show_session(std::shared_ptr<http::Request> request, WorkbenchPages& pages)
{
    std::string const provider = request->param("provider");
    std::string const id = request->param("id");
    auto const known = provider_named(provider);
    if (!known) co_return fail(Errc::not_found, "there is no agent " + core::shorten(provider, 100));
    json::value page = json::object();
    if (pages.sources.messages) {
        PIX_CO_TRY(page, co_await pages.sources.messages(request, provider, id, first_page));
    }
    json::array rows;
    for (auto const& message : list_of(page, "messages"))
        if (auto row = message_row(*request, pages.frame, message)) rows.push_back(std::move(*row));
    auto const* session = page.is_object() ? page.get_object().if_contains("session") : nullptr;
    json::value const facts = session != nullptr ? *session : json::value(json::object());
    std::string title = core::shorten(text_of(facts, "title"), 200);
    if (title.empty()) title = pages.frame.text_for(*request, "workbench.untitled");
    std::string const project = text_of(facts, "projectName");
    std::string project_title = text_of(facts, "projectDisplayName");
    if (project_title.empty()) project_title = project;
    json::object const view{{"provider", provider},
                            {"agent", title_of(*known)},
                            {"id", id},
                            {"title", title},
                            {"project", project},
                            {"project_title", project_title},
                            {"project_link", project.empty() ? "" : request->link(project_path(project))},
                            {"total", std::to_string(number_of(page, "total").value_or(0))},
                            {"messages", std::move(rows)},
                            {"api", request->link("/api")},
                            {"base", request->link("")}};
    http::PageInfo info;
    info.title = title;
    info.active = project.empty() ? "workbench" : "workbench/" + project;
    info.crumbs.push_back({pages.frame.text_for(*request, "home.title"), "/"});
    if (!project.empty()) info.crumbs.push_back({project_title, project_path(project)});
    info.crumbs.push_back({title, ""});
    co_return Response::html(
        pages.frame.page(*request, info, pages.frame.templates_for(*request).render("workbench/session", view)));
}

} // namespace pix::workbench
