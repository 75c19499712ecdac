#pragma once
#include <string_view>
#include <vector>

#include "app/page_frame.h"
#include "tools/tools_api.h"

namespace pix::app {

/// The view of parts/sidebar_tools.html for a page of any area.
core::json::object sidebar_view(const http::Request& request, const PageFrame& frame,
                                const std::vector<tools::ToolSummary>& tools, std::string_view active);

/// What the palette finds of the tools.
core::json::array tool_index(const http::Request& request, const std::vector<tools::ToolSummary>& tools);

} // namespace pix::app
