#pragma once
#include <boost/json.hpp>
#include <cstddef>
#include <optional>

#include "tools/output_spec.h"

namespace pix::tools {

/// How much of a table is written into a page. Source: chosen; 1,000 rows of 6 columns are about 200 KB of HTML.
inline constexpr std::size_t max_table_rows = 1'000;
inline constexpr std::size_t max_table_columns = 100;
inline constexpr std::size_t max_table_cells = 50'000;

/// What table.html shows: columns from tool.json, else from the value, else from the first row; formatted cells with
/// the raw value beside them; how many rows there are and how many are shown. Nothing if the value is no table. Source:
/// contract 2.8.
std::optional<json::object> table_view(const OutputSpec& spec, const json::value& value);

/// One value as a cell of that column type: "text", "raw" (null: sorts as the text), "is_yes" and "is_no".
json::object cell_view(const json::value& value, std::string_view type);

} // namespace pix::tools
