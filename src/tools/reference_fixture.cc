#include "tools/reference_fixture.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "core/base/json.h"
#include "core/base/text.h"

namespace pix::tools {

namespace {

using core::Errc;
using core::fail;
using core::Result;
using Difference = std::optional<std::string>;

constexpr std::size_t max_fixtures = 200;
constexpr std::size_t max_fixture_bytes = 4 * 1024 * 1024;
constexpr std::size_t shown_bytes = 200;

std::optional<double> member_number(const json::object& object, std::string_view name, std::string_view other)
{
    for (std::string_view const key : {name, other})
        if (const json::value* value = object.if_contains(key))
            if (auto number = number_of(*value); number && *number >= 0) return number;
    return std::nullopt;
}

std::string shown(const json::value& value)
{
    return core::shorten(core::to_text(value), shown_bytes);
}

Difference differs(std::string_view where, const json::value& expected, const json::value& actual)
{
    return std::string(where) + " is " + shown(actual) + " instead of " + shown(expected);
}

/// The value of a scalar, bare or wrapped as {"value": …}.
const json::value& unwrapped(const json::value& value)
{
    if (const json::object* object = value.if_object())
        for (const char* key : {"value", "text"})
            if (const json::value* inner = object->if_contains(key)) return *inner;
    return value; // NOLINT(bugprone-return-const-ref-from-parameter): callers pass parts of a document
}

bool is_close(double expected, double actual, const Tolerance& tolerance)
{
    if (std::isnan(expected) && std::isnan(actual)) return true;
    double const relative = tolerance.relative.value_or(1e-6) * std::abs(expected);
    double const absolute = tolerance.absolute.value_or(1e-9);
    return std::abs(expected - actual) <= std::max(relative, absolute);
}

std::string without_extra_space(std::string_view text)
{
    std::string result;
    bool space = false;
    for (char const c : core::trim(text)) {
        bool const is_space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!is_space && space) result += ' ';
        if (!is_space) result += c;
        space = is_space;
    }
    return result;
}

/// Every member and element alike, numbers within the tolerance; members that are not expected are ignored.
Difference compare_deep(const std::string& where, const json::value& expected, const json::value& actual,
                        const Tolerance& tolerance)
{
    auto const number = number_of(expected);
    auto const other = number_of(actual);
    if (number && other) return is_close(*number, *other, tolerance) ? Difference() : differs(where, expected, actual);
    if (expected.is_object() && actual.is_object()) {
        for (const auto& [key, value] : expected.get_object()) {
            std::string const place = where + "." + std::string(key);
            const json::value* member = actual.get_object().if_contains(key);
            if (!member) return place + " is missing";
            if (auto difference = compare_deep(place, value, *member, tolerance)) return difference;
        }
        return std::nullopt;
    }
    if (expected.is_array() && actual.is_array()) {
        const json::array& left = expected.get_array();
        const json::array& right = actual.get_array();
        if (left.size() != right.size())
            return where + " has " + std::to_string(right.size()) + " elements instead of " +
                   std::to_string(left.size());
        for (std::size_t i = 0; i < left.size(); ++i)
            if (auto difference = compare_deep(where + "[" + std::to_string(i) + "]", left[i], right[i], tolerance))
                return difference;
        return std::nullopt;
    }
    return expected == actual ? Difference() : differs(where, expected, actual);
}

/// The pairs of a kv value in any of its forms, as an object.
std::optional<json::object> pairs_of(const json::value& value)
{
    const json::value* pairs = &value;
    if (const json::object* object = value.if_object())
        if (const json::value* inner = object->if_contains("pairs")) pairs = inner;
    if (const json::object* object = pairs->if_object()) return *object;
    const json::array* list = pairs->if_array();
    if (!list) return std::nullopt;
    json::object result;
    for (const json::value& item : *list) {
        if (const json::array* pair = item.if_array(); pair && pair->size() == 2 && (*pair)[0].is_string()) {
            result[(*pair)[0].get_string()] = (*pair)[1];
        } else if (const json::object* entry = item.if_object()) {
            const json::value* key = entry->if_contains("key");
            const json::value* member = entry->if_contains("value");
            if (!key || !key->is_string() || !member) return std::nullopt;
            result[key->get_string()] = *member;
        } else {
            return std::nullopt;
        }
    }
    return result;
}

const json::array* rows_of(const json::value& value)
{
    if (const json::array* list = value.if_array()) return list;
    const json::object* object = value.if_object();
    const json::value* rows = object ? object->if_contains("rows") : nullptr;
    return rows ? rows->if_array() : nullptr;
}

Difference compare_table(const json::value& expected, const json::value& actual, const Tolerance& tolerance)
{
    const json::array* left = rows_of(expected);
    const json::array* right = rows_of(actual);
    if (!left || !right) return left == right ? Difference() : "the rows are missing";
    if (left->size() != right->size())
        return "there are " + std::to_string(right->size()) + " rows instead of " + std::to_string(left->size());
    if (!tolerance.unordered) return compare_deep("rows", *left, *right, tolerance);
    std::vector<bool> used(right->size());
    for (std::size_t i = 0; i < left->size(); ++i) {
        bool found = false;
        for (std::size_t k = 0; k < right->size() && !found; ++k) {
            found = !used[k] && !compare_deep("row", (*left)[i], (*right)[k], tolerance);
            if (found) used[k] = true;
        }
        if (!found) return "no row is like row " + std::to_string(i) + ", " + shown((*left)[i]);
    }
    return std::nullopt;
}

std::string name_of_series(const json::value& series)
{
    const json::object* object = series.if_object();
    const json::value* name = object ? object->if_contains("name") : nullptr;
    return name && name->is_string() ? std::string(name->get_string()) : std::string();
}

/// The data of a chart: `series` by name, the other members alike; labels and the like are not expected to match.
Difference compare_chart(const json::value& expected, const json::value& actual, const Tolerance& tolerance)
{
    const json::object* left = expected.if_object();
    const json::object* right = actual.if_object();
    if (!left || !right) return compare_deep("the chart", expected, actual, tolerance);
    for (const char* key : {"x", "z", "axes", "points", "values", "slices", "nodes", "links", "edges"}) {
        const json::value* wanted = left->if_contains(key);
        if (!wanted) continue;
        const json::value* given = right->if_contains(key);
        if (!given) return std::string(key) + " is missing";
        if (auto difference = compare_deep(key, *wanted, *given, tolerance)) return difference;
    }
    const json::value* wanted = left->if_contains("series");
    if (!wanted) return std::nullopt;
    const json::value* given = right->if_contains("series");
    if (!wanted->is_array() || !given || !given->is_array()) return "the series are missing";
    for (const json::value& series : wanted->get_array()) {
        std::string const name = name_of_series(series);
        const json::array& list = given->get_array();
        auto const match =
            std::find_if(list.begin(), list.end(), [&](const json::value& one) { return name_of_series(one) == name; });
        if (match == list.end()) return "the series " + name + " is missing";
        if (auto difference = compare_deep("series " + name, series, *match, tolerance)) return difference;
    }
    return std::nullopt;
}

json::value sorted_numbers(const json::value& value)
{
    const json::object* object = value.if_object();
    const json::value* values = object ? object->if_contains("values") : &value;
    if (!values || !values->is_array()) return nullptr;
    json::array sorted = values->get_array();
    std::sort(sorted.begin(), sorted.end(), [](const json::value& a, const json::value& b) {
        return number_of(a).value_or(0) < number_of(b).value_or(0);
    });
    return sorted;
}

Difference compare_text(const json::value& expected, const json::value& actual, const Tolerance& tolerance, bool loose)
{
    const json::value& left = unwrapped(expected);
    const json::value& right = unwrapped(actual);
    if (!left.is_string() || !right.is_string()) return left == right ? Difference() : differs("the text", left, right);
    std::string_view const wanted = left.get_string();
    std::string_view const given = right.get_string();
    if (tolerance.normalized) {
        auto const a = core::parse_json(wanted);
        auto const b = core::parse_json(given);
        if (a && b) return compare_deep("the text", *a, *b, tolerance);
    }
    bool const same = loose ? without_extra_space(wanted) == without_extra_space(given) : wanted == given;
    return same ? Difference() : differs("the text", left, right);
}

} // namespace

