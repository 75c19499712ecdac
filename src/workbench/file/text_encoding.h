#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace pix::workbench {

/// How a text file keeps its characters.
enum class Charset : std::uint8_t { utf8, utf16le, utf16be, latin1 };

/// "utf-8", "utf-16le", "utf-16be", "latin1".
std::string_view name_of(Charset charset);
std::optional<Charset> charset_named(std::string_view name);

/// Whether bytes are text as the contract has it: UTF-8 all through, no NUL in the first 8 KiB.
bool is_plain_utf8(std::string_view bytes);

/// A text in UTF-8 and how it was kept. A byte order mark of UTF-16 is not part of the text; one of UTF-8 is.
struct DecodedText {
    std::string text;
    Charset charset = Charset::utf8;
};

/// Reads UTF-8, UTF-16 with a byte order mark, and else, when no byte speaks against it, Latin-1 (ISO 8859-1).
/// Nothing for what is no text.
std::optional<DecodedText> decode_text(std::string_view bytes);

/// The bytes of a text in UTF-8; UTF-16 gets its byte order mark.
/// Errors: Errc::invalid (not UTF-8), Errc::unprocessable (a character that Latin-1 has not).
core::Result<std::string> encode_text(std::string_view text, Charset charset);

} // namespace pix::workbench
