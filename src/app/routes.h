#pragma once
#include <vector>

#include "app/live_hub.h"
#include "app/runs_handlers.h"
#include "app/settings_handlers.h"
#include "core/http/metrics.h"
#include "core/http/router.h"
#include "tools/tools.h"
#include "workbench/workbench.h"

namespace pix::app {

/// What the handlers of the table work with; all of it outlives the router.
struct RouteParts {
    tools::Tools* tools = nullptr;
    workbench::Workbench* workbench = nullptr;
    RunsPages* runs = nullptr;
    SettingsPages* settings = nullptr;
    LiveHub* hub = nullptr;
    http::Metrics* metrics = nullptr;
    PageFrame* frame = nullptr;
    const core::Clock* clock = nullptr;
    std::string base_path;
};

/// One area's rows and where they hang.
struct RouteGroup {
    std::vector<http::Mount> mounts;
    std::vector<http::Route> routes;
};

/// The whole route table. With empty parts it can be read, but nothing of it called.
std::vector<RouteGroup> route_table(RouteParts parts);

/// Puts the table into the router. Errors: Errc::internal for a row that is there twice.
core::Result<void> add_routes(http::Router& router, RouteParts parts);

/// The page or fragment of an error at a door with pages.
std::optional<std::string> error_page(PageFrame& frame, const http::Request& request, const core::Error& error,
                                      int status);

/// Who enters a door that has no accounts or tokens: nobody.
awaitable<core::Result<core::Actor>> refuse_everybody(std::shared_ptr<http::Request> request, http::Access access);

} // namespace pix::app
