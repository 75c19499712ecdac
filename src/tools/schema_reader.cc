#include "tools/schema_reader.h"

#include <algorithm>
#include <cmath>

#include "core/base/text.h"

namespace pix::tools {

namespace {
constexpr std::size_t max_problems = 200;
constexpr std::size_t max_text_bytes = 64 * 1024;
const json::value null_value;
} // namespace

void Problems::add(std::string location, std::string message, ProblemKind kind)
{
    if (found_.size() >= max_problems) {
        ++dropped_;
        return;
    }
    found_.push_back({std::move(location), std::move(message), kind});
}

std::vector<Problem> Problems::take()
{
    if (dropped_ > 0) found_.push_back({"tool.json", "and " + std::to_string(dropped_) + " more problems"});
    dropped_ = 0;
    return std::move(found_);
}

std::string_view kind_name(const json::value& value)
{
    switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_: return "a number";
    case json::kind::string: return "a string";
    case json::kind::array: return "an array";
    case json::kind::object: return "an object";
    }
    return "a value";
}

std::optional<double> number_of(const json::value& value)
{
    double number = 0;
    if (auto const* whole = value.if_int64())
        number = static_cast<double>(*whole);
    else if (auto const* large = value.if_uint64())
        number = static_cast<double>(*large);
    else if (auto const* real = value.if_double())
        number = *real;
    else
        return std::nullopt;
    if (!std::isfinite(number)) return std::nullopt;
    return number;
}

SchemaReader::SchemaReader(const json::value& value, std::string location, Problems& problems)
    : object_(value.if_object()), location_(std::move(location)), problems_(problems)
{
    if (object_ == nullptr)
        problems_.add(location_.empty() ? "tool.json" : location_,
                      "must be an object, is " + std::string(kind_name(value)));
}

std::string SchemaReader::at(std::string_view key) const
{
    std::string const shown = core::shorten(key, 80);
    return location_.empty() ? shown : location_ + "." + shown;
}

void SchemaReader::problem(std::string_view key, std::string message, ProblemKind kind)
{
    problems_.add(at(key), std::move(message), kind);
}

const json::value* SchemaReader::find(std::string_view key)
{
    known_.push_back(key);
    return object_ != nullptr ? object_->if_contains(key) : nullptr;
}

bool SchemaReader::has(std::string_view key) const
{
    return object_ != nullptr && object_->contains(key);
}

const json::value& SchemaReader::any(std::string_view key)
{
    auto const* value = find(key);
    return value != nullptr ? *value : null_value;
}

std::string SchemaReader::required_text(std::string_view key)
{
    auto const* value = find(key);
    if (value == nullptr) {
        if (object_ != nullptr) problem(key, "is required");
        return {};
    }
    if (!value->is_string()) {
        problem(key, "must be a string, is " + std::string(kind_name(*value)));
        return {};
    }
    auto const& text = value->get_string();
    if (core::trim(text).empty()) problem(key, "must not be empty");
    if (text.size() > max_text_bytes) problem(key, "is longer than 65,536 bytes");
    return std::string(text);
}

std::optional<std::string> SchemaReader::maybe_text(std::string_view key)
{
    auto const* value = find(key);
    if (value == nullptr || value->is_null()) return std::nullopt;
    if (!value->is_string()) {
        problem(key, "must be a string, is " + std::string(kind_name(*value)));
        return std::nullopt;
    }
    if (value->get_string().size() > max_text_bytes) problem(key, "is longer than 65,536 bytes");
    return std::string(value->get_string());
}

std::string SchemaReader::text_or(std::string_view key, std::string fallback)
{
    if (!has(key)) {
        find(key);
        return fallback;
    }
    return required_text(key);
}

std::optional<bool> SchemaReader::maybe_flag(std::string_view key)
{
    auto const* value = find(key);
    if (value == nullptr || value->is_null()) return std::nullopt;
    if (!value->is_bool()) {
        problem(key, "must be true or false, is " + std::string(kind_name(*value)));
        return std::nullopt;
    }
    return value->get_bool();
}

bool SchemaReader::flag_or(std::string_view key, bool fallback)
{
    auto const* value = find(key);
    if (value == nullptr) return fallback;
    if (value->is_bool()) return value->get_bool();
    problem(key, "must be true or false, is " + std::string(kind_name(*value)));
    return fallback;
}

std::optional<std::int64_t> SchemaReader::maybe_whole(std::string_view key, std::int64_t least, std::int64_t most)
{
    auto const* value = find(key);
    if (value == nullptr || value->is_null()) return std::nullopt;
    auto const number = number_of(*value);
    if (!number || *number != std::floor(*number)) {
        problem(key, "must be a whole number, is " +
                         std::string(number ? std::string_view("a fraction") : kind_name(*value)));
        return std::nullopt;
    }
    if (*number < static_cast<double>(least) || *number > static_cast<double>(most)) {
        problem(key, "must be between " + std::to_string(least) + " and " + std::to_string(most));
        return std::nullopt;
    }
    return static_cast<std::int64_t>(*number);
}

std::int64_t SchemaReader::whole_or(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t most)
{
    if (has(key) && any(key).is_null()) {
        problem(key, "must be a whole number, is null");
        return fallback;
    }
    return maybe_whole(key, least, most).value_or(fallback);
}

std::optional<double> SchemaReader::maybe_number(std::string_view key)
{
    auto const* value = find(key);
    if (value == nullptr || value->is_null()) return std::nullopt;
    auto const number = number_of(*value);
    if (!number) problem(key, "must be a finite number, is " + std::string(kind_name(*value)));
    return number;
}

std::vector<std::string> SchemaReader::texts(std::string_view key)
{
    std::vector<std::string> result;
    auto const* list = array(key, 10'000, false);
    if (list == nullptr) return result;
    for (std::size_t i = 0; i < list->size(); ++i) {
        if (auto const* text = (*list)[i].if_string())
            result.emplace_back(*text);
        else
            problem(std::string(key) + "[" + std::to_string(i) + "]",
                    "must be a string, is " + std::string(kind_name((*list)[i])));
    }
    return result;
}

std::optional<std::pair<double, double>> SchemaReader::maybe_pair(std::string_view key)
{
    auto const* value = find(key);
    if (value == nullptr || value->is_null()) return std::nullopt;
    auto const* list = value->if_array();
    if (list != nullptr && list->size() == 2) {
        auto const first = number_of((*list)[0]);
        auto const second = number_of((*list)[1]);
        if (first && second) return std::pair(*first, *second);
    }
    problem(key, "must be an array of two numbers");
    return std::nullopt;
}

const json::array* SchemaReader::array(std::string_view key, std::size_t most, bool required)
{
    auto const* value = find(key);
    if (value == nullptr) {
        if (required && object_ != nullptr) problem(key, "is required");
        return nullptr;
    }
    auto const* list = value->if_array();
    if (list == nullptr) {
        problem(key, "must be an array, is " + std::string(kind_name(*value)));
        return nullptr;
    }
    if (list->size() > most) {
        problem(key, "has " + std::to_string(list->size()) + " elements, the limit is " + std::to_string(most));
        return nullptr;
    }
    return list;
}

void SchemaReader::refuse_unknown_keys()
{
    if (object_ == nullptr) return;
    for (auto const& member : *object_)
        if (std::ranges::find(known_, std::string_view(member.key())) == known_.end())
            problem(member.key(), "unknown key");
}

} // namespace pix::tools
