#include "tools/number_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "tools/schema_reader.h"

namespace pix::tools {

namespace {

constexpr int most_decimals = 20;

/// Digits with a point, without a sign, rounded to `decimals` half away from zero.
std::string rounded(std::string digits, int decimals)
{
    auto const point = digits.find('.');
    std::string whole = digits.substr(0, point);
    std::string fraction = point == std::string::npos ? "" : digits.substr(point + 1);
    auto const wanted = static_cast<std::size_t>(decimals);
    bool const up = fraction.size() > wanted && fraction[wanted] >= '5';
    fraction.resize(wanted, '0');
    if (up) {
        std::string all = whole + fraction;
        std::size_t i = all.size();
        while (i > 0 && all[i - 1] == '9') all[--i] = '0';
        if (i > 0)
            ++all[i - 1];
        else
            all.insert(all.begin(), '1');
        whole = all.substr(0, all.size() - wanted);
        fraction = all.substr(all.size() - wanted);
    }
    return fraction.empty() ? whole : whole + "." + fraction;
}

std::string grouped(std::string_view digits)
{
    auto const point = digits.find('.');
    std::string result(digits.substr(0, point));
    for (std::size_t at = result.size(); at > 3; at -= 3) result.insert(at - 3, ",");
    if (point != std::string_view::npos) result += digits.substr(point);
    return result;
}

std::string without_trailing_zeros(std::string digits)
{
    if (digits.find('.') == std::string::npos) return digits;
    while (digits.back() == '0') digits.pop_back();
    if (digits.back() == '.') digits.pop_back();
    return digits;
}

bool is_zero(std::string_view digits)
{
    return std::ranges::all_of(digits, [](char c) { return c == '0' || c == '.' || c == ','; });
}

/// The shortest digits that name this number, without exponent.
std::string plain_digits(double value)
{
    std::array<char, 400> text{};
    auto const end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr;
    return {text.data(), end};
}

std::string scientific_text(double value, int decimals)
{
    std::array<char, 64> text{};
    auto const end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific, decimals).ptr;
    std::string result(text.data(), end);
    auto const e = result.find('e');
    // "e+04" is written "e+4".
    std::size_t digits = e + 2;
    while (digits + 1 < result.size() && result[digits] == '0') result.erase(digits, 1);
    return result;
}

std::string in_format(std::string digits, bool is_negative, std::string_view format, std::optional<int> precision)
{
    std::string text;
    if (format == "currency")
        text = "£" + grouped(rounded(std::move(digits), precision.value_or(2)));
    else if (format == "percent")
        text = grouped(rounded(std::move(digits), precision.value_or(1))) + "%";
    else if (precision)
        text = grouped(rounded(std::move(digits), *precision));
    else
        text = grouped(without_trailing_zeros(rounded(std::move(digits), 6)));
    std::string_view number = text;
    if (number.starts_with("£")) number.remove_prefix(std::string_view("£").size());
    if (number.ends_with('%')) number.remove_suffix(1);
    return is_negative && !is_zero(number) ? "-" + text : text;
}

} // namespace

std::string number_text(double value, std::string_view format, std::optional<int> precision)
{
    if (!std::isfinite(value)) return "";
    if (precision) precision = std::clamp(*precision, 0, most_decimals);
    double const size = std::abs(value);
    if (format == "scientific") return scientific_text(value, precision.value_or(3));
    // A plain decimal of these sizes would be all zeros, or longer than anyone reads.
    bool const unreadable = size != 0 && (size >= 1e21 || (size < 5e-7 && format != "currency" && format != "percent"));
    if (unreadable && !(precision && size < 1)) return scientific_text(value, precision.value_or(3));
    std::string digits = plain_digits(size);
    if (format == "percent") {
        // Moving the point is exact, multiplying by 100 is not.
        auto point = digits.find('.');
        if (point == std::string::npos) {
            digits += "00";
        } else {
            digits.append(2, '0');
            digits.erase(point, 1);
            digits.insert(point + 2, ".");
        }
        auto const first = digits.find_first_not_of('0');
        digits.erase(0, std::min(first == std::string::npos ? digits.size() - 1 : first, digits.size() - 1));
        if (digits.starts_with('.')) digits.insert(digits.begin(), '0');
    }
    return in_format(std::move(digits), value < 0, format, precision);
}

std::string number_text(const json::value& value, std::string_view format, std::optional<int> precision)
{
    bool const exact = format != "scientific" && format != "percent";
    if (auto const* whole = value.if_int64(); whole != nullptr && exact) {
        std::string digits = std::to_string(*whole);
        bool const is_negative = digits.starts_with('-');
        if (is_negative) digits.erase(0, 1);
        if (precision) precision = std::clamp(*precision, 0, most_decimals);
        return in_format(std::move(digits), is_negative, format, precision);
    }
    auto const number = number_of(value);
    return number ? number_text(*number, format, precision) : "";
}

} // namespace pix::tools
