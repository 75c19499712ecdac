#include "tools/chart_figure.h"

#include <algorithm>

#include "core/base/text.h"
#include "tools/number_text.h"
#include "tools/output_value.h"

namespace pix::tools {

namespace {

constexpr std::size_t max_series = 200;
constexpr std::size_t max_label_bytes = 300;
constexpr std::size_t preview_rows = 10;

json::value text_of(const json::value* value)
{
    if (value == nullptr) return "";
    if (auto const* text = value->if_string()) return json::value(core::shorten(*text, max_label_bytes));
    if (number_of(*value)) return json::value(number_text(*value));
    return "";
}

/// A number, or null: a gap.
json::value number_or_gap(const json::value& value)
{
    if (number_of(value)) return value;
    return nullptr;
}

/// A place on an axis: a number, a text (names, ISO dates), or null.
json::value place(const json::value& value)
{
    if (value.is_string()) return text_of(&value);
    return number_or_gap(value);
}

/// A colour that cannot be anything else: #rgb to #rrggbbaa, a name, rgb() or hsl().
std::optional<json::value> colour_of(const json::object& object)
{
    for (auto const* key : {"colour", "color"}) {
        auto const* value = object.if_contains(key);
        if (value == nullptr || !value->is_string()) continue;
        std::string_view const text = value->get_string();
        bool const is_plain = !text.empty() && text.size() <= 40 && std::ranges::all_of(text, [](unsigned char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '#' || c == '(' ||
                   c == ')' || c == ',' || c == '.' || c == '%' || c == ' ';
        });
        if (is_plain) return *value;
    }
    return std::nullopt;
}

std::string preview_text(const json::value& value)
{
    return value.is_string() ? std::string(value.get_string()) : number_text(value);
}

/// Copies lists of numbers or places until the chart is full.
class Copier {
public:
    explicit Copier(ChartFigure& figure) : figure_(figure) {}

