#pragma once
#include <array>
#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/input_spec.h"
#include "tools/schema_reader.h"

namespace pix::tools {

/// The 39 types an output can have, in the order of their names in `output_type_names`.
enum class OutputType {
    text,
    markdown,
    latex,
    code,
    number,
    boolean,
    progress,
    stream_text,
    table,
    kv,
    log,
    diff,
    tree,
    timeline,
    gantt,
    chart_line,
    chart_area,
    chart_bar,
    chart_scatter,
    chart_pie,
    chart_histogram,
    chart_boxplot,
    chart_heatmap,
    chart_candlestick,
    chart_radar,
    chart_sankey,
    chart_treemap,
    chart_network,
    map_points,
    map_heatmap,
    map_choropleth,
    map_polygons,
    map_route,
    image,
    audio,
    video,
    image_grid,
    image_compare,
    file,
};

inline constexpr std::array<std::string_view, 39> output_type_names{"text",
                                                                    "markdown",
                                                                    "latex",
                                                                    "code",
                                                                    "number",
                                                                    "boolean",
                                                                    "progress",
                                                                    "stream_text",
                                                                    "table",
                                                                    "kv",
                                                                    "log",
                                                                    "diff",
                                                                    "tree",
                                                                    "timeline",
                                                                    "gantt",
                                                                    "chart_line",
                                                                    "chart_area",
                                                                    "chart_bar",
                                                                    "chart_scatter",
                                                                    "chart_pie",
                                                                    "chart_histogram",
                                                                    "chart_boxplot",
                                                                    "chart_heatmap",
                                                                    "chart_candlestick",
                                                                    "chart_radar",
                                                                    "chart_sankey",
                                                                    "chart_treemap",
                                                                    "chart_network",
                                                                    "map_points",
                                                                    "map_heatmap",
                                                                    "map_choropleth",
                                                                    "map_polygons",
                                                                    "map_route",
                                                                    "image",
                                                                    "audio",
                                                                    "video",
                                                                    "image_grid",
                                                                    "image_compare",
                                                                    "file"};

inline std::string_view name_of(OutputType type)
{
    return output_type_names[static_cast<std::size_t>(type)];
}
std::optional<OutputType> output_type_named(std::string_view name);

/// How neighbouring outputs stand together.
enum class OutputLayout { panel, tab, inline_row };

/// One declared output.
struct OutputSpec {
    std::string key;
    OutputType type = OutputType::text;
    std::string label;
    std::optional<std::string> description, caption, unit;
    bool streaming = false;
    OutputLayout layout = OutputLayout::panel;
    std::optional<std::string> default_export_format;
    std::optional<std::vector<std::string>> supported_export_formats;
    std::vector<Column> columns; ///< of tables
    /// Presentation options of the type (format, precision, true_label, x_label, log_y, language ...), checked.
    /// The same option in a value wins.
    json::object options;
};

/// Reads one element of `outputs`, reporting everything wrong with it. Looks at nothing but this element.
OutputSpec read_output_spec(const json::value& value, std::string location, Problems& problems);

} // namespace pix::tools
