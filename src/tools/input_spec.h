#pragma once
#include <array>
#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/schema_reader.h"

namespace pix::tools {

/// The 28 types an input can have, in the order of their names in `input_type_names`.
enum class InputType {
    text,
    textarea,
    number,
    slider,
    select,
    multiselect,
    checkbox,
    toggle,
    radio,
    date,
    time,
    datetime,
    date_range,
    file,
    image,
    audio,
    colour,
    json,
    code,
    markdown,
    tags,
    autocomplete,
    table,
    map_point,
    map_bbox,
    map_polygon,
    map_multipoint,
    hidden,
};

inline constexpr std::array<std::string_view, 28> input_type_names{
    "text",         "textarea", "number",    "slider",   "select",      "multiselect",    "checkbox",
    "toggle",       "radio",    "date",      "time",     "datetime",    "date_range",     "file",
    "image",        "audio",    "colour",    "json",     "code",        "markdown",       "tags",
    "autocomplete", "table",    "map_point", "map_bbox", "map_polygon", "map_multipoint", "hidden"};

inline std::string_view name_of(InputType type)
{
    return input_type_names[static_cast<std::size_t>(type)];
}
std::optional<InputType> input_type_named(std::string_view name);

/// One choice of select, multiselect or radio.
struct Option {
    json::value value; ///< string, whole number, real number or boolean
    std::string label;
};

/// One column of a table, input or output.
struct Column {
    std::string key;
    std::string label;
    std::string type; ///< "text", "number", "date", ...; free text is shown as text
};

/// The input is visible only while another one has this value.
struct ShowIf {
    std::string key;
    json::value equals;
};

/// One declared input. Fields of other types keep their defaults.
struct InputSpec {
    std::string key;
    InputType type = InputType::text;
    std::string label;
    std::optional<std::string> description;
    json::value default_value; ///< null: none
    bool required = true;
    std::optional<std::string> group;
    std::optional<ShowIf> show_if;

    std::string placeholder;
    std::optional<std::int64_t> max_length; ///< in characters, enforced by the browser
    bool monospace = false;
    std::optional<double> min, max, step;
    std::string unit;
    bool range = false;
    std::vector<Option> options;
    bool searchable = false;
    std::string min_date, max_date;
    std::vector<std::string> accept; ///< ".csv", "image/*", "text/plain"
    std::optional<double> max_size_mb;
    bool multiple = false;
    json::value json_schema;
    std::string language;
    std::vector<std::string> suggestions;
    std::string endpoint; ///< the last segment only
    std::vector<Column> columns;
    std::optional<std::int64_t> min_rows, max_rows;
    std::optional<std::pair<double, double>> default_center; ///< latitude, longitude
    std::optional<double> default_zoom;

    bool has_default() const { return !default_value.is_null(); }
    bool is_file() const { return type == InputType::file || type == InputType::image || type == InputType::audio; }
};

/// Reads one element of `inputs`, reporting everything wrong with it. Looks at nothing but this element.
InputSpec read_input_spec(const json::value& value, std::string location, Problems& problems);

/// Reads a `columns` member, shared by table inputs and outputs.
std::vector<Column> read_columns(SchemaReader& reader, bool required);

} // namespace pix::tools