    template <class Convert>
    json::array copy(const json::value* from, Convert convert, bool counts = true)
    {
        json::array result;
        auto const* list = from != nullptr ? from->if_array() : nullptr;
        if (list == nullptr) return result;
        result.reserve(std::min(list->size(), max_chart_points));
        for (auto const& item : *list) {
            if (result.size() >= max_chart_points || (counts && figure_.points >= max_chart_points)) {
                figure_.is_cut = true;
                break;
            }
            if (counts) ++figure_.points;
            result.push_back(convert(item));
        }
        return result;
    }

private:
    ChartFigure& figure_;
};

const json::array* list_in(const json::value& value, std::string_view key)
{
    auto const* object = value.if_object();
    auto const* held = object != nullptr ? object->if_contains(key) : nullptr;
    return held != nullptr ? held->if_array() : nullptr;
}

const json::value* member(const json::value& value, std::string_view key)
{
    auto const* object = value.if_object();
    return object != nullptr ? object->if_contains(key) : nullptr;
}

bool add_lines(ChartFigure& figure, const json::value& value)
{
    auto const* series = list_in(value, "series");
    if (series == nullptr) return false;
    Copier copier(figure);
    json::array x = copier.copy(member(value, "x"), place, false);
    json::array drawn;
    json::array head;
    head.emplace_back("x");
    for (auto const& one : *series) {
        if (drawn.size() >= max_series) {
            figure.is_cut = true;
            break;
        }
        if (!one.is_object()) return false;
        json::object line;
        line["name"] = text_of(member(one, "name"));
        line["y"] = copier.copy(member(one, "y"), number_or_gap);
        if (member(one, "x") != nullptr) line["x"] = copier.copy(member(one, "x"), place, false);
        head.push_back(line["name"]);
        drawn.emplace_back(std::move(line));
    }
    json::array rows;
    for (std::size_t i = 0; i < std::min(x.size(), preview_rows); ++i) {
        json::array row;
        row.emplace_back(preview_text(x[i]));
        for (auto const& line : drawn) {
            auto const& y = line.get_object().at("y").get_array();
            row.emplace_back(i < y.size() ? preview_text(y[i]) : std::string());
        }
        rows.emplace_back(std::move(row));
    }
    figure.data["x"] = std::move(x);
    figure.data["series"] = std::move(drawn);
    figure.preview = {{"head", std::move(head)}, {"rows", std::move(rows)}};
    return true;
}

bool add_scatter(ChartFigure& figure, const json::value& value)
{
    auto const* series = list_in(value, "series");
    if (series == nullptr) return false;
    Copier copier(figure);
    json::array drawn;
    json::array rows;
    for (auto const& one : *series) {
        if (drawn.size() >= max_series) {
            figure.is_cut = true;
            break;
        }
        if (!one.is_object()) return false;
        auto const name = text_of(member(one, "name"));
        auto const point_of = [&](const json::value& item) -> json::value {
            json::object point;
            auto const* x = member(item, "x");
            auto const* y = member(item, "y");
            point["x"] = x != nullptr ? place(*x) : json::value();
            point["y"] = y != nullptr ? place(*y) : json::value();
            if (auto const* label = member(item, "label")) point["label"] = text_of(label);
            if (auto const* size = member(item, "size"); size != nullptr && number_of(*size)) point["size"] = *size;
            if (item.is_object())
                if (auto colour = colour_of(item.get_object())) point["colour"] = std::move(*colour);
            if (rows.size() < preview_rows)
                rows.emplace_back(json::array{name, preview_text(point["x"]), preview_text(point["y"])});
            return point;
        };
        json::object line;
        line["name"] = name;
        line["points"] = copier.copy(member(one, "points"), point_of);
        drawn.emplace_back(std::move(line));
    }
    figure.data["series"] = std::move(drawn);
    figure.preview = {{"head", json::array{"", "x", "y"}}, {"rows", std::move(rows)}};
    return true;
}

bool add_pie(ChartFigure& figure, const OutputSpec& spec, const json::value& value)
{
    auto const* slices = list_in(value, "slices");
    if (slices == nullptr) return false;
    json::array drawn;
    json::array rows;
    for (auto const& slice : *slices) {
        auto const* share = member(slice, "value");
        if (share == nullptr || !number_of(*share) || *number_of(*share) < 0) continue;
        if (++figure.points > 1'000) {
            figure.is_cut = true;
            break;
        }
        json::object one;
        one["label"] = text_of(member(slice, "label"));
        one["value"] = *share;
        if (auto colour = colour_of(slice.get_object())) one["colour"] = std::move(*colour);
        if (rows.size() < preview_rows) rows.emplace_back(json::array{one["label"], preview_text(*share)});
        drawn.emplace_back(std::move(one));
    }
    auto const& donut = option_of(spec, value, "donut");
    figure.data["donut"] = donut.is_bool() && donut.get_bool();
    figure.data["slices"] = std::move(drawn);
    figure.preview = {{"head", json::array{"", ""}}, {"rows", std::move(rows)}};
    return true;
}

bool add_histogram(ChartFigure& figure, const OutputSpec& spec, const json::value& value)
{
    auto const* values = list_in(value, "values");
    if (values == nullptr) return false;
    Copier copier(figure);
    figure.data["values"] = copier.copy(member(value, "values"), number_or_gap);
    auto const bins = number_of(option_of(spec, value, "bins"));
    if (bins && *bins >= 1 && *bins <= 10'000) figure.data["bins"] = static_cast<std::int64_t>(*bins);
    json::array rows;
    for (auto const& number : figure.data["values"].get_array()) {
        if (rows.size() >= preview_rows) break;
        rows.emplace_back(json::array{preview_text(number)});
    }
    figure.preview = {{"head", json::array{""}}, {"rows", std::move(rows)}};
    return true;
}

bool add_boxplot(ChartFigure& figure, const OutputSpec& spec, const json::value& value)
{
    auto const* series = list_in(value, "series");
    if (series == nullptr) return false;
    Copier copier(figure);
    json::array drawn;
    json::array rows;
    for (auto const& one : *series) {
        if (drawn.size() >= max_series) {
            figure.is_cut = true;
            break;
        }
        if (!one.is_object()) return false;
        json::object box;
        box["name"] = text_of(member(one, "name"));
        box["values"] = copier.copy(member(one, "values"), number_or_gap);
        if (rows.size() < preview_rows)
            rows.emplace_back(json::array{
                box["name"], number_text(json::value(static_cast<std::int64_t>(box["values"].get_array().size())))});
        drawn.emplace_back(std::move(box));
    }
    auto const& outliers = option_of(spec, value, "outliers");
    figure.data["outliers"] = !outliers.is_bool() || outliers.get_bool();
    figure.data["series"] = std::move(drawn);
    figure.preview = {{"head", json::array{"", ""}}, {"rows", std::move(rows)}};
    return true;
}

bool add_heatmap(ChartFigure& figure, const OutputSpec& spec, const json::value& value)
{
    auto const* z = list_in(value, "z");
    if (z == nullptr) return false;
    Copier copier(figure);
    json::array matrix;
    json::array rows;
    for (auto const& line : *z) {
        if (!line.is_array()) return false;
        if (figure.points >= max_chart_points) {
            figure.is_cut = true;
            break;
        }
        matrix.emplace_back(copier.copy(&line, number_or_gap));
        if (rows.size() < preview_rows) {
            json::array row;
            for (auto const& cell : matrix.back().get_array()) {
                if (row.size() >= preview_rows) break;
                row.emplace_back(preview_text(cell));
            }
            rows.emplace_back(std::move(row));
        }
    }
    for (auto const* key : {"x_labels", "y_labels"}) {
        auto const& labels = option_of(spec, value, key);
        if (labels.is_array()) figure.data[key] = copier.copy(&labels, place, false);
    }
    figure.data["z"] = std::move(matrix);
    figure.preview = {{"head", json::array()}, {"rows", std::move(rows)}};
    return true;
}

} // namespace

bool is_drawn_chart(OutputType type)
{
    switch (type) {
    case OutputType::chart_line:
    case OutputType::chart_area:
    case OutputType::chart_bar:
    case OutputType::chart_scatter:
    case OutputType::chart_pie:
    case OutputType::chart_histogram:
    case OutputType::chart_boxplot:
    case OutputType::chart_heatmap: return true;
    default: return false;
    }
}

std::optional<ChartFigure> chart_figure(const OutputSpec& spec, const json::value& value)
{
    if (!value.is_object() || !is_drawn_chart(spec.type)) return std::nullopt;
    ChartFigure figure;
    figure.data["kind"] = name_of(spec.type).substr(std::string_view("chart_").size());
    figure.data["title"] = spec.label;
    for (auto const* label : {"x_label", "y_label"}) figure.data[label] = text_of(&option_of(spec, value, label));
    if (spec.type == OutputType::chart_line || spec.type == OutputType::chart_area)
        for (auto const* flag : {"log_x", "log_y"}) {
            auto const& option = option_of(spec, value, flag);
            figure.data[flag] = option.is_bool() && option.get_bool();
        }
    bool fits = false;
    switch (spec.type) {
    case OutputType::chart_line:
    case OutputType::chart_area:
    case OutputType::chart_bar: fits = add_lines(figure, value); break;
    case OutputType::chart_scatter: fits = add_scatter(figure, value); break;
    case OutputType::chart_pie: fits = add_pie(figure, spec, value); break;
    case OutputType::chart_histogram: fits = add_histogram(figure, spec, value); break;
    case OutputType::chart_boxplot: fits = add_boxplot(figure, spec, value); break;
    case OutputType::chart_heatmap: fits = add_heatmap(figure, spec, value); break;
    default: break;
    }
    if (!fits) return std::nullopt;
    return figure;
}

} // namespace pix::tools