Tolerance Tolerance::read(const json::value& value)
{
    Tolerance tolerance;
    const json::object* object = value.if_object();
    if (!object) return tolerance;
    tolerance.relative = member_number(*object, "rtol", "rel");
    tolerance.absolute = member_number(*object, "atol", "abs");
    if (const json::value* mode = object->if_contains("compare"); mode && mode->is_string()) {
        tolerance.skip = mode->get_string() == "skip";
        tolerance.normalized = mode->get_string() == "json_normalized";
    }
    if (const json::value* flag = object->if_contains("unordered"); flag && flag->is_bool())
        tolerance.unordered = flag->get_bool();
    // Nested tolerances, e.g. {"series": {"abs": 0.1}}, count for the whole output.
    for (const auto& [key, inner] : *object) {
        if (!inner.is_object()) continue;
        Tolerance const nested = read(inner);
        if (!tolerance.relative) tolerance.relative = nested.relative;
        if (!tolerance.absolute) tolerance.absolute = nested.absolute;
    }
    return tolerance;
}

Result<Fixture> parse_fixture(std::string_view text, std::string filename)
{
    core::JsonLimits const limits{.max_bytes = max_fixture_bytes, .refuse_duplicate_keys = true};
    auto value = core::parse_json(text, limits);
    if (!value) return fail(Errc::invalid, filename + ": " + value.error().message);
    Problems problems;
    SchemaReader reader(*value, filename, problems);
    Fixture fixture;
    fixture.filename = filename;
    fixture.name = reader.required_text("name");
    (void)reader.maybe_text("source");
    fixture.skip_reason = reader.maybe_text("skip_reason");
    fixture.tags = reader.texts("tags");
    fixture.timeout_seconds = reader.maybe_whole("validator_timeout_override", 1, 86'400);
    for (auto const& [key, target] :
         {std::pair{"inputs", &fixture.inputs}, std::pair{"expected_outputs", &fixture.expected_outputs},
          std::pair{"tolerance", &fixture.tolerance}}) {
        bool const required = std::string_view(key) != "tolerance";
        const json::value& member = reader.any(key);
        if (member.is_object())
            *target = member.get_object();
        else if (required || !member.is_null())
            reader.problem(key, "must be an object");
    }
    reader.refuse_unknown_keys();
    auto const found = problems.take();
    if (!found.empty()) return fail(Errc::invalid, found.front().location + ": " + found.front().message);
    return fixture;
}

Result<std::vector<Fixture>> read_fixtures(const std::filesystem::path& tool_folder)
{
    namespace fs = std::filesystem;
    std::vector<fs::path> paths;
    std::error_code error;
    for (fs::directory_iterator it(tool_folder / "reference", error); !error && it != fs::directory_iterator();
         it.increment(error)) {
        std::string const name = it->path().filename().string();
        std::error_code ignored;
        if (name.starts_with("fixture_") && name.ends_with(".json") && it->is_regular_file(ignored))
            paths.push_back(it->path());
    }
    std::sort(paths.begin(), paths.end());
    if (paths.size() > max_fixtures)
        return fail(Errc::invalid, "there are more than " + std::to_string(max_fixtures) + " fixtures");
    std::vector<Fixture> fixtures;
    for (const fs::path& path : paths) {
        std::ifstream file(path, std::ios::binary);
        std::string text(max_fixture_bytes + 1, '\0');
        file.read(text.data(), static_cast<std::streamsize>(text.size()));
        text.resize(static_cast<std::size_t>(file.gcount()));
        PIX_TRY(auto fixture, parse_fixture(text, path.filename().string()));
        fixtures.push_back(std::move(fixture));
    }
    return fixtures;
}

std::optional<std::string> compare_value(OutputType type, const json::value& expected, const json::value& actual,
                                         const Tolerance& tolerance)
{
    switch (type) {
    case OutputType::progress:
    case OutputType::video: return std::nullopt;
    case OutputType::number: {
        auto const left = number_of(unwrapped(expected));
        auto const right = number_of(unwrapped(actual));
        if (!left || !right) return differs("the value", unwrapped(expected), unwrapped(actual));
        return is_close(*left, *right, tolerance) ? Difference()
                                                  : differs("the value", unwrapped(expected), unwrapped(actual));
    }
    case OutputType::boolean: {
        const json::value& left = unwrapped(expected);
        const json::value& right = unwrapped(actual);
        return left == right ? Difference() : differs("the value", left, right);
    }
    case OutputType::markdown:
    case OutputType::latex: return compare_text(expected, actual, tolerance, true);
    case OutputType::text:
    case OutputType::code:
    case OutputType::stream_text:
    case OutputType::image:
    case OutputType::audio: return compare_text(expected, actual, tolerance, false);
    case OutputType::kv: {
        auto const left = pairs_of(expected);
        auto const right = pairs_of(actual);
        if (!left || !right) return "the pairs are missing";
        return compare_deep("pairs", *left, *right, tolerance);
    }
    case OutputType::table: return compare_table(expected, actual, tolerance);
    case OutputType::chart_histogram:
        return compare_deep("values", sorted_numbers(expected), sorted_numbers(actual), tolerance);
    case OutputType::chart_line:
    case OutputType::chart_area:
    case OutputType::chart_bar:
    case OutputType::chart_scatter:
    case OutputType::chart_pie:
    case OutputType::chart_boxplot:
    case OutputType::chart_heatmap:
    case OutputType::chart_candlestick:
    case OutputType::chart_radar:
    case OutputType::chart_sankey:
    case OutputType::chart_treemap:
    case OutputType::chart_network: return compare_chart(expected, actual, tolerance);
    case OutputType::map_points:
    case OutputType::map_heatmap:
    case OutputType::map_choropleth:
    case OutputType::map_polygons:
    case OutputType::map_route: {
        // Coordinates count to 4 decimals.
        Tolerance coordinates = tolerance;
        if (!coordinates.absolute) coordinates.absolute = 5e-5;
        return compare_deep("the map", expected, actual, coordinates);
    }
    case OutputType::log:
    case OutputType::diff:
    case OutputType::tree:
    case OutputType::timeline:
    case OutputType::gantt:
    case OutputType::image_grid:
    case OutputType::image_compare:
    case OutputType::file: break;
    }
    return compare_deep("the value", expected, actual, tolerance);
}

FixtureDifferences compare_outputs(const ToolSchema& schema, const Fixture& fixture, const json::object& outputs)
{
    FixtureDifferences found;
    for (const auto& [key, expected] : fixture.expected_outputs) {
        std::string const name(key);
        const OutputSpec* spec = schema.find_output(key);
        if (!spec) {
            found.failures.push_back(name + ": expected, but the tool declares no such output");
            continue;
        }
        const json::value* tolerance = fixture.tolerance.if_contains(key);
        Tolerance const limits = tolerance ? Tolerance::read(*tolerance) : Tolerance();
        if (limits.skip) continue;
        const json::value* actual = outputs.if_contains(key);
        if (!actual) {
            found.failures.push_back(name + ": missing in the answer");
            continue;
        }
        if (auto difference = compare_value(spec->type, expected, *actual, limits))
            found.failures.push_back(name + ": " + *difference);
        else if (spec->type == OutputType::image || spec->type == OutputType::audio)
            found.warnings.push_back(name + ": compared by its bytes only");
    }
    for (const auto& [key, value] : outputs)
        if (!fixture.expected_outputs.contains(key) && key != "run_id")
            found.warnings.push_back(std::string(key) + ": not expected by the fixture");
    return found;
}

} // namespace pix::tools
