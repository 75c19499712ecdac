#include "core/http/conditional.h"

#include <algorithm>

#include "core/base/text.h"

namespace pix::http {

namespace {

std::string_view opaque(std::string_view etag)
{
    return etag.starts_with("W/") ? etag.substr(2) : etag;
}

} // namespace

bool is_none_match_satisfied_by(std::string_view if_none_match, std::string_view etag)
{
    if (if_none_match.empty() || etag.empty()) return false;
    if (core::trim(if_none_match) == "*") return true;
    while (!if_none_match.empty()) {
        std::string_view const item = core::trim(if_none_match.substr(0, if_none_match.find(',')));
        if (opaque(item) == opaque(etag)) return true;
        std::size_t const comma = if_none_match.find(',');
        if (comma == std::string_view::npos) break;
        if_none_match.remove_prefix(comma + 1);
    }
    return false;
}

RangeChoice choose_range(std::string_view range, std::string_view if_range, std::string_view etag, std::uint64_t size)
{
    RangeChoice const whole;
    if (!range.starts_with("bytes=")) return whole;
    // Weak tags never match here: they do not promise the same bytes.
    if (!if_range.empty() && (if_range != etag || etag.starts_with("W/"))) return whole;
    range.remove_prefix(6);
    std::size_t const dash = range.find('-');
    if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return whole;
    std::string_view const from = range.substr(0, dash);
    std::string_view const to = range.substr(dash + 1);
    auto const digits_only = [](std::string_view text) {
        return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    if (!digits_only(from) || !digits_only(to)) return whole;
    auto const first = core::parse_int(from, false);
    auto const last = core::parse_int(to, false);
    if ((!from.empty() && !first) || (!to.empty() && !last) || (from.empty() && to.empty())) return whole;

    RangeChoice choice;
    choice.kind = RangeChoice::Kind::part;
    if (from.empty()) {
        auto const count = std::min<std::uint64_t>(static_cast<std::uint64_t>(*last), size);
        if (count == 0) return {RangeChoice::Kind::unsatisfiable, {}};
        choice.range = {size - count, size - 1};
        return choice;
    }
    auto const start = static_cast<std::uint64_t>(*first);
    if (last && *last < *first) return whole;
    if (start >= size) return {RangeChoice::Kind::unsatisfiable, {}};
    choice.range = {start, last ? std::min<std::uint64_t>(static_cast<std::uint64_t>(*last), size - 1) : size - 1};
    return choice;
}

} // namespace pix::http
