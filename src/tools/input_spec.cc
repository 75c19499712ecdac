#include "tools/input_spec.h"

#include <algorithm>
#include <limits>
#include <set>

#include "core/base/text.h"

namespace pix::tools {

namespace {

constexpr std::size_t max_options = 10'000;
constexpr std::size_t max_columns = 500;
constexpr std::int64_t max_rows = 100'000;
constexpr std::int64_t no_limit = 1'000'000'000;

void read_options(SchemaReader& reader, InputSpec& spec)
{
    auto const* list = reader.array("options", max_options, false);
    if (list == nullptr) {
        if (!reader.has("options")) reader.problem("options", "is required for this type", ProblemKind::coherence);
        return;
    }
    if (list->empty()) reader.problem("options", "must have at least one option", ProblemKind::coherence);
    Problems& problems = reader.problems();
    for (std::size_t i = 0; i < list->size(); ++i) {
        SchemaReader option((*list)[i], reader.at("options") + "[" + std::to_string(i) + "]", problems);
        Option read;
        read.value = option.any("value");
        if (option.is_object()) {
            if (!option.has("value"))
                option.problem("value", "is required");
            else if (!read.value.is_string() && !read.value.is_bool() && !number_of(read.value))
                option.problem("value",
                               "must be a string, a number or a boolean, is " + std::string(kind_name(read.value)));
        }
        auto const* label = option.any("label").if_string();
        read.label = label != nullptr && label->empty() ? std::string() : option.required_text("label");
        option.refuse_unknown_keys();
        spec.options.push_back(std::move(read));
    }
}

void read_accept(SchemaReader& reader, InputSpec& spec)
{
    auto const& accept = reader.any("accept");
    if (accept.is_null()) return;
    if (auto const* text = accept.if_string()) {
        for (auto const part : core::split(*text, ','))
            if (auto const trimmed = core::trim(part); !trimmed.empty()) spec.accept.emplace_back(trimmed);
    } else if (accept.is_array()) {
        for (auto& item : reader.texts("accept"))
            if (auto const trimmed = core::trim(item); !trimmed.empty()) spec.accept.emplace_back(trimmed);
    } else {
        reader.problem("accept", "must be a string or an array of strings, is " + std::string(kind_name(accept)));
    }
}

void read_file_limits(SchemaReader& reader, InputSpec& spec, bool may_be_multiple)
{
    spec.max_size_mb = reader.maybe_number("max_size_mb");
    if (spec.max_size_mb && *spec.max_size_mb <= 0) {
        reader.problem("max_size_mb", "must be above 0");
        spec.max_size_mb.reset();
    }
    if (may_be_multiple) spec.multiple = reader.flag_or("multiple", false);
}

void read_range(SchemaReader& reader, InputSpec& spec)
{
    spec.min = reader.maybe_number("min");
    spec.max = reader.maybe_number("max");
    spec.step = reader.maybe_number("step");
    if (spec.step && *spec.step <= 0) {
        reader.problem("step", "must be above 0", ProblemKind::coherence);
        spec.step.reset();
    }
}

void read_slider(SchemaReader& reader, InputSpec& spec)
{
    for (std::string_view const bound : {"min", "max"})
        if (!reader.has(bound)) reader.problem(bound, "is required for a slider", ProblemKind::coherence);
    read_range(reader, spec);
    for (std::string_view const bound : {"min", "max"})
        if (reader.has(bound) && reader.any(bound).is_null())
            reader.problem(bound, "must be a number, is null", ProblemKind::coherence);
    spec.range = reader.flag_or("range", false);
    if (spec.min && spec.max && *spec.min > *spec.max)
        reader.problem("min", "must not be above max", ProblemKind::coherence);
}

void read_endpoint(SchemaReader& reader, InputSpec& spec)
{
    if (!reader.has("endpoint")) {
        reader.any("endpoint");
        reader.problem("endpoint", "is required for an autocomplete", ProblemKind::coherence);
        return;
    }
    auto const declared = reader.required_text("endpoint");
    if (declared.empty()) return;
    auto const slash = declared.find_last_of('/');
    spec.endpoint = slash == std::string::npos ? declared : declared.substr(slash + 1);
    bool const plain = std::ranges::all_of(spec.endpoint, [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
               c == '-';
    });
    if (spec.endpoint.empty() || !plain || spec.endpoint == "." || spec.endpoint == "..")
        reader.problem("endpoint", "its last segment must consist of letters, digits, '_', '.' and '-'");
}

void read_table(SchemaReader& reader, InputSpec& spec)
{
    if (!reader.has("columns")) reader.problem("columns", "is required for a table", ProblemKind::coherence);
    spec.columns = read_columns(reader, true);
    spec.min_rows = reader.maybe_whole("min_rows", 0, max_rows);
    spec.max_rows = reader.maybe_whole("max_rows", 0, max_rows);
    if (spec.min_rows && spec.max_rows && *spec.min_rows > *spec.max_rows)
        reader.problem("min_rows", "must not be above max_rows", ProblemKind::coherence);
}

void read_type_fields(SchemaReader& reader, InputSpec& spec)
{
    switch (spec.type) {
    case InputType::textarea:
    case InputType::text:
        spec.placeholder = reader.maybe_text("placeholder").value_or("");
        spec.max_length = reader.maybe_whole("max_length", 0, no_limit);
        if (spec.type == InputType::textarea) spec.monospace = reader.flag_or("monospace", false);
        break;
    case InputType::number:
        read_range(reader, spec);
        spec.unit = reader.maybe_text("unit").value_or("");
        break;
    case InputType::slider: read_slider(reader, spec); break;
    case InputType::select:
        read_options(reader, spec);
        spec.searchable = reader.flag_or("searchable", false);
        break;
    case InputType::multiselect:
    case InputType::radio: read_options(reader, spec); break;
    case InputType::date:
        spec.min_date = reader.maybe_text("min").value_or("");
        spec.max_date = reader.maybe_text("max").value_or("");
        break;
    case InputType::file:
        read_accept(reader, spec);
        read_file_limits(reader, spec, true);
        break;
    case InputType::image: read_file_limits(reader, spec, true); break;
    case InputType::audio: read_file_limits(reader, spec, false); break;
    case InputType::json:
        spec.json_schema = reader.any("schema");
        if (!spec.json_schema.is_null() && !spec.json_schema.is_object() && !spec.json_schema.is_bool())
            reader.problem("schema", "must be a JSON Schema object, is " + std::string(kind_name(spec.json_schema)));
        break;
    case InputType::code: {
        spec.language = reader.maybe_text("language").value_or("plain");
        constexpr std::array<std::string_view, 6> known{"python", "sql", "js", "html", "json", "plain"};
        if (std::ranges::find(known, spec.language) == known.end())
            reader.problem("language", "must be one of python, sql, js, html, json, plain");
        break;
    }
    case InputType::tags: spec.suggestions = reader.texts("suggestions"); break;
    case InputType::autocomplete: read_endpoint(reader, spec); break;
    case InputType::table: read_table(reader, spec); break;
    case InputType::map_point:
    case InputType::map_bbox:
    case InputType::map_polygon:
    case InputType::map_multipoint:
        spec.default_center = reader.maybe_pair("default_center");
        spec.default_zoom = reader.maybe_number("default_zoom");
        break;
    case InputType::hidden:
        if (!spec.has_default()) reader.problem("default", "is required for a hidden input", ProblemKind::coherence);
        break;
    case InputType::checkbox:
    case InputType::toggle:
    case InputType::time:
    case InputType::datetime:
    case InputType::date_range:
    case InputType::colour:
    case InputType::markdown: break;
    }
}

} // namespace

std::optional<InputType> input_type_named(std::string_view name)
{
    auto const found = std::ranges::find(input_type_names, name);
    if (found == input_type_names.end()) return std::nullopt;
    return static_cast<InputType>(found - input_type_names.begin());
}

std::vector<Column> read_columns(SchemaReader& reader, bool required)
{
    std::vector<Column> columns;
    auto const& declared = reader.any("columns");
    if (declared.is_null()) {
        if (required && reader.has("columns")) reader.problem("columns", "must be an array, is null");
        return columns;
    }
    auto const* list = reader.array("columns", max_columns, false);
    if (list == nullptr) return columns;
    if (required && list->empty()) reader.problem("columns", "must have at least one column", ProblemKind::coherence);
    std::set<std::string> keys;
    for (std::size_t i = 0; i < list->size(); ++i) {
        SchemaReader column((*list)[i], reader.at("columns") + "[" + std::to_string(i) + "]", reader.problems());
        Column read{column.required_text("key"), column.maybe_text("label").value_or(""),
                    column.maybe_text("type").value_or("text")};
        if (read.label.empty()) read.label = read.key;
        if (!read.key.empty() && !keys.insert(read.key).second)
            column.problem("key", "the column key \"" + core::shorten(read.key, 80) + "\" is used twice",
                           ProblemKind::coherence);
        column.refuse_unknown_keys();
        columns.push_back(std::move(read));
    }
    return columns;
}

InputSpec read_input_spec(const json::value& value, std::string location, Problems& problems)
{
    InputSpec spec;
    SchemaReader reader(value, std::move(location), problems);
    if (!reader.is_object()) return spec;
    spec.key = reader.required_text("key");
    auto const type_name = reader.required_text("type");
    spec.label = reader.required_text("label");
    spec.description = reader.maybe_text("description");
    spec.default_value = reader.any("default");
    spec.required = reader.flag_or("required", true);
    spec.group = reader.maybe_text("group");
    if (auto const& condition = reader.any("show_if"); !condition.is_null()) {
        SchemaReader rule(condition, reader.at("show_if"), problems);
        ShowIf read{rule.required_text("key"), rule.any("equals")};
        if (rule.is_object() && !rule.has("equals")) rule.problem("equals", "is required");
        rule.refuse_unknown_keys();
        if (rule.is_object()) spec.show_if = std::move(read);
    }
    auto const type = input_type_named(type_name);
    if (!type) {
        if (!type_name.empty())
            reader.problem("type", "unknown input type \"" + core::shorten(type_name, 80) + "\"",
                           ProblemKind::coherence);
        return spec;
    }
    spec.type = *type;
    read_type_fields(reader, spec);
    reader.refuse_unknown_keys();
    return spec;
}

} // namespace pix::tools
