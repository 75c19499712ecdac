#include "tools/output_value.h"

#include <algorithm>
#include <span>

#include "core/base/text.h"

namespace pix::tools {

namespace {

const json::value null_value;
constexpr std::size_t max_undeclared = 50;

enum class Kind { text, array, object, array_of_objects, array_of_arrays, array_of_numbers, pairs, media, any };

struct Member {
    std::string_view name;
    Kind kind;
};

/// The members that the value of a structured type must have.
std::span<const Member> members_of(OutputType type)
{
    using enum Kind;
    static constexpr Member table[] = {{"columns", array}, {"rows", array}};
    static constexpr Member kv[] = {{"pairs", pairs}};
    static constexpr Member log[] = {{"lines", array}};
    static constexpr Member diff[] = {{"before", text}, {"after", text}};
    static constexpr Member tree[] = {{"root", object}};
    static constexpr Member timeline[] = {{"events", array_of_objects}};
    static constexpr Member gantt[] = {{"tasks", array_of_objects}};
    static constexpr Member lines[] = {{"x", array}, {"series", array_of_objects}};
    static constexpr Member series[] = {{"series", array_of_objects}};
    static constexpr Member pie[] = {{"slices", array_of_objects}};
    static constexpr Member histogram[] = {{"values", array_of_numbers}};
    static constexpr Member heatmap[] = {{"z", array_of_arrays}};
    static constexpr Member points[] = {{"points", array_of_objects}};
    static constexpr Member radar[] = {{"axes", array}, {"series", array_of_objects}};
    static constexpr Member sankey[] = {{"nodes", array_of_objects}, {"links", array_of_objects}};
    static constexpr Member treemap[] = {{"nodes", array_of_objects}};
    static constexpr Member network[] = {{"nodes", array_of_objects}, {"edges", array_of_objects}};
    static constexpr Member choropleth[] = {{"geojson", object}, {"values", object}};
    static constexpr Member polygons[] = {{"polygons", array_of_objects}};
    static constexpr Member route[] = {{"points", array}};
    static constexpr Member grid[] = {{"images", array}};
    static constexpr Member compare[] = {{"before", media}, {"after", media}};
    static constexpr Member file[] = {{"filename", text}, {"data", text}};
    switch (type) {
    case OutputType::table: return table;
    case OutputType::kv: return kv;
    case OutputType::log: return log;
    case OutputType::diff: return diff;
    case OutputType::tree: return tree;
    case OutputType::timeline: return timeline;
    case OutputType::gantt: return gantt;
    case OutputType::chart_line:
    case OutputType::chart_area:
    case OutputType::chart_bar: return lines;
    case OutputType::chart_scatter:
    case OutputType::chart_boxplot: return series;
    case OutputType::chart_pie: return pie;
    case OutputType::chart_histogram: return histogram;
    case OutputType::chart_heatmap: return heatmap;
    case OutputType::chart_candlestick:
    case OutputType::map_points:
    case OutputType::map_heatmap: return points;
    case OutputType::chart_radar: return radar;
    case OutputType::chart_sankey: return sankey;
    case OutputType::chart_treemap: return treemap;
    case OutputType::chart_network: return network;
    case OutputType::map_choropleth: return choropleth;
    case OutputType::map_polygons: return polygons;
    case OutputType::map_route: return route;
    case OutputType::image_grid: return grid;
    case OutputType::image_compare: return compare;
    case OutputType::file: return file;
    case OutputType::text:
    case OutputType::markdown:
    case OutputType::latex:
    case OutputType::code:
    case OutputType::number:
    case OutputType::boolean:
    case OutputType::progress:
    case OutputType::stream_text:
    case OutputType::image:
    case OutputType::audio:
    case OutputType::video: return {};
    }
    return {};
}

std::string wrong(std::string_view what, std::string_view wanted, const json::value& value)
{
    return std::string(what) + "must be " + std::string(wanted) + ", is " + std::string(kind_name(value));
}

/// The first element that is not of the wanted kind.
template <class Accept>
std::string elements_problem(const json::value& value, std::string_view name, std::string_view wanted, Accept accept)
{
    auto const* list = value.if_array();
    if (list == nullptr) return wrong(std::string(name) + " ", "an array", value);
    for (std::size_t i = 0; i < list->size(); ++i)
        if (!accept((*list)[i])) return wrong(std::string(name) + "[" + std::to_string(i) + "] ", wanted, (*list)[i]);
    return {};
}

std::string member_problem(const Member& member, const json::value& value)
{
    std::string const name(member.name);
    switch (member.kind) {
    case Kind::any: return {};
    case Kind::text: return value.is_string() ? std::string() : wrong(name + " ", "a string", value);
    case Kind::object: return value.is_object() ? std::string() : wrong(name + " ", "an object", value);
    case Kind::array: return value.is_array() ? std::string() : wrong(name + " ", "an array", value);
    case Kind::pairs:
        return value.is_array() || value.is_object() ? std::string()
                                                     : wrong(name + " ", "an object or an array", value);
    case Kind::media:
        return value.is_string() || value.is_object() ? std::string() : wrong(name + " ", "a string", value);
    case Kind::array_of_objects:
        return elements_problem(value, name, "an object", [](const json::value& item) { return item.is_object(); });
    case Kind::array_of_arrays:
        return elements_problem(value, name, "an array", [](const json::value& item) { return item.is_array(); });
    case Kind::array_of_numbers:
        return elements_problem(value, name, "a number",
                                [](const json::value& item) { return item.is_null() || number_of(item).has_value(); });
    }
    return {};
}

/// A type whose value is a text, a number or a boolean, bare or in an object.
void check_scalar(const OutputSpec& spec, const json::value& value, std::vector<OutputProblem>& problems)
{
    bool const is_media =
        spec.type == OutputType::image || spec.type == OutputType::audio || spec.type == OutputType::video;
    auto const* held = &value;
    if (auto const* object = value.if_object()) {
        held = object->if_contains("value");
        if (held == nullptr && is_media) {
            held = object->if_contains("url");
            if (held == nullptr) held = object->if_contains("data");
        }
        if (held == nullptr && spec.type == OutputType::text && object->contains("text")) {
            problems.push_back({spec.key, "has \"text\" where \"value\" is expected", true});
            held = object->if_contains("text");
        }
        if (held == nullptr) {
            problems.push_back({spec.key, "is an object without \"value\""});
            return;
        }
    }
    if (spec.type == OutputType::progress && held->is_null()) return;
    std::string message;
    if (spec.type == OutputType::number || spec.type == OutputType::progress) {
        if (!number_of(*held)) message = wrong("", "a number", *held);
    } else if (spec.type == OutputType::boolean) {
        auto const number = number_of(*held);
        if (!held->is_bool() && !(number && (*number == 0 || *number == 1)))
            message = wrong("", "true or false", *held);
    } else if (!held->is_string()) {
        message = wrong("", is_media ? "a URL or data URL" : "a string", *held);
    }
    if (!message.empty()) problems.push_back({spec.key, std::move(message)});
}

void check_members(const OutputSpec& spec, std::span<const Member> members, const json::value& value,
                   std::vector<OutputProblem>& problems)
{
    auto const* object = value.if_object();
    if (object == nullptr) {
        if (spec.type == OutputType::table && value.is_array()) {
            problems.push_back(
                {spec.key, "is a bare array of rows; an object with columns and rows is expected", true});
            return;
        }
        problems.push_back({spec.key, wrong("", "an object", value)});
        return;
    }
    std::vector<std::string_view> missing;
    for (auto const& member : members) {
        auto const* held = object->if_contains(member.name);
        if (held == nullptr || (held->is_null() && member.name != "x")) {
            missing.push_back(member.name);
            continue;
        }
        if (held->is_null()) continue;
        if (auto message = member_problem(member, *held); !message.empty())
            problems.push_back({spec.key, std::move(message)});
    }
    if (missing.empty()) return;
    bool const lacks_all = missing.size() == members.size();
    for (auto const name : missing) {
        // What tool.json or another member stands in for is not missed.
        if (spec.type == OutputType::table && name == "columns" && !lacks_all) continue;
        if (spec.type == OutputType::file && name == "data" && object->contains("url")) continue;
        problems.push_back({spec.key, "has no " + std::string(name), !lacks_all});
    }
}

bool comes_later(const ToolSchema& schema, const OutputSpec& spec)
{
    if (spec.streaming || spec.type == OutputType::stream_text) return true;
    return schema.is_streaming();
}

} // namespace

const json::value* scalar_of(const json::value& value)
{
    if (auto const* object = value.if_object())
        if (auto const* held = object->if_contains("value")) return held;
    return &value;
}

const json::value& option_of(const OutputSpec& spec, const json::value& value, std::string_view name)
{
    if (auto const* object = value.if_object())
        if (auto const* own = object->if_contains(name); own != nullptr && !own->is_null()) return *own;
    if (auto const* declared = spec.options.if_contains(name)) return *declared;
    return null_value;
}

std::vector<OutputProblem> check_output(const OutputSpec& spec, const json::value& value)
{
    std::vector<OutputProblem> problems;
    if (value.is_null()) {
        if (spec.type != OutputType::progress) problems.push_back({spec.key, "is null"});
        return problems;
    }
    auto const members = members_of(spec.type);
    if (members.empty())
        check_scalar(spec, value, problems);
    else
        check_members(spec, members, value, problems);
    return problems;
}

std::vector<OutputProblem> check_outputs(const ToolSchema& schema, const json::object& answer)
{
    std::vector<OutputProblem> problems;
    for (auto const& spec : schema.outputs) {
        auto const* value = answer.if_contains(spec.key);
        if (value == nullptr || (value->is_null() && comes_later(schema, spec))) {
            if (value == nullptr && !comes_later(schema, spec))
                problems.push_back({spec.key, "is missing from the answer"});
            continue;
        }
        std::ranges::move(check_output(spec, *value), std::back_inserter(problems));
    }
    std::size_t undeclared = 0;
    for (auto const& member : answer) {
        if (member.key() == "run_id" || schema.find_output(member.key()) != nullptr) continue;
        if (++undeclared > max_undeclared) break;
        problems.push_back({core::shorten(core::to_utf8(member.key()), 80), "is not declared in tool.json", true});
    }
    return problems;
}

} // namespace pix::tools
