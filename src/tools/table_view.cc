#include "tools/table_view.h"

#include <algorithm>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "tools/number_text.h"
#include "tools/output_value.h"

namespace pix::tools {

namespace {

constexpr std::size_t max_cell_bytes = 4'000;
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_number_type(std::string_view type)
{
    return type == "number" || type == "currency" || type == "percent";
}

/// "4 Mar 2026", with "09:15" when the text has a time; the text itself when it is no date.
std::string date_text(std::string_view text)
{
    if (!core::parse_iso_time(text) || text.size() < 10) return std::string(text);
    auto const month = core::parse_int(text.substr(5, 2)).value_or(0);
    auto const day = core::parse_int(text.substr(8, 2)).value_or(0);
    if (month < 1 || month > 12) return std::string(text);
    std::string shown = std::to_string(day) + " " + std::string(months[static_cast<std::size_t>(month - 1)]) + " " +
                        std::string(text.substr(0, 4));
    if (text.size() >= 16) shown += ", " + std::string(text.substr(11, 5));
    return shown;
}

std::vector<Column> columns_of_value(const json::array& declared)
{
    std::vector<Column> columns;
    for (auto const& one : declared) {
        if (columns.size() > max_table_columns) break;
        Column column{"", "", ""};
        if (auto const* name = one.if_string()) {
            column.key = *name;
        } else if (auto const* object = one.if_object()) {
            for (auto const* key : {"key", "name", "label"})
                if (auto const* text = object->if_contains(key); column.key.empty() && text != nullptr)
                    if (auto const* name = text->if_string()) column.key = *name;
            if (auto const* label = object->if_contains("label"); label != nullptr && label->is_string())
                column.label = label->get_string();
            if (auto const* type = object->if_contains("type"); type != nullptr && type->is_string())
                column.type = type->get_string();
        } else {
            continue;
        }
        if (column.label.empty()) column.label = column.key;
        columns.push_back(std::move(column));
    }
    return columns;
}

std::vector<Column> columns_of_row(const json::array& rows)
{
    std::vector<Column> columns;
    if (rows.empty()) return columns;
    if (auto const* object = rows.front().if_object()) {
        for (auto const& member : *object) {
            if (columns.size() > max_table_columns) break;
            columns.push_back({std::string(member.key()), std::string(member.key()), ""});
        }
    } else if (auto const* list = rows.front().if_array()) {
        for (std::size_t i = 0; i < std::min(list->size(), max_table_columns + 1); ++i)
            columns.push_back({"", std::to_string(i + 1), ""});
    }
    return columns;
}

const json::value* cell_of(const json::value& row, const Column& column, std::size_t at)
{
    if (auto const* object = row.if_object()) return object->if_contains(column.key);
    if (auto const* list = row.if_array()) return at < list->size() ? &(*list)[at] : nullptr;
    return nullptr;
}

/// Columns that do not say what they hold are what their first value is.
void guess_types(std::vector<Column>& columns, const json::array& rows)
{
    for (std::size_t at = 0; at < columns.size(); ++at) {
        if (!columns[at].type.empty()) continue;
        columns[at].type = "text";
        for (std::size_t i = 0; i < std::min<std::size_t>(rows.size(), 20); ++i) {
            auto const* cell = cell_of(rows[i], columns[at], at);
            if (cell == nullptr || cell->is_null()) continue;
            if (number_of(*cell)) columns[at].type = "number";
            if (cell->is_bool()) columns[at].type = "boolean";
            break;
        }
    }
}

} // namespace

json::object cell_view(const json::value& value, std::string_view type)
{
    json::object cell{
        {"text", ""}, {"raw", nullptr}, {"is_numeric", is_number_type(type)}, {"is_yes", false}, {"is_no", false}};
    auto const as_text = [&](std::string text) { cell["text"] = core::shorten(text, max_cell_bytes); };
    if (value.is_null()) return cell;
    if (value.is_bool() || (type == "boolean" && number_of(value))) {
        bool const truth = value.is_bool() ? value.get_bool() : *number_of(value) != 0;
        cell[truth ? "is_yes" : "is_no"] = true;
        cell["raw"] = truth ? "true" : "false";
    } else if (number_of(value)) {
        std::string_view const format = is_number_type(type) && type != "number" ? type : std::string_view();
        as_text(number_text(value, format));
        cell["raw"] = core::to_text(value);
    } else if (auto const* text = value.if_string()) {
        as_text(type == "date" ? date_text(*text) : std::string(*text));
        if (type == "date") cell["raw"] = core::shorten(*text, 100);
    } else {
        as_text(core::to_text(value));
    }
    return cell;
}

std::optional<json::object> table_view(const OutputSpec& spec, const json::value& value)
{
    auto const* rows = value.if_array();
    auto const* object = value.if_object();
    if (object != nullptr)
        if (auto const* held = object->if_contains("rows")) rows = held->if_array();
    if (rows == nullptr) return std::nullopt;
    if (std::ranges::any_of(*rows, [](const json::value& row) { return !row.is_object() && !row.is_array(); }))
        return std::nullopt;
    std::vector<Column> columns = spec.columns;
    if (columns.empty() && object != nullptr)
        if (auto const* declared = object->if_contains("columns"); declared != nullptr && declared->is_array())
            columns = columns_of_value(declared->get_array());
    if (columns.empty()) columns = columns_of_row(*rows);
    bool const has_more_columns = columns.size() > max_table_columns;
    if (has_more_columns) columns.resize(max_table_columns);
    guess_types(columns, *rows);

    json::array heads;
    for (auto const& column : columns)
        heads.emplace_back(
            json::object{{"label", core::shorten(column.label, 300)},
                         {"type", is_number_type(column.type) || column.type == "date" || column.type == "boolean"
                                      ? column.type
                                      : std::string("text")},
                         {"is_numeric", is_number_type(column.type)}});
    std::size_t const most = std::min(
        max_table_rows, columns.empty() ? max_table_rows : std::max<std::size_t>(1, max_table_cells / columns.size()));
    json::array shown;
    json::value const nothing;
    for (std::size_t i = 0; i < std::min(rows->size(), most); ++i) {
        json::array cells;
        cells.reserve(columns.size());
        for (std::size_t at = 0; at < columns.size(); ++at) {
            auto const* cell = cell_of((*rows)[i], columns[at], at);
            cells.emplace_back(cell_view(cell != nullptr ? *cell : nothing, columns[at].type));
        }
        shown.emplace_back(json::object{{"cells", std::move(cells)}});
    }
    auto total = static_cast<std::int64_t>(rows->size());
    auto const declared_total = object != nullptr ? object->if_contains("total_rows") : nullptr;
    if (declared_total != nullptr && declared_total->is_int64()) total = std::max(total, declared_total->get_int64());
    auto const& downloadable = option_of(spec, value, "downloadable");
    auto const shown_count = static_cast<std::int64_t>(shown.size());
    return json::object{{"columns", std::move(heads)},
                        {"rows", std::move(shown)},
                        {"is_empty", rows->empty()},
                        {"is_cut", shown_count < total},
                        {"has_more_columns", has_more_columns},
                        {"shown", number_text(json::value(shown_count))},
                        {"total", number_text(json::value(total))},
                        {"download", downloadable.is_bool() && downloadable.get_bool() ? json::value(spec.key + ".csv")
                                                                                       : json::value(nullptr)}};
}

} // namespace pix::tools
