#pragma once
#include <simdjson.h>

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"

namespace pix::workbench {

// Lines of transcripts, read at simdjson's speed. What is missing, or of another type than asked for, reads as empty.
// Texts point into the parser and hold until its next line.

using JsonElement = simdjson::dom::element;

/// Reads one JSON object after the other.
///
/// Owns: simdjson's buffers, about fourteen times the longest line (address space; short lines touch little of it).
class JsonLineParser {
public:
    /// `text` with at least JsonlFile::padding readable bytes behind it. Nothing if it is no JSON object even after
    /// ill-formed UTF-8, lone surrogates and numbers out of range have been replaced.
    std::optional<JsonElement> parse(std::string_view text);

private:
    std::optional<JsonElement> parse_padded(std::string_view text);
    std::optional<JsonElement> parse_repaired(std::string_view text);

    simdjson::dom::parser parser_;
    std::string repaired_;
    simdjson::error_code error_ = simdjson::SUCCESS;
};

std::optional<JsonElement> child_of(JsonElement object, std::string_view key);
/// An object or array behind `key`, else nothing.
std::optional<simdjson::dom::object> object_of(JsonElement object, std::string_view key);
std::optional<simdjson::dom::array> array_of(JsonElement object, std::string_view key);
std::string_view text_of(JsonElement object, std::string_view key);
std::string_view as_string(JsonElement value);
bool flag_of(JsonElement object, std::string_view key);
/// A whole number; 0 otherwise.
std::int64_t integer_of(JsonElement object, std::string_view key);
/// A count of tokens: never negative, never above a thousand million.
std::int64_t tokens_of(JsonElement object, std::string_view key);
/// An ISO 8601 time, or milliseconds; 0 otherwise.
core::Millis time_of(JsonElement object, std::string_view key);

/// A copy, deeper parts than 64 left out, texts cut after `max_text` bytes.
boost::json::value to_json_value(JsonElement value, std::size_t max_text = SIZE_MAX);

} // namespace pix::workbench
