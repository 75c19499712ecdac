#pragma once
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace pix::tools {

namespace json = boost::json;

/// A number as people read it, in British English: "25,967.5", "£25,967.50", "12.5%", "1.235e+4".
///
/// Formats: currency (2 decimals), percent (times 100, 1 decimal), scientific (3), anything else decimal (up to 6, or
/// scientific when that would leave nothing to see). `precision` fixes the number of decimals.
/// Source: contract 2.8; rounding half away from zero on the shortest decimal form, as ECMA-402 does.
std::string number_text(double value, std::string_view format = {}, std::optional<int> precision = {});

/// The same for a JSON number; whole numbers keep every digit.
std::string number_text(const json::value& value, std::string_view format = {}, std::optional<int> precision = {});

} // namespace pix::tools
