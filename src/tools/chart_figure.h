#pragma once
#include <boost/json.hpp>
#include <cstddef>
#include <optional>
#include <string>

#include "tools/output_spec.h"

namespace pix::tools {

/// What the page's script draws: numbers, names and labels, all checked, nothing else from the tool.
struct ChartFigure {
    json::object data;      ///< "kind", "title", labels, and the members of the tool's own value
    std::size_t points = 0; ///< 0: nothing to draw
    bool is_cut = false;    ///< there were more than `max_chart_points`
    json::object preview;   ///< "head" and "rows" of texts: the first values, for readers without script
};

/// Source: chosen; a browser draws this many in about a second.
inline constexpr std::size_t max_chart_points = 300'000;

/// True for the types that chart_figure() can make.
bool is_drawn_chart(OutputType type);

/// Nothing if the value has not the shape of its type. What is not a finite number becomes a gap.
/// Source: contract 2.8.
std::optional<ChartFigure> chart_figure(const OutputSpec& spec, const json::value& value);

} // namespace pix::tools
