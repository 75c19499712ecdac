#pragma once
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/json.h"

namespace pix::cli {

/// What a command prints: text for people, or JSON for programs.
enum class Format { text, json };

/// Prints "pix: message" and the hint to standard error; the exit status for it.
int print_error(const core::Error& error);

/// Columns as wide as their content, two spaces apart, the header underlined by nothing: easy to cut and grep.
std::string table_of(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

/// A member as text: strings as they are, numbers and booleans in JSON form, nothing for null or missing.
std::string member(const core::json::object& object, std::string_view key);

} // namespace pix::cli
