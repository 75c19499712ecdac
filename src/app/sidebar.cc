#include "app/sidebar.h"

#include "app/runs_page.h"
#include "core/base/text.h"
#include "tools/run_page.h"

namespace pix::app {

namespace json = boost::json;

json::object sidebar_view(const http::Request& request, const PageFrame& frame,
                          const std::vector<tools::ToolSummary>& tools, std::string_view active)
{
    auto const link_to = [&request](std::string_view link) { return area_link(request, "tools", link); };
    return tools::sidebar_view(link_to, frame, tools, active);
}

json::array tool_index(const http::Request& request, const std::vector<tools::ToolSummary>& tools)
{
    json::array list;
    for (auto const& tool : tools) {
        if (tool.archived) continue;
        list.push_back(json::object{{"kind", "tool"},
                                    {"text", tool.name},
                                    {"note", tool.category.empty() ? tool.id : tool.category},
                                    {"link", area_link(request, "tools", "/tool/" + core::percent_encode(tool.id))}});
    }
    return list;
}

} // namespace pix::app
