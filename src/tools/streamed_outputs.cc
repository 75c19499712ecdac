#include "tools/streamed_outputs.h"

#include <algorithm>

#include "core/base/json.h"
#include "core/base/text.h"
#include "tools/output_value.h"

namespace pix::tools {

using core::Errc;
using core::fail;

namespace {

bool is_true(const json::value* value)
{
    return value != nullptr && value->is_bool() && value->get_bool();
}

/// The text in a value of a text output; nothing if there is none.
std::optional<std::string> text_in(const json::value& value)
{
    auto const* held = scalar_of(value);
    if (auto const* object = held->if_object()) {
        held = object->if_contains("text");
        if (held == nullptr) return std::nullopt;
    }
    if (auto const* text = held->if_string()) return std::string(*text);
    if (held->is_number() || held->is_bool()) return core::to_text(*held);
    return std::nullopt;
}

/// A value as a list: an array as it is, null as nothing, anything else as one element.
json::array list_of(const json::value& value)
{
    if (auto const* list = value.if_array()) return *list;
    json::array one;
    if (!value.is_null()) one.push_back(value);
    return one;
}

/// The lines in a value of a log output.
json::array lines_in(const json::value& value)
{
    if (auto const* object = value.if_object())
        if (auto const* lines = object->if_contains("lines")) return list_of(*lines);
    return list_of(value);
}

json::array& array_at(json::object& object, std::string_view key)
{
    auto& value = object[key];
    if (!value.is_array()) value = json::array();
    return value.get_array();
}

/// The series of this name, made when it is new. A late one begins with gaps, so that it stays in step with x.
json::object& series_named(json::object& chart, std::string_view name, std::size_t points_before)
{
    auto& series = array_at(chart, "series");
    for (auto& one : series) {
        auto* object = one.if_object();
        if (object == nullptr) continue;
        auto const* own = object->if_contains("name");
        if (own != nullptr && own->is_string() && own->get_string() == name) return *object;
    }
    json::object fresh;
    fresh["name"] = name;
    json::array gaps;
    gaps.resize(points_before);
    fresh["y"] = std::move(gaps);
    series.push_back(std::move(fresh));
    return series.back().get_object();
}

json::object& first_series(json::object& chart, std::size_t points_before)
{
    auto& series = array_at(chart, "series");
    if (!series.empty() && series.front().is_object()) return series.front().get_object();
    return series_named(chart, "y", points_before);
}

void append(json::array& to, const json::value& what)
{
    if (auto const* list = what.if_array())
        to.insert(to.end(), list->begin(), list->end());
    else
        to.push_back(what);
}

/// One point: `y` to the first series, every `…_y` to the series named after it.
void append_point(json::object& chart, const json::object& point)
{
    auto& x = array_at(chart, "x");
    std::size_t const before = x.size();
    x.push_back(point.at("x"));
    for (auto const& member : point) {
        std::string_view const key = member.key();
        if (key == "y")
            append(array_at(first_series(chart, before), "y"), member.value());
        else if (key.size() > 2 && key.ends_with("_y"))
            append(array_at(series_named(chart, key, before), "y"), member.value());
    }
}

/// Several points: x, and y of each series by its name.
void append_series(json::object& chart, const json::object& more)
{
    auto& x = array_at(chart, "x");
    std::size_t const before = x.size();
    if (auto const* added = more.if_contains("x"); added != nullptr && !added->is_null()) append(x, *added);
    auto const* series = more.if_contains("series");
    if (series == nullptr || !series->is_array()) return;
    for (auto const& one : series->get_array()) {
        auto const* added = one.if_object();
        if (added == nullptr) continue;
        auto const* name = added->if_contains("name");
        auto const* y = added->if_contains("y");
        auto const* own_x = added->if_contains("x");
        if (y == nullptr) continue;
        bool const is_named = name != nullptr && name->is_string();
        auto& target = is_named ? series_named(chart, name->get_string(), own_x == nullptr ? before : 0)
                                : first_series(chart, before);
        append(array_at(target, "y"), *y);
        if (own_x != nullptr) append(array_at(target, "x"), *own_x);
    }
}

bool is_growing_chart(OutputType type)
{
    return type == OutputType::chart_line || type == OutputType::chart_bar || type == OutputType::chart_area;
}

} // namespace

StreamedOutputs::StreamedOutputs(const ToolSchema& schema, json::object initial, std::size_t max_bytes)
    : schema_(schema), max_bytes_(max_bytes)
{
    bool const any_flagged = schema.is_streaming();
    for (auto const& spec : schema.outputs) {
        if (auto* value = initial.if_contains(spec.key)) values_[spec.key] = std::move(*value);
        if (any_flagged ? spec.streaming : spec.type == OutputType::stream_text) open_.insert(spec.key);
    }
}

core::Result<StreamChange> StreamedOutputs::apply(const StreamEvent& event)
{
    StreamChange change;
    change.ended = ended_;
    if (ended_) return change;
    if (event.name == "done") {
        change.ended = ended_ = true;
        return change;
    }
    bytes_ += event.data.size();
    if (bytes_ > max_bytes_)
        return fail(Errc::too_large, "the stream has brought more than " + std::to_string(max_bytes_) + " bytes");
    core::JsonLimits limits;
    limits.allow_non_finite = true;
    auto const parsed = core::parse_json(event.data, limits);
    if (event.name == "error") {
        auto const* object = parsed ? parsed->if_object() : nullptr;
        auto const* message = object != nullptr ? object->if_contains("message") : nullptr;
        change.error = message != nullptr && message->is_string() ? std::string(message->get_string())
                                                                  : core::shorten(core::to_utf8(event.data), 500);
        if (change.error.empty()) change.error = "the tool reported an error";
        change.ended = ended_ = true;
        return change;
    }
    if (event.name != "message") {
        if (auto const* spec = schema_.find_output(event.name))
            apply_value(*spec, parsed ? *parsed : json::value(core::to_utf8(event.data)), How::increment, change);
        return change;
    }
    auto const* object = parsed ? parsed->if_object() : nullptr;
    if (object == nullptr) return change;
    bool const done = is_true(object->if_contains("done"));
    auto const* output_key = object->if_contains("output_key");
    if (output_key != nullptr && output_key->is_string()) {
        auto const* spec = schema_.find_output(output_key->get_string());
        if (spec == nullptr) return change;
        if (auto const* value = object->if_contains("value")) apply_value(*spec, *value, How::increment, change);
        if (done) open_.erase(spec->key);
        if (done && open_.empty()) change.ended = ended_ = true;
        return change;
    }
    bool text_was_given = false;
    for (auto const& member : *object) {
        auto const* spec = schema_.find_output(member.key());
        if (spec == nullptr) continue;
        // A flag that an output happens to be named after is still the flag.
        if (spec->key == "done" && member.value().is_bool() && spec->type != OutputType::boolean) continue;
        text_was_given = text_was_given || spec->type == OutputType::stream_text;
        apply_value(*spec, member.value(), done ? How::last : How::snapshot, change);
    }
    if (auto const* chunk = object->if_contains("chunk"); chunk != nullptr && schema_.find_output("chunk") == nullptr)
        apply_chunk(*chunk, done, text_was_given, change);
    if (done) change.ended = ended_ = true;
    return change;
}

void StreamedOutputs::apply_chunk(const json::value& chunk, bool done, bool text_was_given, StreamChange& change)
{
    // The last event may carry the whole text beside its last chunk, which is in it then.
    if (done && text_was_given) return;
    auto const first = std::ranges::find(schema_.outputs, OutputType::stream_text, &OutputSpec::type);
    if (first != schema_.outputs.end()) apply_value(*first, chunk, How::increment, change);
}

void StreamedOutputs::apply_value(const OutputSpec& spec, const json::value& value, How how, StreamChange& change)
{
    if (spec.type == OutputType::stream_text)
        append_text(spec, value, how);
    else if (spec.type == OutputType::log)
        append_lines(spec, value, how);
    else if (is_growing_chart(spec.type))
        append_points(spec, value, how);
    else
        values_[spec.key] = value;
    if (std::ranges::find(change.keys, spec.key) == change.keys.end()) change.keys.push_back(spec.key);
}

void StreamedOutputs::append_text(const OutputSpec& spec, const json::value& value, How how)
{
    auto const text = text_in(value);
    if (!text) return;
    auto& held = values_[spec.key];
    if (how == How::last) {
        if (!text->empty()) held = json::value(*text);
        return;
    }
    if (!held.is_string()) held = json::value(text_in(held).value_or(""));
    held.get_string().append(*text);
}

void StreamedOutputs::append_lines(const OutputSpec& spec, const json::value& value, How how)
{
    auto& held = values_[spec.key];
    json::object log;
    log["lines"] = how == How::increment ? lines_in(held) : json::array();
    auto& lines = log["lines"].get_array();
    auto const added = lines_in(value);
    lines.insert(lines.end(), added.begin(), added.end());
    held = std::move(log);
}

void StreamedOutputs::append_points(const OutputSpec& spec, const json::value& value, How how)
{
    auto& held = values_[spec.key];
    auto const* more = value.if_object();
    auto const* x = more != nullptr ? more->if_contains("x") : nullptr;
    bool const is_point = x != nullptr && !x->is_array() && !x->is_null() && !more->contains("series");
    if (more == nullptr || how == How::last || (how == How::snapshot && !is_point)) {
        held = value;
        return;
    }
    if (!held.is_object()) held = json::object();
    auto& chart = held.get_object();
    if (is_point)
        append_point(chart, *more);
    else
        append_series(chart, *more);
    // Titles and scales may come with any increment.
    for (auto const& member : *more)
        if (member.key() == "x_label" || member.key() == "y_label" || member.key() == "log_x" ||
            member.key() == "log_y")
            chart[member.key()] = member.value();
}

} // namespace pix::tools
