#include "workbench/session_readers/record_fields.h"

#include <cmath>
#include <functional>

#include "core/base/json.h"
#include "core/base/text.h"

namespace pix::workbench {

namespace json = boost::json;

namespace {

constexpr std::size_t max_depth = 128;
constexpr std::size_t max_bytes = std::size_t(64) << 20;
constexpr std::int64_t max_tokens = 1'000'000'000;
// Until the year 9999, which is as far as ISO 8601 goes.
constexpr core::Millis last_time = 253'402'300'799'999;

} // namespace

std::optional<json::value> parse_value(std::string_view text)
{
    core::JsonLimits limits;
    limits.max_depth = max_depth;
    limits.max_bytes = max_bytes;
    limits.allow_non_finite = true;
    if (auto value = core::parse_json(text, limits)) return std::move(*value);
    if (core::is_utf8(text)) return std::nullopt;
    if (auto value = core::parse_json(core::to_utf8(text), limits)) return std::move(*value);
    return std::nullopt;
}

std::optional<json::object> parse_record(std::string_view text)
{
    auto value = parse_value(text);
    if (!value || !value->is_object()) return std::nullopt;
    return std::move(value->get_object());
}

const json::value* value_at(const json::object& object, std::string_view key)
{
    const auto* const found = object.if_contains(key);
    return found != nullptr && !found->is_null() ? found : nullptr;
}

std::string_view text_at(const json::object& object, std::string_view key)
{
    const auto* const found = object.if_contains(key);
    if (found == nullptr || !found->is_string()) return {};
    return {found->get_string().data(), found->get_string().size()};
}

const json::object* object_at(const json::object& object, std::string_view key)
{
    const auto* const found = object.if_contains(key);
    return found == nullptr ? nullptr : found->if_object();
}

const json::array* array_at(const json::object& object, std::string_view key)
{
    const auto* const found = object.if_contains(key);
    return found == nullptr ? nullptr : found->if_array();
}

bool is_true(const json::object& object, std::string_view key)
{
    const auto* const found = object.if_contains(key);
    return found != nullptr && found->is_bool() && found->get_bool();
}

std::optional<double> number_at(const json::object& object, std::string_view key)
{
    const auto* const found = object.if_contains(key);
    if (found == nullptr || !found->is_number()) return std::nullopt;
    auto const number = found->to_number<double>();
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::int64_t integer_at(const json::object& object, std::string_view key)
{
    const auto* const found = object.if_contains(key);
    if (found == nullptr) return 0;
    if (found->is_int64()) return found->get_int64();
    auto const number = number_at(object, key);
    if (!number || std::abs(*number) > 9e15) return 0;
    return static_cast<std::int64_t>(*number);
}

std::int64_t tokens_at(const json::object& object, std::string_view key)
{
    return std::clamp<std::int64_t>(integer_at(object, key), 0, max_tokens);
}

core::Millis time_at(const json::object& object, std::string_view key)
{
    std::int64_t const at = integer_at(object, key);
    if (at > 0 && at <= last_time) return at;
    std::string_view const text = text_at(object, key);
    return text.empty() ? 0 : std::max<core::Millis>(0, core::parse_iso_time(text).value_or(0));
}

std::string as_text(const json::value& value)
{
    if (const auto* const text = value.if_string()) return {text->data(), text->size()};
    return core::to_text(value);
}

std::string_view cut(std::string_view text, std::size_t bytes)
{
    if (text.size() <= bytes) return text;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
    return text.substr(0, bytes);
}

std::uint64_t print_of(std::string_view bytes, std::uint64_t before)
{
    return before * 0x9e3779b97f4a7c15ULL + std::hash<std::string_view>()(bytes);
}

} // namespace pix::workbench
