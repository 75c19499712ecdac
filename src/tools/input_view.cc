#include "tools/input_view.h"

#include <algorithm>
#include <array>

#include "core/base/json.h"
#include "core/base/text.h"
#include "tools/form_input.h"
#include "tools/number_text.h"

namespace pix::tools {

namespace {

constexpr std::size_t searchable_from = 9; ///< options; fewer are seen at a glance
constexpr std::size_t segments_up_to = 4;  ///< radio options side by side

/// Members that templates ask for, so that a control never shows what stands around it.
constexpr std::array<std::string_view, 40> members{
    "input",   "textarea", "select",      "checks",     "checkbox",    "toggle",       "segments",
    "radios",  "slider",   "range",       "date_range", "tags",        "autocomplete", "json",
    "grid",    "file",     "colour",      "map",        "hidden",      "description",  "unit",
    "show_if", "default",  "placeholder", "max_length", "min",         "max",          "step",
    "value",   "options",  "language",    "is_mono",    "is_required", "is_optional",  "is_fieldset",
    "accept",  "max_mb",   "is_multiple", "searchable", "described_by"};

json::value text_or_null(std::string_view text)
{
    return text.empty() ? json::value(nullptr) : json::value(text);
}

/// A bound as the browser reads it.
json::value bound(const std::optional<double>& number)
{
    return number ? json::value(form_text(json::value(*number))) : json::value(nullptr);
}

std::string structured_text(const json::value& value)
{
    if (value.is_null()) return {};
    return value.is_string() ? std::string(value.get_string()) : core::to_text(value);
}

json::array options_of(const InputSpec& spec, const json::value& held, std::size_t number)
{
    auto const* many = held.if_array();
    json::array options;
    for (auto const& option : spec.options) {
        bool const is_chosen =
            many != nullptr
                ? std::ranges::any_of(*many, [&](const json::value& one) { return is_same_value(one, option.value); })
                : !held.is_null() && is_same_value(held, option.value);
        options.emplace_back(json::object{
            {"id", "in-" + std::to_string(number) + "-" + std::to_string(options.size())},
            {"key", spec.key},
            {"value", form_text(option.value)},
            {"label", option.label.empty() ? form_text(option.value) : option.label},
            {"chosen", is_chosen},
        });
    }
    return options;
}

json::array texts_of(const std::vector<std::string>& texts)
{
    json::array list;
    for (auto const& text : texts) list.emplace_back(text);
    return list;
}

void set_input(json::object& view, std::string_view type, const json::value& held)
{
    view["input"] = type;
    view["value"] = form_text(held);
}

void set_slider(json::object& view, const InputSpec& spec, const json::value& held)
{
    view["min"] = bound(spec.min);
    view["max"] = bound(spec.max);
    if (spec.range) {
        view["range"] = true;
        view["step"] = bound(spec.step);
        json::array whole;
        whole.push_back(view["min"].is_null() ? json::value(0) : json::value(*spec.min));
        whole.push_back(view["max"].is_null() ? json::value(0) : json::value(*spec.max));
        view["value"] = held.is_array() ? core::to_text(held) : core::to_text(whole);
        return;
    }
    view["slider"] = true;
    view["step"] = spec.step ? bound(spec.step) : json::value("any");
    auto const at = number_of(held).value_or(spec.min.value_or(0) / 2 + spec.max.value_or(0) / 2);
    view["value"] = form_text(json::value(at));
}

void set_file(json::object& view, const InputSpec& spec)
{
    std::vector<std::string> accept = spec.accept;
    if (spec.type == InputType::image) accept = {"image/*"};
    if (spec.type == InputType::audio) accept = {"audio/*"};
    std::string joined;
    for (auto const& one : accept) joined += (joined.empty() ? "" : ",") + one;
    view["file"] = true;
    view["accept"] = text_or_null(joined);
    view["max_mb"] = bound(spec.max_size_mb);
    view["is_multiple"] = spec.multiple;
}

json::value date_range_text(const json::value& held)
{
    if (auto const* object = held.if_object())
        if (object->contains("from") && object->contains("to"))
            return json::value(core::to_text(json::array{object->at("from"), object->at("to")}));
    return json::value(structured_text(held));
}

std::string_view map_example(InputType type)
{
    if (type == InputType::map_point) return "[51.505, -0.09]";
    if (type == InputType::map_bbox) return "[[51.4, -0.2], [51.6, 0.1]]";
    return "[[51.505, -0.09], [51.51, -0.1]]";
}

void set_table(json::object& view, const InputSpec& spec, const json::value& held)
{
    json::array columns;
    for (auto const& column : spec.columns)
        columns.emplace_back(json::object{{"key", column.key}, {"label", column.label}, {"type", column.type}});
    view["grid"] =
        json::object{{"columns", core::to_text(columns)},
                     {"min_rows", std::to_string(spec.min_rows.value_or(1))},
                     {"max_rows", spec.max_rows ? json::value(std::to_string(*spec.max_rows)) : json::value(nullptr)}};
    view["value"] = held.is_null() ? json::value("[]") : json::value(structured_text(held));
}

void set_control(json::object& view, const InputSpec& spec, const json::value& held, const FormPlace& place,
                 std::size_t number)
{
    switch (spec.type) {
    case InputType::text: set_input(view, "text", held); break;
    case InputType::number:
        set_input(view, "number", held);
        view["min"] = bound(spec.min);
        view["max"] = bound(spec.max);
        view["step"] = spec.step ? bound(spec.step) : json::value("any");
        view["unit"] = text_or_null(spec.unit);
        break;
    case InputType::date:
        set_input(view, "date", held);
        view["min"] = text_or_null(spec.min_date);
        view["max"] = text_or_null(spec.max_date);
        break;
    case InputType::time: set_input(view, "time", held); break;
    case InputType::datetime: set_input(view, "datetime-local", held); break;
    case InputType::colour:
        view["colour"] = true;
        view["value"] = held.is_null() ? json::value("#000000") : json::value(form_text(held));
        break;
    case InputType::textarea:
    case InputType::markdown:
    case InputType::code:
        view["textarea"] = json::object{{"rows", spec.type == InputType::textarea ? "4" : "10"}};
        view["value"] = form_text(held);
        view["is_mono"] = spec.monospace || spec.type == InputType::code;
        view["language"] = spec.type == InputType::code       ? json::value(spec.language)
                           : spec.type == InputType::markdown ? json::value("markdown")
                                                              : json::value(nullptr);
        break;
    case InputType::slider: set_slider(view, spec, held); break;
    case InputType::select:
        view["select"] = true;
        view["options"] = options_of(spec, held, number);
        view["searchable"] = spec.searchable || spec.options.size() >= searchable_from;
        break;
    case InputType::multiselect:
        view["checks"] = true;
        view["is_fieldset"] = true;
        view["options"] = options_of(spec, held, number);
        break;
    case InputType::radio:
        view[spec.options.size() <= segments_up_to ? "segments" : "radios"] = true;
        view["is_fieldset"] = true;
        view["options"] = options_of(spec, held, number);
        break;
    case InputType::checkbox:
    case InputType::toggle:
        view[spec.type == InputType::toggle ? "toggle" : "checkbox"] =
            json::object{{"chosen", held.is_bool() && held.get_bool()}};
        break;
    case InputType::date_range:
        view["date_range"] = true;
        view["value"] = date_range_text(held);
        break;
    case InputType::file:
    case InputType::image:
    case InputType::audio: set_file(view, spec); break;
    case InputType::json:
        view["json"] = true;
        view["value"] = held.is_null()     ? json::value("")
                        : held.is_string() ? json::value(form_text(held))
                                           : json::value(core::trim(core::to_pretty_text(held)));
        break;
    case InputType::tags:
        view["tags"] = json::object{{"suggestions", core::to_text(texts_of(spec.suggestions))}};
        view["value"] = structured_text(held);
        break;
    case InputType::autocomplete:
        view["autocomplete"] = json::object{{"url", place.base + "/tool/" + core::percent_encode(place.tool_id) +
                                                        "/autocomplete/" + core::percent_encode(spec.endpoint)}};
        view["value"] = form_text(held);
        break;
    case InputType::table: set_table(view, spec, held); break;
    case InputType::map_point:
    case InputType::map_bbox:
    case InputType::map_polygon:
    case InputType::map_multipoint:
        view["map"] = json::object{{"example", map_example(spec.type)}};
        view["value"] = structured_text(held);
        break;
    case InputType::hidden:
        view["hidden"] = true;
        view["value"] = form_text(held);
        break;
    }
}

} // namespace

json::object input_view(const InputSpec& spec, const json::value* value, const FormPlace& place, std::size_t number)
{
    std::string const suffix = std::to_string(number);
    json::object view;
    for (auto const member : members) view[member] = nullptr;
    view["key"] = spec.key;
    view["id"] = "in-" + suffix;
    view["hint_id"] = "hint-" + suffix;
    view["label"] = spec.label;
    view["description"] = spec.description ? text_or_null(*spec.description) : json::value(nullptr);
    view["described_by"] = view["description"].is_null() ? json::value(nullptr) : view["hint_id"];
    view["placeholder"] = text_or_null(spec.placeholder);
    view["max_length"] = spec.max_length ? json::value(std::to_string(*spec.max_length)) : json::value(nullptr);
    view["is_optional"] = !spec.required && spec.type != InputType::checkbox && spec.type != InputType::toggle;
    if (spec.show_if)
        view["show_if"] = core::to_text(json::object{{"key", spec.show_if->key}, {"equals", spec.show_if->equals}});
    view["default"] = structured_text(spec.default_value);
    // An empty text is a value. What show_if may hide must not stop the browser from posting the form.
    bool const may_be_empty = spec.type == InputType::text || spec.type == InputType::textarea ||
                              spec.type == InputType::code || spec.type == InputType::markdown ||
                              spec.type == InputType::autocomplete || (spec.is_file() && spec.has_default());
    view["is_required"] = spec.required && !spec.show_if && !may_be_empty;
    // Toggles that are off by choice stay off; everything else without a value shows its default.
    json::value const held = value != nullptr && !value->is_null() ? *value : spec.default_value;
    set_control(view, spec, held, place, number);
    if (spec.type == InputType::select)
        view["has_blank"] = !spec.required || held.is_null();
    else
        view["has_blank"] = false;
    return view;
}

json::object form_view(const ToolSchema& schema, const json::object& values, const FormPlace& place)
{
    json::array groups;
    json::array hidden;
    std::optional<std::string> open;
    for (std::size_t i = 0; i < schema.inputs.size(); ++i) {
        auto const& spec = schema.inputs[i];
        auto view = input_view(spec, values.if_contains(spec.key), place, i);
        if (spec.type == InputType::hidden) {
            hidden.emplace_back(std::move(view));
            continue;
        }
        std::string const group = spec.group.value_or("");
        if (!open || *open != group) {
            groups.emplace_back(json::object{{"legend", text_or_null(group)}, {"fields", json::array()}});
            open = group;
        }
        groups.back().get_object()["fields"].get_array().emplace_back(std::move(view));
    }
    std::string const tool = place.base + "/tool/" + core::percent_encode(place.tool_id);
    bool const has_none = groups.empty();
    return json::object{{"action", tool + "/run"},
                        {"cancel_url", tool + "/cancel"},
                        {"form_token", text_or_null(place.form_token)},
                        {"groups", std::move(groups)},
                        {"hidden_inputs", std::move(hidden)},
                        {"has_no_inputs", has_none}};
}

} // namespace pix::tools
