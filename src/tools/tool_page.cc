#include "tools/tool_page.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "tools/input_view.h"

namespace pix::tools {

namespace {

json::value text_or_null(const std::optional<std::string>& text)
{
    return text && !text->empty() ? json::value(*text) : json::value(nullptr);
}

/// Where a tool comes from, as its author says; shown and never interpreted.
json::array provenance(const ToolSchema& schema)
{
    json::array lines;
    auto const add = [&](std::string_view name, const json::value& value) {
        if (value.is_null()) return;
        auto const text = value.is_string() ? std::string(value.get_string()) : core::to_text(value);
        lines.emplace_back(json::object{{"name", name}, {"text", core::shorten(text, 2'000)}});
    };
    if (schema.package) add("package", json::value(*schema.package));
    if (auto const* source = schema.source.if_object())
        for (auto const& member : *source) add(member.key(), member.value());
    if (auto const* citations = schema.citations.if_array()) {
        for (auto const& citation : *citations) {
            if (lines.size() > 50) break;
            add("citation", citation);
        }
    } else {
        add("citation", schema.citations);
    }
    return lines;
}

json::array problems_view(const std::vector<Problem>& problems)
{
    json::array list;
    for (auto const& problem : problems)
        list.emplace_back(json::object{{"location", problem.location}, {"message", core::to_utf8(problem.message)}});
    return list;
}

} // namespace

json::object tool_page_view(const ToolPage& page)
{
    auto const& schema = *page.tool->schema;
    std::string const link = page.base + "/tool/" + core::percent_encode(page.tool->id);
    json::object view;
    view["id"] = schema.id;
    view["name"] = schema.name;
    view["description"] = text_or_null(schema.description);
    view["version"] = text_or_null(schema.version);
    view["icon"] = page.icon;
    view["is_single"] = schema.layout != ToolLayout::form;
    view["is_chat"] = schema.layout == ToolLayout::chat;
    view["status"] = page.status;
    view["status_text"] = page.status_text;
    view["validation"] = page.validation;
    view["validation_text"] = page.validation_text;
    view["validation_icon"] = page.validation_icon;
    view["has_failed_validation"] = page.validation == "fail";
    view["process"] = page.process;
    view["key_is_missing"] = page.key_is_missing;
    view["history_link"] = link + "/runs";
    view["page_link"] = link;
    view["validate_link"] = page.base + "/api/tools/" + core::percent_encode(page.tool->id) + "/validate";
    view["form"] = form_view(schema, page.values, {page.base, page.tool->id, page.form_token});
    view["results"] = page.results_html;
    view["past"] = nullptr;
    if (page.past)
        view["past"] = json::object{{"short_id", page.past->short_id},
                                    {"state", page.past->state},
                                    {"state_text", page.past->state_text},
                                    {"started_at", page.past->started_at},
                                    {"started_text", page.past->started_text}};
    view["warnings"] = problems_view(page.tool->warnings);
    view["has_warnings"] = !page.tool->warnings.empty();
    auto lines = provenance(schema);
    view["has_provenance"] = !lines.empty();
    view["provenance"] = std::move(lines);
    return view;
}

json::object tool_broken_view(const CatalogTool& tool, std::string_view base)
{
    json::object view;
    view["id"] = tool.id;
    view["name"] = tool.name;
    view["folder"] = core::to_utf8(tool.folder.string());
    view["problems"] = problems_view(tool.problems);
    view["page_link"] = std::string(base) + "/tool/" + core::percent_encode(tool.id);
    std::string prompt;
    for (auto const& problem : tool.problems) prompt += problem.location + ": " + core::to_utf8(problem.message) + "\n";
    view["as_text"] = prompt;
    return view;
}

} // namespace pix::tools
