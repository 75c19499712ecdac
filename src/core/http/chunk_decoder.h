#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace pix::http {

/// Unwraps a chunked request body. Stricter than parsers in use: a chunk line ends in CRLF and nothing else, sizes have
/// no sign and at most 15 digits, extensions are bounded and ignored, trailers are bounded, checked and dropped.
///
/// Source: RFC 9112 section 7.1.
class ChunkDecoder {
public:
    enum class State { need_more, done, bad };

    /// Takes bytes off the front of `input` and appends what they carry to `body`; on done, `input` begins with what
    /// follows the body. Stops after a piece that takes `body` beyond `limit` (the caller compares).
    State take(std::string_view& input, std::string& body, std::uint64_t limit);
    std::string_view problem() const { return problem_; }

private:
    State bad(std::string_view problem);
    State take_line_byte(char byte);
    State end_line();

    enum class At { size_line, data, data_end, trailer };
    static constexpr std::size_t max_line = 256;             ///< a size with its extensions
    static constexpr std::size_t max_extensions = 16 * 1024; ///< of all chunks together
    static constexpr std::size_t max_trailers = 8 * 1024;

    At at_ = At::size_line;
    std::string line_;
    std::uint64_t left_ = 0;
    std::size_t extension_bytes_ = 0;
    std::size_t trailer_bytes_ = 0;
    std::string_view problem_;
};

} // namespace pix::http
