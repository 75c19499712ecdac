#include "workbench/pages/pages.h"

namespace pix::workbench {

using http::Response;
namespace json = boost::json;

Reply show_account_settings(std::shared_ptr<http::Request> request, WorkbenchPages& pages)
{
    json::object const view{
        {"api", request->link("/api")}, {"languages", "en de"}, {"appearance", request->link("/settings")}};
    http::PageInfo info;
    info.title = pages.frame.text_for(*request, "account.title");
    info.active = "settings/account";
    info.crumbs.push_back({pages.frame.text_for(*request, "area.settings"), "/settings"});
    info.crumbs.push_back({info.title, ""});
    co_return Response::html(
        pages.frame.page(*request, info, pages.frame.templates_for(*request).render("workbench/settings", view)));
}

} // namespace pix::workbench
