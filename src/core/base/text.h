#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pix::core {

/// `text` without ASCII white space at both ends.
std::string_view trim(std::string_view text);

/// ASCII lower case; bytes over 127 stay as they are.
std::string lower(std::string_view text);

/// ASCII comparison without regard to case.
bool equals_ignoring_case(std::string_view a, std::string_view b);

/// The parts between separators, empty ones included; "" gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);

/// True if `text` is well-formed UTF-8 (no surrogates, no overlong forms). Source: RFC 3629.
bool is_utf8(std::string_view text);

/// `text` with every ill-formed sequence replaced by U+FFFD: what may be shown or stored as text.
std::string to_utf8(std::string_view text);

/// At most `max_bytes` of `text`, cut at a character's edge, with an ellipsis when something was cut.
std::string shorten(std::string_view text, std::size_t max_bytes);

/// Escapes & < > " ' for HTML text and quoted attributes.
std::string escape_html(std::string_view text);

/// A whole number in decimal and nothing else (no sign unless negative values are asked for, no white space).
std::optional<std::int64_t> parse_int(std::string_view text, bool allow_negative = true);

/// A finite decimal number and nothing else.
std::optional<double> parse_number(std::string_view text);

/// Standard base64 with padding. Source: RFC 4648 section 4.
std::string base64_encode(std::string_view bytes);
/// Nothing if `text` is not base64; white space is not skipped.
std::optional<std::string> base64_decode(std::string_view text);

/// Percent-decoding; with `plus_is_space` as in forms. Nothing on a broken escape.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Encodes everything but unreserved characters (RFC 3986 section 2.3).
std::string percent_encode(std::string_view text);

/// Lower-case hexadecimal.
std::string hex(std::string_view bytes);

/// "20.5 KB", "3 MB": decimal units, at most one digit after the point.
std::string human_bytes(std::uint64_t bytes);

} // namespace pix::core
