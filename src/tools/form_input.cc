#include "tools/form_input.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "core/base/json.h"
#include "core/base/text.h"
#include "tools/input_file.h"

namespace pix::tools {

namespace {

constexpr double max_exact_whole = 9'007'199'254'740'992.0; // 2^53: above it doubles skip whole numbers
constexpr std::size_t shown_bytes = 200;

/// What became of one posted input.
struct Coerced {
    enum class State { absent, empty, present } state = State::absent;
    json::value value;
    std::string refusal; ///< not empty: present, but not acceptable

    static Coerced of(json::value value) { return {State::present, std::move(value), {}}; }
    static Coerced empty() { return {State::empty, {}, {}}; }
    static Coerced refused(std::string why) { return {State::present, {}, std::move(why)}; }
};

std::optional<bool> truth_of(std::string_view text)
{
    std::string const word = core::lower(core::trim(text));
    if (word == "true" || word == "on" || word == "1" || word == "yes") return true;
    if (word == "false" || word == "off" || word == "0" || word == "no" || word.empty()) return false;
    return std::nullopt;
}

std::optional<json::value> whole_of(std::string_view text)
{
    if (auto const exact = core::parse_int(text)) return json::value(*exact);
    auto const number = core::parse_number(text);
    if (!number || *number != std::floor(*number) || std::abs(*number) > max_exact_whole) return std::nullopt;
    return json::value(static_cast<std::int64_t>(*number));
}

/// A number as the number control sends it: whole unless the step says otherwise.
Coerced number_from(const InputSpec& spec, std::string_view posted)
{
    auto const text = core::trim(posted);
    auto const number = core::parse_number(text);
    if (!number) return Coerced::empty();
    if (!spec.step || *spec.step == std::floor(*spec.step))
        if (auto whole = whole_of(text)) return Coerced::of(std::move(*whole));
    return Coerced::of(*number);
}

/// A posted text as the value of an option: the option's own if one matches, else of the first option's type.
std::optional<json::value> option_value(const InputSpec& spec, std::string_view text)
{
    for (auto const& option : spec.options)
        if (form_text(option.value) == text) return option.value;
    if (spec.options.empty()) return json::value(text);
    auto const& model = spec.options.front().value;
    if (model.is_string()) return json::value(text);
    if (core::trim(text).empty()) return std::nullopt;
    if (model.is_bool()) {
        if (auto const truth = truth_of(text)) return json::value(*truth);
        return std::nullopt;
    }
    if (model.is_int64() || model.is_uint64()) return whole_of(core::trim(text));
    if (auto const number = core::parse_number(core::trim(text))) return json::value(*number);
    return std::nullopt;
}

/// A value of a JSON body in the type of the options, where it is a text for another type.
json::value typed_option(const InputSpec& spec, const json::value& value)
{
    auto const* text = value.if_string();
    if (text == nullptr) {
        for (auto const& option : spec.options)
            if (is_same_value(option.value, value)) return option.value;
        return value;
    }
    return option_value(spec, *text).value_or(value);
}

Coerced choice_from(const InputSpec& spec, std::string_view text)
{
    bool const is_option =
        std::ranges::any_of(spec.options, [&](const Option& option) { return form_text(option.value) == text; });
    if (text.empty() && !is_option) return Coerced::empty();
    auto value = option_value(spec, text);
    return value ? Coerced::of(std::move(*value)) : Coerced::empty();
}

/// Check boxes post one field each; scripts post one field with a JSON array. A page that offers check boxes posts
/// an empty array beside them, so that "none" differs from "not asked".
Coerced choices_from(const InputSpec& spec, const std::vector<std::string>& texts)
{
    json::array values;
    bool is_empty = true;
    for (auto const& text : texts) {
        if (text.empty() && texts.size() == 1) continue;
        is_empty = false;
        if (core::trim(text).starts_with('[')) {
            auto parsed = core::parse_json(text);
            if (parsed && parsed->is_array()) {
                for (auto const& item : parsed->get_array()) values.push_back(typed_option(spec, item));
                continue;
            }
        }
        if (auto value = option_value(spec, text)) values.push_back(std::move(*value));
    }
    if (is_empty) return Coerced::empty();
    return Coerced::of(std::move(values));
}

Coerced range_from(const std::vector<std::string>& texts)
{
    json::array numbers;
    if (texts.size() == 1) {
        auto const parsed = core::parse_json(texts.front());
        if (!parsed || !parsed->is_array()) return Coerced::empty();
        for (auto const& item : parsed->get_array()) {
            auto const number = item.is_string() ? core::parse_number(core::trim(item.get_string())) : number_of(item);
            if (!number) return Coerced::empty();
            numbers.emplace_back(*number);
        }
    } else {
        for (auto const& text : texts) {
            auto const number = core::parse_number(core::trim(text));
            if (!number) return Coerced::empty();
            numbers.emplace_back(*number);
        }
    }
    if (numbers.size() != 2) return Coerced::empty();
    return Coerced::of(std::move(numbers));
}

Coerced json_from(std::string_view text)
{
    if (core::trim(text).empty()) return Coerced::empty();
    auto parsed = core::parse_json(text);
    if (!parsed) return Coerced::of(json::value(text));
    if (parsed->is_null()) return Coerced::empty();
    return Coerced::of(std::move(*parsed));
}

/// `[from, to]`, also from an object with these keys and from two fields.
json::value date_range_of(json::value value)
{
    auto const* object = value.if_object();
    if (object == nullptr || !object->contains("from") || !object->contains("to")) return value;
    return json::array{object->at("from"), object->at("to")};
}

Coerced date_range_from(const std::vector<std::string>& texts)
{
    if (texts.size() == 2) {
        if (texts[0].empty() && texts[1].empty()) return Coerced::empty();
        return Coerced::of(json::array{texts[0], texts[1]});
    }
    Coerced read = json_from(texts.front());
    read.value = date_range_of(std::move(read.value));
    return read;
}

Coerced files_from(const InputSpec& spec, const std::vector<const http::Part*>& parts, FormInput& input,
                   bool keep_files)
{
    json::array values;
    for (auto const* part : parts) {
        if (!part->is_file) {
            auto const text = core::trim(part->bytes);
            if (text.empty()) continue;
            if (spec.multiple && text.starts_with('[')) {
                auto parsed = core::parse_json(text, {.max_bytes = 512UL << 20});
                if (parsed && parsed->is_array()) {
                    for (auto& item : parsed->get_array()) values.push_back(std::move(item));
                    continue;
                }
            }
            values.emplace_back(part->bytes);
            continue;
        }
        // A browser sends an empty part for a file control that nobody touched.
        if (part->filename.empty() && part->bytes.empty()) continue;
        auto const type = clean_media_type(part->content_type);
        if (auto why = refusal_of(spec, part->filename, type, part->bytes.size()); !why.empty())
            return Coerced::refused(std::move(why));
        values.emplace_back("data:" + type + ";base64," + core::base64_encode(part->bytes));
        if (keep_files) input.files.push_back({spec.key, part->filename, type, part->bytes});
    }
    bool const is_untouched = std::ranges::all_of(parts, [](const http::Part* part) { return part->is_file; });
    if (values.empty()) return is_untouched ? Coerced() : Coerced::empty();
    for (auto const& value : values)
        if (auto why = refusal_of(spec, value); !why.empty()) return Coerced::refused(std::move(why));
    if (spec.multiple) return Coerced::of(std::move(values));
    if (values.size() > 1) return Coerced::refused("takes one file");
    return Coerced::of(std::move(values.front()));
}

Coerced coerce(const InputSpec& spec, const std::vector<const http::Part*>& parts, FormInput& input, bool keep_files)
{
    if (spec.type == InputType::checkbox || spec.type == InputType::toggle) {
        if (parts.empty()) return Coerced::of(false);
        auto const truth = truth_of(parts.back()->bytes);
        return truth ? Coerced::of(*truth) : Coerced::empty();
    }
    if (parts.empty()) return {};
    if (spec.is_file()) return files_from(spec, parts, input, keep_files);
    std::vector<std::string> texts;
    texts.reserve(parts.size());
    for (auto const* part : parts)
        texts.push_back(core::is_utf8(part->bytes) ? part->bytes : core::to_utf8(part->bytes));
    switch (spec.type) {
    case InputType::number: return number_from(spec, texts.front());
    case InputType::slider: {
        if (spec.range) return range_from(texts);
        auto const number = core::parse_number(core::trim(texts.front()));
        return number ? Coerced::of(*number) : Coerced::empty();
    }
    case InputType::select:
    case InputType::radio: return choice_from(spec, texts.front());
    case InputType::multiselect: return choices_from(spec, texts);
    case InputType::date_range: return date_range_from(texts);
    case InputType::tags:
    case InputType::json:
    case InputType::table:
    case InputType::map_point:
    case InputType::map_bbox:
    case InputType::map_polygon:
    case InputType::map_multipoint: return json_from(texts.front());
    case InputType::hidden:
        if (texts.front() == form_text(spec.default_value)) return Coerced::of(spec.default_value);
        return Coerced::of(json::value(texts.front()));
    default: return Coerced::of(json::value(texts.front()));
    }
}

Coerced coerce_json(const InputSpec& spec, const json::object& body)
{
    auto const* found = body.if_contains(spec.key);
    bool const is_switch = spec.type == InputType::checkbox || spec.type == InputType::toggle;
    if (found == nullptr || found->is_null()) {
        if (is_switch && !spec.has_default()) return Coerced::of(false);
        return {};
    }
    json::value value = *found;
    if (spec.is_file()) {
        auto const* list = value.if_array();
        if (spec.multiple && list == nullptr) value = json::array{value};
        if (!spec.multiple && list != nullptr) {
            if (list->size() > 1) return Coerced::refused("takes one file");
            if (list->empty()) return {};
            value = json::value(list->front());
        }
        if (auto const* files = value.if_array()) {
            for (auto const& file : *files)
                if (auto why = refusal_of(spec, file); !why.empty()) return Coerced::refused(std::move(why));
        } else if (auto why = refusal_of(spec, value); !why.empty()) {
            return Coerced::refused(std::move(why));
        }
    }
    if (spec.type == InputType::select || spec.type == InputType::radio) value = typed_option(spec, value);
    if (spec.type == InputType::multiselect) {
        if (auto* list = value.if_array())
            for (auto& item : *list) item = typed_option(spec, item);
    }
    if (spec.type == InputType::date_range) value = date_range_of(std::move(value));
    return Coerced::of(std::move(value));
}

/// True if show_if keeps the input off the page, given what the others hold. Hidden parents hide their children.
bool is_hidden(const ToolSchema& schema, const std::map<std::string_view, std::size_t>& places,
               const json::object& values, std::size_t at)
{
    // tool.json with a cycle is refused, so this ends; the bound is for the reader.
    for (std::size_t steps = 0; steps <= schema.inputs.size(); ++steps) {
        auto const& condition = schema.inputs[at].show_if;
        if (!condition) return false;
        auto const parent = places.find(condition->key);
        if (parent == places.end()) return false;
        auto const* held = values.if_contains(condition->key);
        auto const& value = held != nullptr ? *held : schema.inputs[parent->second].default_value;
        if (!is_same_value(value, condition->equals)) return true;
        at = parent->second;
    }
    return false;
}

/// Defaults, required inputs and refusals, after every input has been read.
void settle(const ToolSchema& schema, std::vector<Coerced> read, FormInput& input)
{
    std::map<std::string_view, std::size_t> places;
    for (std::size_t i = 0; i < read.size(); ++i) {
        auto const& spec = schema.inputs[i];
        places.emplace(spec.key, i);
        if (read[i].state == Coerced::State::present && read[i].refusal.empty())
            input.values[spec.key] = std::move(read[i].value);
    }
    std::vector<bool> hidden(read.size());
    for (std::size_t i = 0; i < read.size(); ++i) hidden[i] = is_hidden(schema, places, input.values, i);
    for (std::size_t i = 0; i < read.size(); ++i) {
        auto const& spec = schema.inputs[i];
        if (!read[i].refusal.empty()) {
            input.problems.push_back({spec.key, spec.label, read[i].refusal});
            continue;
        }
        if (read[i].state == Coerced::State::present) continue;
        bool const was_emptied = read[i].state == Coerced::State::empty;
        if (spec.required && !hidden[i] && (was_emptied || !spec.has_default())) {
            input.problems.push_back({spec.key, spec.label, "is required"});
            continue;
        }
        if (spec.has_default()) input.values[spec.key] = spec.default_value;
    }
}

json::value shown(const json::value& value)
{
    if (auto const* text = value.if_string()) return json::value(core::shorten(*text, shown_bytes));
    auto const text = core::to_text(value);
    return text.size() <= shown_bytes ? value : json::value(core::shorten(text, shown_bytes));
}

/// A conversation for tools of layout chat, which need not declare it. Source: contract 3.2.
void add_conversation(const ToolSchema& schema, const json::value* messages, const json::value* history,
                      const json::value* message, FormInput& input)
{
    if (schema.layout != ToolLayout::chat) return;
    if (schema.find_input("messages") == nullptr) {
        if (messages != nullptr && messages->is_array())
            input.values["messages"] = *messages;
        else if (message != nullptr && message->is_string() && schema.find_input("message") == nullptr)
            input.values["messages"] = json::array{json::object{{"role", "user"}, {"content", *message}}};
    }
    if (schema.find_input("history") == nullptr && history != nullptr && history->is_array())
        input.values["history"] = *history;
}

} // namespace

std::string FormInput::message() const
{
    std::string text;
    for (std::size_t i = 0; i < problems.size(); ++i) {
        if (i == 20) return text + "; and " + std::to_string(problems.size() - i) + " more";
        text += (i == 0 ? "" : "; ") + problems[i].label + " " + problems[i].message;
    }
    return text;
}

FormInput read_form_input(const ToolSchema& schema, const http::Form& form)
{
    FormInput input;
    std::map<std::string_view, std::vector<const http::Part*>> posted;
    for (auto const& part : form.parts()) posted[part.name].push_back(&part);
    std::vector<Coerced> read;
    read.reserve(schema.inputs.size());
    bool const keep_files = schema.input_transport == InputTransport::multipart;
    for (auto const& spec : schema.inputs) {
        auto const found = posted.find(spec.key);
        auto const& parts = found == posted.end() ? std::vector<const http::Part*>() : found->second;
        read.push_back(coerce(spec, parts, input, keep_files));
        if (parts.empty()) continue;
        auto const& last = *parts.back();
        input.submitted[spec.key] =
            core::shorten(core::to_utf8(last.is_file ? last.filename : last.bytes), shown_bytes);
    }
    settle(schema, std::move(read), input);
    if (schema.layout == ToolLayout::chat) {
        auto const value_of = [&](std::string_view name, bool as_json) -> std::optional<json::value> {
            auto const found = posted.find(name);
            if (found == posted.end()) return std::nullopt;
            auto const text = core::to_utf8(found->second.front()->bytes);
            return as_json ? json_from(text).value : json::value(text);
        };
        auto const messages = value_of("messages", true);
        auto const history = value_of("history", true);
        auto const message = value_of("message", false);
        add_conversation(schema, messages ? &*messages : nullptr, history ? &*history : nullptr,
                         message ? &*message : nullptr, input);
    }
    return input;
}

FormInput read_json_input(const ToolSchema& schema, const json::object& body)
{
    FormInput input;
    std::vector<Coerced> read;
    read.reserve(schema.inputs.size());
    for (auto const& spec : schema.inputs) {
        read.push_back(coerce_json(spec, body));
        if (auto const* value = body.if_contains(spec.key)) input.submitted[spec.key] = shown(*value);
    }
    settle(schema, std::move(read), input);
    add_conversation(schema, body.if_contains("messages"), body.if_contains("history"), body.if_contains("message"),
                     input);
    return input;
}

bool is_same_value(const json::value& a, const json::value& b)
{
    auto const left = number_of(a);
    auto const right = number_of(b);
    if (left && right) return *left == *right;
    if (a.kind() != b.kind()) return false;
    if (auto const* list = a.if_array()) return std::ranges::equal(*list, b.get_array(), is_same_value);
    if (auto const* object = a.if_object()) {
        auto const& other = b.get_object();
        return object->size() == other.size() && std::ranges::all_of(*object, [&](auto const& member) {
                   auto const* twin = other.if_contains(member.key());
                   return twin != nullptr && is_same_value(member.value(), *twin);
               });
    }
    return a == b;
}

std::string form_text(const json::value& value)
{
    if (value.is_null()) return {};
    if (auto const* text = value.if_string()) return std::string(*text);
    if (auto const* real = value.if_double())
        if (*real == std::floor(*real) && std::abs(*real) < max_exact_whole)
            return std::to_string(static_cast<std::int64_t>(*real));
    return core::to_text(value);
}

} // namespace pix::tools
