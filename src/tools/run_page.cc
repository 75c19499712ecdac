#include "tools/run_page.h"

#include <algorithm>
#include <map>

#include "core/base/json.h"
#include "core/base/text.h"

namespace pix::tools {

namespace {

constexpr std::size_t filter_from = 8;         ///< tools; below, a filter is in the way
constexpr std::size_t shown_inputs = 4 * 1024; ///< bytes of the submitted inputs in an error block

std::string headline_of(const RunFailure& failure)
{
    if (!failure.headline.empty()) return failure.headline;
    switch (failure.kind) {
    case ErrorKind::timeout: return "The tool took too long";
    case ErrorKind::spawn: return "The tool could not be started";
    case ErrorKind::run: return "The run failed";
    case ErrorKind::venv: return "The tool is not installed";
    case ErrorKind::validation: return "The tool fails its checks";
    case ErrorKind::schema: return "tool.json cannot be used";
    }
    return "The run failed";
}

std::string clock_text(core::Millis at)
{
    // "2026-03-04T09:15:00Z": the script shows the local time; this is what stands there without it.
    std::string const iso = core::iso_time(at);
    return iso.substr(0, 10) + " " + iso.substr(11, 5) + " UTC";
}

json::object run_row(const http::Request& request, const Run& run)
{
    json::object row;
    row["link"] = request.link(run_link(run.tool_id, run.id));
    row["run_id"] = run.id;
    row["short_id"] = run.short_id();
    row["state"] = dot_state(run.status);
    row["state_text"] = name_of(run.status);
    row["summary"] = input_summary(run.inputs());
    row["started_at"] = core::iso_time(run.started_at, true);
    row["started_text"] = clock_text(run.started_at);
    row["starred"] = run.starred;
    row["label"] = run.label.value_or("");
    return row;
}

std::string greeting_key(int hour)
{
    if (hour < 5) return "dashboard.night";
    if (hour < 12) return "dashboard.morning";
    if (hour < 18) return "dashboard.afternoon";
    if (hour < 22) return "dashboard.evening";
    return "dashboard.night";
}

constexpr const char* smallest_tool = R"({"id": "reverse-text", "name": "Reverse text",
 "inputs":  [{"key": "phrase", "type": "text", "label": "Phrase"}],
 "outputs": [{"key": "reversed", "type": "text", "label": "Reversed"}]})";

} // namespace

std::string_view validation_icon(std::string_view validation)
{
    if (validation == "pass") return "circle-check";
    if (validation == "warn") return "triangle-alert";
    if (validation == "fail") return "circle-x";
    return "circle-dashed";
}

std::string tool_icon(const http::PageFrame& frame, std::string_view name)
{
    return frame.has_icon(name) ? std::string(name) : "box";
}

std::string tool_link(std::string_view tool_id)
{
    return "/tool/" + core::percent_encode(tool_id);
}

std::string run_link(std::string_view tool_id, std::string_view run_id)
{
    return tool_link(tool_id) + "/runs/" + core::percent_encode(run_id);
}

std::string_view dot_state(RunStatus status)
{
    switch (status) {
    case RunStatus::running: return "running";
    case RunStatus::ok: return "succeeded";
    case RunStatus::error: return "failed";
    case RunStatus::cancelled: return "cancelled";
    }
    return "failed";
}

json::object error_view(const http::Request& request, const RunFailure& failure, const ErrorContext& context)
{
    std::string details = failure.detail;
    if (!context.inputs.empty()) {
        if (!details.empty()) details += "\n\n";
        details += "Inputs:\n" + core::shorten(core::to_pretty_text(context.inputs), shown_inputs);
    }
    json::array actions;
    auto const add = [&](std::string_view label, std::string link) {
        actions.push_back(json::object{{"label", label}, {"link", request.link(link)}, {"post", false}});
    };
    if (context.tool_known) {
        add("Back to the form", tool_link(context.tool_id));
        add("Validate the tool", "/api/tools/" + core::percent_encode(context.tool_id) + "/validate");
    } else {
        add("All tools", "/");
    }
    json::object view;
    view["kind"] = name_of(failure.kind);
    view["tool_id"] = context.tool_id;
    view["headline"] = headline_of(failure);
    view["message"] = failure.message;
    view["hint"] = failure.hint;
    view["details"] = details;
    view["actions"] = std::move(actions);
    view["request_id"] = "";
    view["form_token"] = "";
    return view;
}

json::object history_view(const http::Request& request, const std::string& tool_id, const std::vector<Run>& runs)
{
    json::array rows;
    for (const Run& run : runs) rows.push_back(run_row(request, run));
    json::object view;
    view["tool_id"] = tool_id;
    view["runs"] = std::move(rows);
    return view;
}

json::object streaming_view(const http::Request& request, const ActiveRun& run, std::string cards_html)
{
    std::string const base = tool_link(run.request.tool->id);
    json::object view;
    view["run_id"] = run.id;
    view["stream_link"] = request.link(base + "/stream") + "?run_id=" + run.id;
    view["cancel_link"] = request.link(base + "/cancel") + "?run_id=" + run.id;
    view["final_link"] = request.link(run_link(run.request.tool->id, run.id));
    view["started_at"] = core::iso_time(run.started_at, true);
    view["cards"] = cards_html;
    return view;
}

