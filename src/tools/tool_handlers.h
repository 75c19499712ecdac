#pragma once
#include <memory>
#include <optional>
#include <string>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/http/request.h"
#include "core/http/response.h"
#include "tools/tools.h"

namespace pix::tools {

using Reply = awaitable<core::Result<http::Response>>;

/// GET / : the dashboard, or what /empty shows when no tool is listed.
Reply show_dashboard(std::shared_ptr<http::Request> request, Tools& tools);
/// GET /empty
Reply show_empty(std::shared_ptr<http::Request> request, Tools& tools);
/// GET /tool/{tool_id}
Reply show_tool(std::shared_ptr<http::Request> request, Tools& tools);
/// The page of a usable tool, with a past run when one is given; `results_html` stands in the output column.
Reply tool_page(std::shared_ptr<http::Request> request, Tools& tools, std::shared_ptr<const CatalogTool> tool,
                std::optional<Run> run, std::string results_html);
/// GET /tools-changed: the sidebar's list; 304 when it is as it was.
Reply show_sidebar(std::shared_ptr<http::Request> request, Tools& tools);
/// GET /tool/{tool_id}/autocomplete/{ep}
Reply autocomplete(std::shared_ptr<http::Request> request, Tools& tools);

/// GET /api/tools
Reply list_tools(std::shared_ptr<http::Request> request, Tools& tools);
/// GET or POST /api/tools/{tool_id}/validate
Reply validate_tool(std::shared_ptr<http::Request> request, Tools& tools);
/// POST /api/tools/{tool_id}/stop
Reply stop_tool(std::shared_ptr<http::Request> request, Tools& tools);
/// GET /api/tools/{tool_id}/logs
Reply tool_log(std::shared_ptr<http::Request> request, Tools& tools);
/// GET /api/launcher/state: only in developer mode.
Reply launcher_state(std::shared_ptr<http::Request> request, Tools& tools);
/// GET /api/healthz; never waits.
core::Result<http::Response> healthz(const http::Request& request);

} // namespace pix::tools
