#include "core/base/json.h"

#include <boost/json/basic_parser_impl.hpp>

#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

namespace pix::core {

namespace {

/// Collects parser events only to notice a key that an object has twice.
struct DuplicateKeys {
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);

    std::vector<std::set<std::string>> open;
    std::string partial;
    std::string duplicate;

    using error_code = boost::system::error_code;
    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&)
    {
        open.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, error_code&)
    {
        open.pop_back();
        return true;
    }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t, error_code&) { return true; }
    bool on_key_part(json::string_view part, std::size_t, error_code&)
    {
        partial.append(part.data(), part.size());
        return true;
    }
    bool on_key(json::string_view part, std::size_t, error_code&)
    {
        partial.append(part.data(), part.size());
        if (!open.back().insert(partial).second && duplicate.empty()) duplicate = partial;
        partial.clear();
        return true;
    }
    bool on_string_part(json::string_view, std::size_t, error_code&) { return true; }
    bool on_string(json::string_view, std::size_t, error_code&) { return true; }
    bool on_number_part(json::string_view, error_code&) { return true; }
    bool on_int64(std::int64_t, json::string_view, error_code&) { return true; }
    bool on_uint64(std::uint64_t, json::string_view, error_code&) { return true; }
    bool on_double(double, json::string_view, error_code&) { return true; }
    bool on_bool(bool, error_code&) { return true; }
    bool on_null(error_code&) { return true; }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }
};

/// "line 3, column 7" of byte `offset`.
std::string place_of(std::string_view text, std::size_t offset)
{
    std::size_t line = 1;
    std::size_t column = 1;
    for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
        if (text[i] == '\n') {
            ++line;
            column = 1;
        } else {
            ++column;
        }
    }
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

/// Python's json module writes NaN and Infinity, which JSON has not: outside strings they become null.
std::string without_non_finite(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    bool in_string = false;
    for (std::size_t i = 0; i < text.size();) {
        char const c = text[i];
        if (in_string) {
            if (c == '\\' && i + 1 < text.size()) {
                result.append(text.substr(i, 2));
                i += 2;
                continue;
            }
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else {
            std::string_view const rest = text.substr(i);
            std::size_t skip = 0;
            for (std::string_view const word :
                 {std::string_view("NaN"), std::string_view("-Infinity"), std::string_view("Infinity")})
                if (rest.starts_with(word)) {
                    skip = word.size();
                    break;
                }
            if (skip != 0) {
                result += "null";
                i += skip;
                continue;
            }
        }
        result += c;
        ++i;
    }
    return result;
}

void indent(std::string& out, int depth)
{
    out.append(static_cast<std::size_t>(depth) * 2, ' ');
}

void write_pretty(std::string& out, const json::value& value, int depth)
{
    if (auto const* object = value.if_object(); object && !object->empty()) {
        out += "{\n";
        bool first = true;
        for (auto const& [key, member] : *object) {
            if (!first) out += ",\n";
            first = false;
            indent(out, depth + 1);
            out += json::serialize(json::string(key));
            out += ": ";
            write_pretty(out, member, depth + 1);
        }
        out += '\n';
        indent(out, depth);
        out += '}';
    } else if (auto const* array = value.if_array(); array && !array->empty()) {
        out += "[\n";
        bool first = true;
        for (auto const& member : *array) {
            if (!first) out += ",\n";
            first = false;
            indent(out, depth + 1);
            write_pretty(out, member, depth + 1);
        }
        out += '\n';
        indent(out, depth);
        out += ']';
    } else {
        out += to_text(value);
    }
}

/// Boost.JSON writes 1E0 and the like for doubles and "1e99999" for infinities: shortest round-trip form instead.
void write(std::string& out, const json::value& value)
{
    switch (value.kind()) {
    case json::kind::double_: {
        double const number = value.get_double();
        if (!std::isfinite(number)) {
            out += "null";
            return;
        }
        char buffer[32];
        auto const end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
        std::string_view const text(buffer, static_cast<std::size_t>(end - buffer));
        out += text;
        if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
        return;
    }
    case json::kind::array: {
        out += '[';
        bool first = true;
        for (auto const& member : value.get_array()) {
            if (!first) out += ',';
            first = false;
            write(out, member);
        }
        out += ']';
        return;
    }
    case json::kind::object: {
        out += '{';
        bool first = true;
        for (auto const& [key, member] : value.get_object()) {
            if (!first) out += ',';
            first = false;
            out += json::serialize(json::string(key));
            out += ':';
            write(out, member);
        }
        out += '}';
        return;
    }
    default: out += json::serialize(value);
    }
}

} // namespace

Result<json::value> parse_json(std::string_view text, const JsonLimits& limits)
{
    if (text.size() > limits.max_bytes)
        return fail(Errc::too_large, "the JSON text has " + std::to_string(text.size()) + " bytes, the limit is " +
                                         std::to_string(limits.max_bytes));
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    std::string cleaned;
    if (limits.allow_non_finite &&
        (text.find("NaN") != std::string_view::npos || text.find("Infinity") != std::string_view::npos)) {
        cleaned = without_non_finite(text);
        text = cleaned;
    }
    json::parse_options options;
    options.max_depth = limits.max_depth;
    json::stream_parser parser(json::storage_ptr(), options);
    boost::system::error_code error;
    std::size_t const read = parser.write_some(text.data(), text.size(), error);
    if (!error && read < text.size()) {
        if (text.find_first_not_of(" \t\r\n", read) != std::string_view::npos) error = json::error::extra_data;
    }
    if (!error) parser.finish(error);
    if (error) return fail(Errc::invalid, "not valid JSON at " + place_of(text, read) + ": " + error.message());
    if (limits.refuse_duplicate_keys) {
        json::basic_parser<DuplicateKeys> keys(options);
        keys.write_some(false, text.data(), text.size(), error);
        if (!keys.handler().duplicate.empty())
            return fail(Errc::invalid, "the key \"" + keys.handler().duplicate + "\" stands twice in one object");
    }
    return parser.release();
}

std::string to_text(const json::value& value, bool for_html)
{
    std::string text;
    write(text, value);
    if (!for_html) return text;
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string_view const rest = std::string_view(text).substr(i);
        if (text[i] == '<')
            result += "\\u003c";
        else if (text[i] == '>')
            result += "\\u003e";
        else if (text[i] == '&')
            result += "\\u0026";
        else if (rest.starts_with("\xe2\x80\xa8") || rest.starts_with("\xe2\x80\xa9")) {
            result += rest[2] == '\xa8' ? "\\u2028" : "\\u2029";
            i += 2;
        } else
            result += text[i];
    }
    return result;
}

std::string to_pretty_text(const json::value& value)
{
    std::string out;
    write_pretty(out, value, 0);
    return out + "\n";
}

} // namespace pix::core
