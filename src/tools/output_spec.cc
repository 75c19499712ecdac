#include "tools/output_spec.h"

#include <algorithm>
#include <initializer_list>

#include "core/base/text.h"

namespace pix::tools {

namespace {

enum class OptionKind { text, flag, number, whole, pair, texts, choice_of_format };

struct OptionRule {
    std::string_view name;
    OptionKind kind;
};

/// The presentation options that an output of this type may carry in tool.json.
std::vector<OptionRule> options_of(OutputType type)
{
    using enum OptionKind;
    switch (type) {
    case OutputType::number: return {{"format", choice_of_format}, {"precision", whole}};
    case OutputType::boolean: return {{"true_label", text}, {"false_label", text}};
    case OutputType::code: return {{"language", text}};
    case OutputType::table: return {{"downloadable", flag}};
    case OutputType::chart_line:
    case OutputType::chart_area: return {{"x_label", text}, {"y_label", text}, {"log_x", flag}, {"log_y", flag}};
    case OutputType::chart_bar:
    case OutputType::chart_scatter: return {{"x_label", text}, {"y_label", text}};
    case OutputType::chart_heatmap:
        return {{"x_label", text}, {"y_label", text}, {"x_labels", texts}, {"y_labels", texts}};
    case OutputType::chart_pie: return {{"donut", flag}};
    case OutputType::chart_histogram: return {{"bins", whole}, {"x_label", text}, {"y_label", text}};
    case OutputType::chart_boxplot: return {{"outliers", flag}};
    case OutputType::map_points: return {{"default_center", pair}, {"default_zoom", number}};
    case OutputType::map_choropleth: return {{"min", number}, {"max", number}, {"center", pair}, {"zoom", number}};
    case OutputType::diff: return {{"filename_before", text}, {"filename_after", text}};
    case OutputType::image: return {{"alt", text}};
    case OutputType::video: return {{"poster", text}};
    case OutputType::text:
    case OutputType::markdown:
    case OutputType::latex:
    case OutputType::progress:
    case OutputType::stream_text:
    case OutputType::kv:
    case OutputType::log:
    case OutputType::tree:
    case OutputType::timeline:
    case OutputType::gantt:
    case OutputType::chart_candlestick:
    case OutputType::chart_radar:
    case OutputType::chart_sankey:
    case OutputType::chart_treemap:
    case OutputType::chart_network:
    case OutputType::map_heatmap:
    case OutputType::map_polygons:
    case OutputType::map_route:
    case OutputType::audio:
    case OutputType::image_grid:
    case OutputType::image_compare:
    case OutputType::file: return {};
    }
    return {};
}

void read_option(SchemaReader& reader, const OptionRule& rule, json::object& options)
{
    switch (rule.kind) {
    case OptionKind::text:
        if (auto text = reader.maybe_text(rule.name)) options[rule.name] = *text;
        break;
    case OptionKind::flag:
        if (auto flag = reader.maybe_flag(rule.name)) options[rule.name] = *flag;
        break;
    case OptionKind::number:
        if (auto number = reader.maybe_number(rule.name)) options[rule.name] = *number;
        break;
    case OptionKind::whole:
        if (auto whole = reader.maybe_whole(rule.name, 0, 10'000)) options[rule.name] = *whole;
        break;
    case OptionKind::pair:
        if (auto pair = reader.maybe_pair(rule.name)) options[rule.name] = json::array{pair->first, pair->second};
        break;
    case OptionKind::texts: {
        json::array list;
        for (auto& text : reader.texts(rule.name)) list.emplace_back(text);
        if (!list.empty()) options[rule.name] = std::move(list);
        break;
    }
    case OptionKind::choice_of_format: {
        auto format = reader.maybe_text(rule.name);
        if (!format) break;
        constexpr std::array<std::string_view, 4> known{"currency", "percent", "scientific", "decimal"};
        if (std::ranges::find(known, *format) == known.end())
            reader.problem(rule.name, "must be one of currency, percent, scientific, decimal");
        else
            options[rule.name] = *format;
        break;
    }
    }
}

} // namespace

std::optional<OutputType> output_type_named(std::string_view name)
{
    auto const found = std::ranges::find(output_type_names, name);
    if (found == output_type_names.end()) return std::nullopt;
    return static_cast<OutputType>(found - output_type_names.begin());
}

OutputSpec read_output_spec(const json::value& value, std::string location, Problems& problems)
{
    OutputSpec spec;
    SchemaReader reader(value, std::move(location), problems);
    if (!reader.is_object()) return spec;
    spec.key = reader.required_text("key");
    auto const type_name = reader.required_text("type");
    spec.label = reader.required_text("label");
    spec.description = reader.maybe_text("description");
    spec.caption = reader.maybe_text("caption");
    spec.unit = reader.maybe_text("unit");
    spec.streaming = reader.flag_or("streaming", false);
    auto const layout = reader.text_or("layout", "panel");
    if (layout == "tab")
        spec.layout = OutputLayout::tab;
    else if (layout == "inline")
        spec.layout = OutputLayout::inline_row;
    else if (!layout.empty() && layout != "panel")
        reader.problem("layout", "must be one of panel, tab, inline");
    spec.default_export_format = reader.maybe_text("default_export_format");
    if (!reader.any("supported_export_formats").is_null())
        spec.supported_export_formats = reader.texts("supported_export_formats");
    auto const type = output_type_named(type_name);
    if (!type) {
        if (!type_name.empty())
            reader.problem("type", "unknown output type \"" + core::shorten(type_name, 80) + "\"",
                           ProblemKind::coherence);
        return spec;
    }
    spec.type = *type;
    if (spec.type == OutputType::table) spec.columns = read_columns(reader, false);
    for (auto const& rule : options_of(spec.type)) read_option(reader, rule, spec.options);
    reader.refuse_unknown_keys();
    return spec;
}

} // namespace pix::tools
