#include "workbench/file/text_encoding.h"

#include <algorithm>

#include "core/base/text.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;

namespace {

constexpr std::size_t looked_at_for_nul = 8 * 1024;
constexpr char32_t no_character = 0xffffffff;

void append_utf8(std::string& out, char32_t c)
{
    auto const put = [&](char32_t byte) { out += static_cast<char>(byte); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xc0 | c >> 6);
        put(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        put(0xe0 | c >> 12);
        put(0x80 | (c >> 6 & 0x3f));
        put(0x80 | (c & 0x3f));
    } else {
        put(0xf0 | c >> 18);
        put(0x80 | (c >> 12 & 0x3f));
        put(0x80 | (c >> 6 & 0x3f));
        put(0x80 | (c & 0x3f));
    }
}

/// The next character of well-formed UTF-8, taken from its front.
char32_t take_character(std::string_view& text)
{
    auto const byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
    char32_t const first = byte(0);
    std::size_t const size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    char32_t c = size == 1 ? first : first & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) c = c << 6 | (byte(i) & 0x3f);
    text.remove_prefix(size);
    return c;
}

std::optional<std::string> from_utf16(std::string_view bytes, bool big_endian)
{
    if (bytes.size() % 2 != 0) return std::nullopt;
    std::string text;
    text.reserve(bytes.size());
    auto const unit = [&](std::size_t i) {
        auto const a = static_cast<unsigned char>(bytes[i]);
        auto const b = static_cast<unsigned char>(bytes[i + 1]);
        return static_cast<char32_t>(big_endian ? a << 8 | b : b << 8 | a);
    };
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        char32_t c = unit(i);
        if (c >= 0xdc00 && c < 0xe000) return std::nullopt;
        if (c >= 0xd800 && c < 0xdc00) {
            i += 2;
            char32_t const low = i < bytes.size() ? unit(i) : no_character;
            if (low < 0xdc00 || low >= 0xe000) return std::nullopt;
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
        if (c == 0) return std::nullopt;
        append_utf8(text, c);
    }
    return text;
}

/// Control characters that texts do not have; the others are tab, line ends, form feed, escape (coloured logs).
bool speaks_against_text(unsigned char c)
{
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b) || (c >= 0x7f && c < 0xa0);
}

} // namespace

std::string_view name_of(Charset charset)
{
    switch (charset) {
    case Charset::utf8: return "utf-8";
    case Charset::utf16le: return "utf-16le";
    case Charset::utf16be: return "utf-16be";
    case Charset::latin1: return "latin1";
    }
    return "utf-8";
}

std::optional<Charset> charset_named(std::string_view name)
{
    for (Charset const charset : {Charset::utf8, Charset::utf16le, Charset::utf16be, Charset::latin1})
        if (name_of(charset) == name) return charset;
    return std::nullopt;
}

bool is_plain_utf8(std::string_view bytes)
{
    return bytes.substr(0, looked_at_for_nul).find('\0') == std::string_view::npos && core::is_utf8(bytes);
}

std::optional<DecodedText> decode_text(std::string_view bytes)
{
    if (is_plain_utf8(bytes)) return DecodedText{std::string(bytes), Charset::utf8};
    bool const big_endian = bytes.starts_with("\xFE\xFF");
    if (big_endian || bytes.starts_with("\xFF\xFE")) {
        auto text = from_utf16(bytes.substr(2), big_endian);
        if (text) return DecodedText{*std::move(text), big_endian ? Charset::utf16be : Charset::utf16le};
    }
    if (std::any_of(bytes.begin(), bytes.end(),
                    [](char c) { return speaks_against_text(static_cast<unsigned char>(c)); }))
        return std::nullopt;
    DecodedText decoded{{}, Charset::latin1};
    decoded.text.reserve(bytes.size() + bytes.size() / 8);
    for (char const c : bytes) append_utf8(decoded.text, static_cast<unsigned char>(c));
    return decoded;
}

Result<std::string> encode_text(std::string_view text, Charset charset)
{
    if (charset == Charset::utf8) return std::string(text);
    if (!core::is_utf8(text)) return fail_as("INVALID_CONTENT", Errc::invalid, "the content is not UTF-8");
    std::string bytes;
    bytes.reserve(text.size() * 2 + 2);
    bool const big_endian = charset == Charset::utf16be;
    auto const put = [&](char32_t unit) {
        char const high = static_cast<char>(unit >> 8);
        char const low = static_cast<char>(unit & 0xff);
        bytes += big_endian ? high : low;
        bytes += big_endian ? low : high;
    };
    if (charset != Charset::latin1) put(0xfeff);
    while (!text.empty()) {
        char32_t const c = take_character(text);
        if (charset == Charset::latin1) {
            if (c > 0xff)
                return fail_as("INVALID_CONTENT", Errc::unprocessable,
                               "the content has characters that Latin-1 has not", "Save it as UTF-8.");
            bytes += static_cast<char>(c);
        } else if (c < 0x10000) {
            put(c);
        } else {
            put(0xd800 + ((c - 0x10000) >> 10));
            put(0xdc00 + ((c - 0x10000) & 0x3ff));
        }
    }
    return bytes;
}

} // namespace pix::workbench
