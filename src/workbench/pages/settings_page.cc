#include "workbench/pages/pages.h"

namespace pix::workbench {

using http::Response;
namespace json = boost::json;

Reply show_account_settings(std::shared_ptr<http::Request> request, WorkbenchPages& pages)
{
    json::object const view{
        {"api", request->link("/api")}, {"languages", "en"}, {"appearance", request->link("/settings")}};
    http::PageInfo info;
    info.title = pages.frame.text("account.title");
    info.active = "settings/account";
    info.crumbs.push_back({pages.frame.text("area.settings"), "/settings"});
    info.crumbs.push_back({info.title, ""});
    co_return Response::html(
        pages.frame.page(*request, info, pages.frame.templates().render("workbench/settings", view)));
}

} // namespace pix::workbench
