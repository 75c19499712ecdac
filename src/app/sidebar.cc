#include "app/sidebar.h"

#include <algorithm>
#include <map>

#include "app/runs_page.h"
#include "core/base/text.h"
#include "core/http/door.h"

namespace pix::app {

namespace json = boost::json;

namespace {

constexpr std::size_t filter_from = 8; ///< tools; below, a filter is in the way

std::string_view icon_of(std::string_view validation)
{
    if (validation == "pass") return "circle-check";
    if (validation == "warn") return "triangle-alert";
    if (validation == "fail") return "circle-x";
    return "circle";
}

json::object entry_of(const http::Request& request, const PageFrame& frame, const tools::ToolSummary& tool,
                      std::string_view active)
{
    return {{"id", tool.id},
            {"name", tool.name},
            {"link", area_link(request, "tools", "/tool/" + core::percent_encode(tool.id))},
            {"current", tool.id == active},
            {"status", tool.status},
            {"status_text", frame.text("tool_status." + tool.status)},
            {"validation", tool.validation},
            {"validation_text", frame.text("validation." + tool.validation)},
            {"validation_icon", icon_of(tool.validation)}};
}

} // namespace

json::object sidebar_view(const http::Request& request, const PageFrame& frame,
                          const std::vector<tools::ToolSummary>& tools, std::string_view active)
{
    json::array pinned;
    std::map<std::string, json::array> categories;
    std::size_t shown = 0;
    for (auto const& tool : tools) {
        if (tool.archived) continue;
        ++shown;
        auto entry = entry_of(request, frame, tool, active);
        if (tool.pinned)
            pinned.push_back(std::move(entry));
        else
            categories[tool.category].push_back(std::move(entry));
    }
    json::array groups;
    if (!pinned.empty())
        groups.push_back(json::object{{"name", frame.text("sidebar.pinned")}, {"entries", std::move(pinned)}});
    auto const add = [&](const std::string& name, json::array& entries) {
        groups.push_back(json::object{{"name", name}, {"entries", std::move(entries)}});
    };
    for (auto& [name, entries] : categories)
        if (!name.empty()) add(name, entries);
    if (auto const rest = categories.find(""); rest != categories.end())
        add(frame.text("sidebar.uncategorised"), rest->second);
    std::string reload = area_link(request, "tools", "/tools-changed");
    if (!active.empty()) reload += "?active=" + core::percent_encode(active);
    return {{"filter", shown >= filter_from}, {"groups", std::move(groups)}, {"reload", std::move(reload)}};
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
