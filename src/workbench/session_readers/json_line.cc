#include "workbench/session_readers/json_line.h"

#include <algorithm>

#include "core/base/json.h"
#include "core/base/text.h"
#include "workbench/session_readers/jsonl_file.h"
#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;
namespace dom = simdjson::dom;

static_assert(JsonlFile::padding >= simdjson::SIMDJSON_PADDING);

namespace {

constexpr std::int64_t max_tokens = 1'000'000'000;
constexpr int max_depth = 64;
// Parsers of longer lines give their memory back.
constexpr std::size_t kept_capacity = std::size_t(1) << 20;

int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c = static_cast<char>(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// The unit of a \uXXXX at `at`, or -1.
int unit_at(std::string_view text, std::size_t at)
{
    if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u') return -1;
    int unit = 0;
    for (std::size_t i = at + 2; i < at + 6; ++i) {
        int const digit = hex_digit(text[i]);
        if (digit < 0) return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/// Escaped halves of surrogate pairs, which cutting a text in the middle leaves, become U+FFFD.
void repair_surrogates(std::string& text)
{
    for (std::size_t at = text.find('\\'); at != std::string::npos && at + 1 < text.size(); at = text.find('\\', at)) {
        int const unit = unit_at(text, at);
        if (unit < 0) {
            at += 2;
            continue;
        }
        if (unit >= 0xd800 && unit < 0xdc00) {
            int const next = unit_at(text, at + 6);
            if (next >= 0xdc00 && next < 0xe000) {
                at += 12;
                continue;
            }
        }
        if (unit >= 0xd800 && unit < 0xe000) text.replace(at + 2, 4, "fffd");
        at += 6;
    }
}

json::value copy_of(JsonElement value, std::size_t max_text, int depth)
{
    if (depth > max_depth) return nullptr;
    switch (value.type()) {
    case dom::element_type::OBJECT: {
        json::object object;
        dom::object const fields = value.get_object().value_unsafe();
        for (auto const field : fields) object.emplace(field.key, copy_of(field.value, max_text, depth + 1));
        return object;
    }
    case dom::element_type::ARRAY: {
        json::array array;
        dom::array const items = value.get_array().value_unsafe();
        for (JsonElement const item : items) array.push_back(copy_of(item, max_text, depth + 1));
        return array;
    }
    case dom::element_type::STRING: {
        std::string_view const text = value.get_string().value_unsafe();
        if (text.size() <= max_text) return json::value(text);
        return json::value(std::string(cut(text, max_text)) + "\u2026");
    }
    case dom::element_type::INT64: return value.get_int64().value_unsafe();
    case dom::element_type::UINT64: return value.get_uint64().value_unsafe();
    case dom::element_type::DOUBLE: return value.get_double().value_unsafe();
    case dom::element_type::BOOL: return value.get_bool().value_unsafe();
    case dom::element_type::NULL_VALUE: break;
    }
    return nullptr;
}

} // namespace

std::optional<JsonElement> JsonLineParser::parse_padded(std::string_view text)
{
    JsonElement element;
    error_ = parser_.parse(text.data(), text.size(), false).get(element);
    if (error_ != simdjson::SUCCESS || !element.is_object()) return std::nullopt;
    return element;
}

std::optional<JsonElement> JsonLineParser::parse_repaired(std::string_view text)
{
    repaired_ = core::to_utf8(text);
    repair_surrogates(repaired_);
    repaired_.reserve(repaired_.size() + JsonlFile::padding);
    if (auto const element = parse_padded(repaired_)) return element;
    if (error_ != simdjson::NUMBER_ERROR) return std::nullopt;
    // Numbers beyond 64 bits: as far as a double goes.
    auto const value = parse_value(repaired_);
    if (!value || !value->is_object()) return std::nullopt;
    repaired_ = core::to_text(*value);
    repaired_.reserve(repaired_.size() + JsonlFile::padding);
    return parse_padded(repaired_);
}

std::optional<JsonElement> JsonLineParser::parse(std::string_view text)
{
    if (text.size() < 2) return std::nullopt;
    if (parser_.capacity() > kept_capacity && text.size() < kept_capacity) parser_ = simdjson::dom::parser();
    if (auto const element = parse_padded(text)) return element;
    bool const is_repairable =
        error_ == simdjson::UTF8_ERROR || error_ == simdjson::STRING_ERROR || error_ == simdjson::NUMBER_ERROR;
    return is_repairable ? parse_repaired(text) : std::nullopt;
}

std::optional<JsonElement> child_of(JsonElement object, std::string_view key)
{
    dom::object fields;
    JsonElement value;
    if (object.get_object().get(fields) != simdjson::SUCCESS || fields.at_key(key).get(value) != simdjson::SUCCESS)
        return std::nullopt;
    return value;
}

std::optional<dom::object> object_of(JsonElement object, std::string_view key)
{
    dom::object fields;
    auto const value = child_of(object, key);
    if (!value || value->get_object().get(fields) != simdjson::SUCCESS) return std::nullopt;
    return fields;
}

std::optional<dom::array> array_of(JsonElement object, std::string_view key)
{
    dom::array items;
    auto const value = child_of(object, key);
    if (!value || value->get_array().get(items) != simdjson::SUCCESS) return std::nullopt;
    return items;
}

std::string_view as_string(JsonElement value)
{
    std::string_view text;
    return value.get_string().get(text) == simdjson::SUCCESS ? text : std::string_view();
}

std::string_view text_of(JsonElement object, std::string_view key)
{
    auto const value = child_of(object, key);
    return value ? as_string(*value) : std::string_view();
}

bool flag_of(JsonElement object, std::string_view key)
{
    bool flag = false;
    auto const value = child_of(object, key);
    return value && value->get_bool().get(flag) == simdjson::SUCCESS && flag;
}

std::int64_t integer_of(JsonElement object, std::string_view key)
{
    std::int64_t number = 0;
    auto const value = child_of(object, key);
    return value && value->get_int64().get(number) == simdjson::SUCCESS ? number : 0;
}

std::int64_t tokens_of(JsonElement object, std::string_view key)
{
    return std::clamp<std::int64_t>(integer_of(object, key), 0, max_tokens);
}

core::Millis time_of(JsonElement object, std::string_view key)
{
    // Until the year 9999.
    constexpr core::Millis last = 253'402'300'799'999;
    if (std::string_view const text = text_of(object, key); !text.empty())
        return std::clamp<core::Millis>(core::parse_iso_time(text).value_or(0), 0, last);
    return std::clamp<core::Millis>(integer_of(object, key), 0, last);
}

json::value to_json_value(JsonElement value, std::size_t max_text)
{
    return copy_of(value, max_text, 0);
}

} // namespace pix::workbench
