#include "core/http/head_check.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/base/text.h"

namespace pix::http {

namespace {

constexpr bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

constexpr bool is_hex(unsigned char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

constexpr bool is_alpha(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr auto token_bytes = [] {
    std::array<bool, 256> table{};
    for (unsigned c = 0; c < 256; ++c)
        table[c] = is_digit(static_cast<unsigned char>(c)) || is_alpha(static_cast<unsigned char>(c));
    for (unsigned char const c : std::string_view("!#$%&'*+-.^_`|~")) table[c] = true;
    return table;
}();

/// HTAB, SP, visible ASCII and what is beyond it. Source: RFC 9110 section 5.5.
constexpr auto value_bytes = [] {
    std::array<bool, 256> table{};
    for (unsigned c = 0x20; c < 256; ++c) table[c] = c != 0x7f;
    table['\t'] = true;
    return table;
}();

template <class Table>
bool all_in(std::string_view text, const Table& table)
{
    return std::all_of(text.begin(), text.end(), [&](unsigned char c) { return table[c]; });
}

std::string_view trim_blanks(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Takes the line up to CRLF off the front; find_head_end() has made sure that there is one.
std::string_view take_line(std::string_view& head)
{
    std::size_t const end = head.find("\r\n");
    std::string_view const line = head.substr(0, end);
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
    return line;
}

/// Nothing unless it is digits only and fits. Source: RFC 9110 section 8.6.
std::optional<std::uint64_t> parse_length(std::string_view text)
{
    if (text.empty() || text.size() > 19 || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
    std::uint64_t value = 0;
    for (char const c : text) value = value * 10 + static_cast<std::uint64_t>(c - '0');
    return value;
}

bool is_ipv6_literal(std::string_view text)
{
    if (text.size() < 2 || text.size() > 45) return false;
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return is_hex(c) || c == ':' || c == '.'; }) &&
           text.find(':') != std::string_view::npos;
}

/// Checks `GET /path HTTP/1.1`; the problem, or empty.
std::string_view check_request_line(std::string_view line, HeadVerdict& verdict)
{
    std::size_t const first = line.find(' ');
    std::size_t const last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return "the request line has no three parts";
    std::string_view const method = line.substr(0, first);
    std::string_view const target = line.substr(first + 1, last - first - 1);
    std::string_view const version = line.substr(last + 1);

    if (!is_token(method) || method.size() > 32) return "the method is no token";
    if (version == "HTTP/1.1")
        verdict.facts.minor_version = 1;
    else if (version == "HTTP/1.0")
        verdict.facts.minor_version = 0;
    else
        return "the version is neither HTTP/1.1 nor HTTP/1.0";

    bool const clean =
        std::all_of(target.begin(), target.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '#'; });
    if (target.empty() || !clean) return "the target holds a byte that a target cannot hold";
    if (method == "CONNECT") return "CONNECT is for proxies";
    if (target.front() == '/') return {};
    if (target == "*") return method == "OPTIONS" ? std::string_view() : "only OPTIONS may ask for *";

    for (std::string_view const scheme : {std::string_view("http://"), std::string_view("https://")}) {
        if (target.size() < scheme.size() || !core::equals_ignoring_case(target.substr(0, scheme.size()), scheme))
            continue;
        std::string_view const rest = target.substr(scheme.size());
        std::string_view const authority = rest.substr(0, rest.find_first_of("/?"));
        if (!is_authority(authority)) return "the target's authority is malformed";
        verdict.facts.authority = authority;
        return {};
    }
    return "the target is neither a path nor an http address";
}

/// What has been seen of the fields that may come once only.
struct Seen {
    bool length = false;
    bool coding = false;
    bool host = false;
    bool expect = false;
    bool close = false;
    bool keep_alive = false;
};

/// Checks one field and notes what it decides; the problem, or empty.
std::string_view check_field(std::string_view name, std::string_view value, HeadVerdict& verdict, Seen& seen)
{
    HeadFacts& facts = verdict.facts;
    switch (name.size()) {
    case 4:
        if (!core::equals_ignoring_case(name, "host")) break;
        if (seen.host) return "Host is there twice";
        seen.host = true;
        if (!is_authority(value)) return "Host is malformed";
        facts.host = value;
        break;
    case 6:
        if (!core::equals_ignoring_case(name, "expect")) break;
        if (seen.expect) return "Expect is there twice";
        seen.expect = true;
        if (!core::equals_ignoring_case(value, "100-continue")) return "Expect can only be 100-continue";
        facts.expects_continue = true;
        break;
    case 10:
        if (!core::equals_ignoring_case(name, "connection")) break;
        seen.close = seen.close || has_token(value, "close");
        seen.keep_alive = seen.keep_alive || has_token(value, "keep-alive");
        facts.upgrade = facts.upgrade || has_token(value, "upgrade");
        break;
    case 14:
        // A cache or proxy may read the underscore as a dash (RFC 3875 does), and then sees another length.
        if (core::equals_ignoring_case(name, "content_length")) return "Content_Length is no header";
        if (!core::equals_ignoring_case(name, "content-length")) break;
        if (seen.length) return "Content-Length is there twice";
        seen.length = true;
        facts.content_length = parse_length(value);
        if (!facts.content_length) return "Content-Length is no whole number";
        break;
    case 17:
        if (core::equals_ignoring_case(name, "transfer_encoding")) return "Transfer_Encoding is no header";
        if (!core::equals_ignoring_case(name, "transfer-encoding")) break;
        if (seen.coding) return "Transfer-Encoding is there twice";
        seen.coding = true;
        if (!core::equals_ignoring_case(value, "chunked")) return "Transfer-Encoding can only be chunked";
        facts.chunked = true;
        break;
    default: break;
    }
    return {};
}

} // namespace

bool is_token(std::string_view text)
{
    return !text.empty() && all_in(text, token_bytes);
}

bool has_token(std::string_view list, std::string_view token)
{
    for (;;) {
        std::size_t const comma = list.find(',');
        if (core::equals_ignoring_case(trim_blanks(list.substr(0, comma)), token)) return true;
        if (comma == std::string_view::npos) return false;
        list.remove_prefix(comma + 1);
    }
}

bool is_authority(std::string_view text)
{
    if (text.empty() || text.size() > 255 + 6) return false;
    std::size_t host_end = 0;
    if (text.front() == '[') {
        host_end = text.find(']');
        if (host_end == std::string_view::npos || !is_ipv6_literal(text.substr(1, host_end - 1))) return false;
        ++host_end;
    } else {
        host_end = std::min(text.find(':'), text.size());
        std::string_view const host = text.substr(0, host_end);
        if (host.empty() || host.size() > 255) return false;
        if (!std::all_of(host.begin(), host.end(), [](unsigned char c) {
                return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
            }))
            return false;
        if (host.front() == '.' || host.find("..") != std::string_view::npos) return false;
    }
    if (host_end == text.size()) return true;
    if (text[host_end] != ':') return false;
    auto const port = parse_length(text.substr(host_end + 1));
    return port && *port > 0 && *port <= 65535 && text.size() - host_end <= 6;
}

HeadEnd find_head_end(std::string_view bytes, const HeadLimits& limits)
{
    std::size_t line_start = 0;
    std::string_view const seen = bytes.substr(0, limits.bytes);
    for (;;) {
        std::size_t const end = seen.find('\n', line_start);
        std::string_view const line =
            seen.substr(line_start, end == std::string_view::npos ? std::string_view::npos : end - line_start);
        if (end == std::string_view::npos) {
            // A CR may still be followed by its LF, but only as the last byte that has come.
            std::string_view const certain = line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
            if (!all_in(certain, value_bytes)) return {HeadEnd::State::bad, 0, "a control byte in the head"};
            if (bytes.size() >= limits.bytes) return {HeadEnd::State::too_large, 0, "the head is too large"};
            return {};
        }
        if (!line.ends_with('\r')) return {HeadEnd::State::bad, 0, "a line ends without CR"};
        std::string_view const content = line.substr(0, line.size() - 1);
        if (!all_in(content, value_bytes)) return {HeadEnd::State::bad, 0, "a control byte in the head"};
        if (content.empty()) {
            if (line_start == 0) return {HeadEnd::State::bad, 0, "the head begins with an empty line"};
            return {HeadEnd::State::complete, end + 1, {}};
        }
        line_start = end + 1;
    }
}

HeadVerdict check_head(std::string_view head, const HeadLimits& limits)
{
    HeadVerdict verdict;
    auto const refuse = [&](std::string_view problem, int status = 400) {
        verdict.problem = problem;
        verdict.status = status;
        return verdict;
    };
    // Callers have asked find_head_end(); asked again it costs little, and nothing below has to trust them.
    HeadEnd const end = find_head_end(head, limits);
    if (end.state == HeadEnd::State::too_large) return refuse(end.problem, 431);
    if (end.state != HeadEnd::State::complete || end.size != head.size())
        return refuse(end.problem.empty() ? "the head is not complete" : end.problem);

    std::string_view const request_line = take_line(head);
    if (auto const problem = check_request_line(request_line, verdict); !problem.empty()) return refuse(problem);

    Seen seen;
    std::size_t fields = 0;
    for (std::string_view line = take_line(head); !line.empty(); line = take_line(head)) {
        if (++fields > limits.fields) return refuse("too many header fields", 431);
        if (line.front() == ' ' || line.front() == '\t') return refuse("a header line is folded");
        std::size_t const colon = line.find(':');
        if (colon == std::string_view::npos) return refuse("a header line has no colon");
        std::string_view const name = line.substr(0, colon);
        if (!is_token(name)) return refuse("a header name is no token");
        if (auto const problem = check_field(name, trim_blanks(line.substr(colon + 1)), verdict, seen);
            !problem.empty())
            return refuse(problem);
    }
    HeadFacts& facts = verdict.facts;
    if (!seen.host) return refuse("Host is missing");
    if (!facts.authority.empty() && !core::equals_ignoring_case(facts.authority, facts.host))
        return refuse("the target and Host name different hosts");
    if (seen.length && seen.coding) return refuse("both Content-Length and Transfer-Encoding");
    if (facts.chunked && facts.minor_version == 0) return refuse("HTTP/1.0 has no Transfer-Encoding");
    if (facts.minor_version == 0) facts.expects_continue = false; // RFC 9110 section 10.1.1
    facts.keep_alive = facts.minor_version == 1 ? !seen.close : seen.keep_alive && !seen.close;
    return verdict;
}

} // namespace pix::http
