#pragma once
#include <boost/json.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/frame.h"
#include "core/http/request.h"
#include "tools/run.h"
#include "tools/run_service.h"
#include "tools/tools_api.h"

namespace pix::tools {

/// Where a mount-relative page of this area is: the area's own pages and the frame of other areas say it differently.
using LinkTo = std::function<std::string(std::string_view)>;

/// What an error block shows besides the failure itself.
struct ErrorContext {
    std::string tool_id;
    bool tool_known = true; ///< offers its page and its validation
    json::object inputs;    ///< as submitted; shown under the details
};

/// The view of parts/error_panel.
json::object error_view(const http::Request& request, const RunFailure& failure, const ErrorContext& context);

/// The view of tool_history.
json::object history_view(const http::Request& request, const std::string& tool_id, const std::vector<Run>& runs);

/// The view of tool_streaming: what is shown while a run streams.
json::object streaming_view(const http::Request& request, const ActiveRun& run, std::string cards_html);

/// The view of tool_refresh: parts of the page that change with every run.
json::object refresh_view(const http::PageFrame& frame, const std::string& tool_id, const std::string& status);

/// "running", "succeeded", "failed", "cancelled": how a dot shows a run.
std::string_view dot_state(RunStatus status);

/// The icon of "pass", "warn", "fail" and "unchecked".
std::string_view validation_icon(std::string_view validation);

/// The icon that a tool's tool.json names if pages have it, else "box".
std::string tool_icon(const http::PageFrame& frame, std::string_view name);

/// One tool as cards and the sidebar show it.
json::object tool_entry(const http::Request& request, const http::PageFrame& frame, const ToolSummary& tool,
                        std::string_view active = {});

/// The view of parts/sidebar_tools.
json::object sidebar_view(const LinkTo& link_to, const http::PageFrame& frame, const std::vector<ToolSummary>& tools,
                          std::string_view active);

/// The view of dashboard. `tools` are those that are listed; `hour` is the server's, 0 to 23.
json::object dashboard_view(const http::Request& request, const http::PageFrame& frame,
                            const std::vector<ToolSummary>& tools, const std::vector<Run>& recent, int hour);

/// The view of empty: how to add a tool, or which tools are archived.
json::object empty_view(const http::Request& request, const std::vector<ToolSummary>& archived,
                        const std::string& tools_folder);

/// Where a tool's page is, and one of its runs.
std::string tool_link(std::string_view tool_id);
std::string run_link(std::string_view tool_id, std::string_view run_id);

} // namespace pix::tools
