#include "app/routes_workbench_pages.h"

#include "app/route_rows.h"

namespace pix::app {

namespace {

Route form(std::string path, decltype(Route::handler) handler)
{
    return row(Method::post, std::move(path), std::move(handler), {}, form_body, Access::anyone);
}

} // namespace

std::vector<http::Route> workbench_page_routes(workbench::WorkbenchPages* pages)
{
    return {
        get("/", on(workbench::show_home, pages)),
        get("/login", on(workbench::show_sign_in, pages), "", Access::anyone),
        form("/login", on(workbench::sign_in, pages)),
        row(Method::post, "/logout", on(workbench::sign_out, pages), {}, form_body),
        get("/setup", on(workbench::show_set_up, pages), "", Access::anyone),
        form("/setup", on(workbench::set_up, pages)),
        get("/projects/{name}", on(workbench::show_project, pages)),
        get("/sessions/{provider}/{id}", on(workbench::show_session, pages)),
        get("/search", on(workbench::show_search, pages)),
        get("/settings/account", on(workbench::show_account_settings, pages)),
    };
}

} // namespace pix::app