json::object refresh_view(const http::PageFrame& frame, const std::string& tool_id, const std::string& status)
{
    json::object view;
    view["tool_id"] = tool_id;
    view["status"] = status;
    view["status_text"] = frame.text("tool_status." + status);
    return view;
}

json::object tool_entry(const LinkTo& link_to, const http::PageFrame& frame, const ToolSummary& tool,
                        std::string_view active)
{
    json::object entry;
    entry["id"] = tool.id;
    entry["name"] = tool.name;
    entry["description"] = tool.description;
    entry["icon"] = tool_icon(frame, tool.icon);
    entry["link"] = link_to(tool_link(tool.id));
    entry["current"] = !active.empty() && tool.id == active;
    entry["broken"] = tool.status == "failed";
    entry["status"] = tool.status;
    entry["status_text"] = frame.text("tool_status." + tool.status);
    entry["validation"] = tool.validation;
    entry["validation_text"] = frame.text("validation." + tool.validation);
    entry["validation_icon"] = validation_icon(tool.validation);
    return entry;
}

json::object sidebar_view(const LinkTo& link_to, const http::PageFrame& frame, const std::vector<ToolSummary>& tools,
                          std::string_view active)
{
    json::array pinned;
    std::map<std::string, json::array> categories;
    std::size_t shown = 0;
    for (const ToolSummary& tool : tools) {
        if (tool.archived) continue;
        ++shown;
        (tool.pinned ? pinned : categories[tool.category]).push_back(tool_entry(link_to, frame, tool, active));
    }
    json::array groups;
    auto const add = [&](std::string name, json::array& entries) {
        groups.push_back(json::object{{"name", std::move(name)}, {"entries", std::move(entries)}});
    };
    if (!pinned.empty()) add(frame.text("sidebar.pinned"), pinned);
    for (auto& [name, entries] : categories)
        if (!name.empty()) add(name, entries);
    if (auto const rest = categories.find(""); rest != categories.end())
        add(frame.text("sidebar.uncategorised"), rest->second);
    std::string reload = link_to("/tools-changed");
    if (!active.empty()) reload += "?active=" + core::percent_encode(active);
    json::object view;
    view["filter"] = shown >= filter_from;
    view["groups"] = std::move(groups);
    view["reload"] = reload;
    return view;
}

json::object dashboard_view(const http::Request& request, const http::PageFrame& frame,
                            const std::vector<ToolSummary>& tools, const std::vector<Run>& recent, int hour)
{
    auto const link_to = [&request](std::string_view link) { return request.link(link); };
    std::map<std::string, std::string> names;
    for (const ToolSummary& tool : tools) names.emplace(tool.id, tool.name);
    json::array rows;
    for (const Run& run : recent) {
        json::object row = run_row(request, run);
        auto const name = names.find(run.tool_id);
        row["tool_name"] = name == names.end() ? run.tool_id : name->second;
        rows.push_back(std::move(row));
    }
    std::map<std::string, json::array> categories;
    std::size_t running = 0;
    for (const ToolSummary& tool : tools) {
        if (tool.status == "running") ++running;
        categories[tool.category].push_back(tool_entry(link_to, frame, tool, ""));
    }
    json::array groups;
    auto const add = [&](std::string name, json::array& entries) {
        groups.push_back(json::object{{"name", std::move(name)}, {"tools", std::move(entries)}});
    };
    for (auto& [name, entries] : categories)
        if (!name.empty()) add(name, entries);
    if (auto const rest = categories.find(""); rest != categories.end())
        add(frame.text_for(request, "sidebar.uncategorised"), rest->second);
    json::object view;
    view["greeting"] = frame.text_for(request, greeting_key(hour));
    view["summary"] = std::to_string(tools.size()) + (tools.size() == 1 ? " tool, " : " tools, ") +
                      std::to_string(running) + " running";
    view["has_recent"] = !rows.empty();
    view["recent"] = std::move(rows);
    view["live_after"] = "";
    view["workspace_empty"] = false;
    view["categories"] = std::move(groups);
    view["links"] = json::object{{"home", request.link("/")}, {"runs", request.link("/runs")}};
    return view;
}

json::object empty_view(const http::Request& request, const std::vector<ToolSummary>& archived,
                        const std::string& tools_folder)
{
    json::array list;
    for (const ToolSummary& tool : archived)
        list.push_back(json::object{{"id", tool.id}, {"name", tool.name}, {"link", request.link(tool_link(tool.id))}});
    json::object view;
    view["archived"] = !list.empty();
    view["archived_tools"] = std::move(list);
    view["tools_folder"] = tools_folder;
    view["example"] = smallest_tool;
    view["links"] = json::object{{"documentation", request.link("/docs")}};
    return view;
}

} // namespace pix::tools
