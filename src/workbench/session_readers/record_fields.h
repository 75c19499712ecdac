#pragma once
#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"

namespace pix::workbench {

// Reading JSON that another program wrote. What is missing, or of another type than asked for, reads as empty.

/// One JSON object; nothing if `text` is none. Ill-formed UTF-8 becomes U+FFFD rather than making it unreadable.
std::optional<boost::json::object> parse_record(std::string_view text);
/// Any JSON value, likewise.
std::optional<boost::json::value> parse_value(std::string_view text);

const boost::json::value* value_at(const boost::json::object& object, std::string_view key);
std::string_view text_at(const boost::json::object& object, std::string_view key);
const boost::json::object* object_at(const boost::json::object& object, std::string_view key);
const boost::json::array* array_at(const boost::json::object& object, std::string_view key);
bool is_true(const boost::json::object& object, std::string_view key);
/// A whole number that fits; 0 otherwise.
std::int64_t integer_at(const boost::json::object& object, std::string_view key);
std::optional<double> number_at(const boost::json::object& object, std::string_view key);
/// A count of tokens: never negative, never above a thousand million.
std::int64_t tokens_at(const boost::json::object& object, std::string_view key);
/// A time as ISO 8601 text or as a number of milliseconds; 0 otherwise.
core::Millis time_at(const boost::json::object& object, std::string_view key);

/// The text as it is if the value is text, else its JSON.
std::string as_text(const boost::json::value& value);

/// The first `bytes` of well-formed text, cut at a character's edge.
std::string_view cut(std::string_view text, std::size_t bytes);

/// A number that changes with the bytes; the same for as long as the program is the same.
std::uint64_t print_of(std::string_view bytes, std::uint64_t before = 0);

} // namespace pix::workbench
