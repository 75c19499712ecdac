#pragma once
#include <boost/json.hpp>
#include <string_view>

#include "core/base/error.h"

namespace pix::core {

namespace json = boost::json;

struct JsonLimits {
    std::size_t max_bytes = 16 * 1024 * 1024;
    std::size_t max_depth = 64;
    bool refuse_duplicate_keys = false; ///< configuration files yes, tool output no
    bool allow_non_finite = false;      ///< NaN, Infinity and -Infinity, as Python writes them; they become null
};

/// Reads one JSON text. The message names line and column, or the duplicate key's pointer.
/// Errors: Errc::invalid, Errc::too_large.
Result<json::value> parse_json(std::string_view text, const JsonLimits& limits = {});

/// Compact JSON text, safe inside HTML script blocks when `for_html` (escapes < > & U+2028 U+2029).
std::string to_text(const json::value& value, bool for_html = false);

/// Two-space indented JSON text with a final newline.
std::string to_pretty_text(const json::value& value);

} // namespace pix::core
