#include "app/routes.h"

#include "app/door_document.h"
#include "app/route_rows.h"
#include "app/routes_account.h"
#include "app/routes_files.h"
#include "app/routes_git.h"
#include "app/routes_projects.h"
#include "app/routes_workbench_pages.h"
#include "app/version.h"
#include "app/well_known.h"
#include "core/http/asset.h"
#include "core/http/door.h"
#include "core/http/openapi.h"
#include "tools/run_handlers.h"
#include "tools/tool_handlers.h"
#include "web/assets.h"

namespace pix::app {

using core::Errc;
using core::fail;
using core::Result;
using http::Access;
using http::DoorKind;
using http::Response;
using http::Route;
namespace json = boost::json;

namespace {

/// GET /health: {status, timestamp, version, installMode}.
http::QuickHandler health(const core::Clock* clock)
{
    return [clock](const http::Request&) -> Result<Response> {
        return Response::json(json::object{{"status", "ok"},
                                           {"timestamp", core::iso_time(clock->now(), true)},
                                           {"version", version},
                                           {"installMode", "git"}});
    };
}

http::QuickHandler metrics_text(http::Metrics* metrics)
{
    return [metrics](const http::Request&) -> Result<Response> {
        auto response = Response::text(metrics->text());
        response.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        return response;
    };
}

Route live(LiveHub* hub)
{
    http::SocketHandler handler = [hub](std::shared_ptr<http::Request> request,
                                        std::shared_ptr<http::WebSocket> socket) {
        return hub->serve(std::move(request), std::move(socket));
    };
    return get("/live", std::move(handler));
}

std::vector<Route> tools_routes(const RouteParts& parts)
{
    auto* tools = parts.tools;
    auto validate =
        get("/api/tools/{tool_id}/validate", on(tools::validate_tool, tools), "Check a tool and return the report");
    validate.refuse_cross_site_get = true;
    return {
        get("/", on(tools::show_dashboard, tools)),
        get("/empty", on(tools::show_empty, tools)),
        get("/tool/{tool_id}", on(tools::show_tool, tools)),
        get("/tool/{tool_id}/runs/{run_id}", on(tools::show_past_run, tools)),
        post("/tool/{tool_id}/run", on(tools::run_tool, tools), "", run_body),
        get("/tool/{tool_id}/stream", on(tools::stream_run, tools)),
        post("/tool/{tool_id}/cancel", on(tools::cancel_tool_run, tools)),
        get("/tool/{tool_id}/runs", on(tools::show_history, tools)),
        get("/tool/{tool_id}/autocomplete/{ep}", on(tools::autocomplete, tools)),
        get("/tools-changed", on(tools::show_sidebar, tools)),
        get("/api/tools", on(tools::list_tools, tools), "List all tools with status and latest validation"),
        std::move(validate),
        post("/api/tools/{tool_id}/validate", on(tools::validate_tool, tools), "Check a tool and return the report"),
        post("/api/tools/{tool_id}/stop", on(tools::stop_tool, tools), "Stop a tool's process"),
        get("/api/tools/{tool_id}/logs", on(tools::tool_log, tools), "The end of a warm tool's stderr"),
        get("/api/tools/{tool_id}/runs", on(tools::list_tool_runs, tools), "The latest runs of a tool"),
        get("/api/runs/{run_id}", on(tools::load_run, tools), "One run without its inputs and outputs"),
        get("/api/artefacts/{id}/file", on(tools::artefact_file, tools), "The bytes of an artefact"),
        get("/api/launcher/state", on(tools::launcher_state, tools), "Warm tools; in developer mode only"),
        get("/api/healthz", http::QuickHandler(tools::healthz), "Ready", Access::anyone),
    };
}

/// What the frame needs at every door with pages.
std::vector<Route> frame_routes(const RouteParts& parts)
{
    std::vector<Route> routes{
        get("/runs", on(show_runs, parts.runs)),
        get("/runs/list", on(show_runs_list, parts.runs)),
        get("/runs/{job_id}", on(show_run, parts.runs)),
        get("/runs/{job_id}/log", on(show_run_log, parts.runs)),
        post("/runs/{job_id}/cancel", on(cancel_run, parts.runs), "", form_body),
        post("/runs/{job_id}/repeat", on(repeat_run, parts.runs), "", form_body),
        get("/settings", on(show_settings, parts.settings)),
        post("/settings/appearance", on(save_appearance, parts.settings), "", form_body),
        live(parts.hub),
        get("/docs", on(show_documentation, parts.frame)),
        get("/manifest.webmanifest", http::QuickHandler(web_manifest), "", Access::anyone),
        get("/worker.js", http::QuickHandler(service_worker), "", Access::anyone),
        http::asset_route(web::assets()),
    };
    routes.back().access = Access::anyone;
    return routes;
}

std::vector<Route> workbench_routes(const RouteParts& parts)
{
    std::vector<Route> routes{get("/health", health(parts.clock), "Liveness and version", Access::anyone)};
    routes.back().doc.tag = "System";
    routes.back().doc.responses.push_back({200, "The server answers", "application/json", health_schema()});
    auto const add = [&routes](std::vector<Route> more) { std::ranges::move(more, std::back_inserter(routes)); };
    auto* workbench = parts.workbench;
    add(account_routes(workbench ? &workbench->accounts() : nullptr));
    add(projects_routes(workbench ? &workbench->projects() : nullptr));
    add(files_routes(workbench ? &workbench->files() : nullptr));
    add(git_routes(workbench ? &workbench->git() : nullptr));
    add(workbench_page_routes(workbench ? &workbench->pages() : nullptr));
    return routes;
}

/// The documents that describe a door are made from the other rows of the table.
Route description(DoorKind door, std::string path, std::shared_ptr<const std::vector<RouteGroup>> table,
                  std::string base_path)
{
    auto const made = std::make_shared<std::shared_ptr<const std::string>>(); // at the first request
    http::QuickHandler handler = [door, table, made,
                                  base_path = std::move(base_path)](const http::Request&) -> Result<Response> {
        Response response;
        response.set("Content-Type", "application/json");
        if (*made) {
            response.body = *made;
            return response;
        }
        http::Router router;
        for (auto const& group : *table) PIX_CHECK(router.add(group.mounts, group.routes));
        PIX_TRY(auto document, http::openapi_document(door_document_info(door, base_path), router.endpoints(door)));
        *made = std::make_shared<const std::string>(core::to_text(document));
        response.body = *made;
        return response;
    };
    return get(std::move(path), std::move(handler), "", Access::anyone);
}

} // namespace

std::vector<RouteGroup> route_table(RouteParts parts)
{
    std::vector<RouteGroup> table;
    table.push_back({{{DoorKind::tools, "", ""}, {DoorKind::workbench, "/tools", ""}}, tools_routes(parts)});
    table.push_back({{{DoorKind::tools, "", ""}, {DoorKind::workbench, "", ""}}, frame_routes(parts)});
    table.push_back({{{DoorKind::workbench, "", ""}}, workbench_routes(parts)});
    auto const described = std::make_shared<const std::vector<RouteGroup>>(table);
    std::vector<Route> metrics{get("/metrics", metrics_text(parts.metrics), "", Access::loopback_or_signed_in)};
    table.push_back(
        {{{DoorKind::tools, "", ""}, {DoorKind::workbench, "", ""}, {DoorKind::security, "", ""}}, std::move(metrics)});
    table.push_back(
        {{{DoorKind::tools, "", ""}}, {description(DoorKind::tools, "/api/openapi.json", described, parts.base_path)}});
    table.push_back({{{DoorKind::workbench, "", ""}},
                     {description(DoorKind::workbench, "/api/openapi.json", described, parts.base_path)}});
    table.push_back({{{DoorKind::security, "/api/v1", ""}},
                     {description(DoorKind::security, "/openapi.json", described, parts.base_path)}});
    return table;
}

Result<void> add_routes(http::Router& router, RouteParts parts)
{
    for (auto& group : route_table(parts)) PIX_CHECK(router.add(std::move(group.mounts), std::move(group.routes)));
    return {};
}

awaitable<Result<core::Actor>> refuse_everybody(std::shared_ptr<http::Request>, Access)
{
    co_return fail(Errc::unauthorized, "nobody is signed in",
                   "This door opens to accounts and tokens only; tools are at the tools door.");
}

std::optional<std::string> error_page(PageFrame& frame, const http::Request& request, const core::Error& error,
                                      int status)
{
    json::object panel{{"kind", core::name_of(error.code)},
                       {"headline", frame.text("error.title")},
                       {"message", error.message},
                       {"hint", error.hint},
                       {"request_id", request.id()},
                       {"links", PageFrame::links(request)},
                       {"path", request.path()}};
    // What a refused stranger sees says nothing of what is inside: the built-in page, without the frame.
    bool const stranger = request.door().authenticator() && request.actor == core::Actor::system();
    if (status == 403 || (stranger && status != 401)) return std::nullopt;
    if (status == 401 || request.is_htmx())
        return frame.templates().render(status == 401 ? "refused" : "parts/error_panel", panel);
    http::PageInfo info;
    info.title = frame.text(status == 404 ? "error.not_found_title" : "error.title");
    info.crumbs.push_back({info.title, ""});
    return frame.page(request, info, frame.templates().render(status == 404 ? "not_found" : "error", panel));
}

} // namespace pix::app
