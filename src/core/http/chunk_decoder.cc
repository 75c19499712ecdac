#include "core/http/chunk_decoder.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/http/head_check.h"

namespace pix::http {

namespace {

int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

} // namespace

ChunkDecoder::State ChunkDecoder::bad(std::string_view problem)
{
    problem_ = problem;
    return State::bad;
}

ChunkDecoder::State ChunkDecoder::take(std::string_view& input, std::string& body, std::uint64_t limit)
{
    if (!problem_.empty()) return State::bad;
    while (!input.empty()) {
        if (at_ == At::data) {
            std::size_t const size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
            body.append(input.substr(0, size));
            input.remove_prefix(size);
            left_ -= size;
            if (left_ == 0) at_ = At::data_end;
            if (body.size() > limit) return State::need_more;
            continue;
        }
        char const byte = input.front();
        input.remove_prefix(1);
        State const state = take_line_byte(byte);
        if (state != State::need_more) return state;
    }
    return State::need_more;
}

/// Collects a line. A CR must be followed by LF, a LF must follow a CR, and no other control byte may be there.
ChunkDecoder::State ChunkDecoder::take_line_byte(char byte)
{
    bool const after_cr = !line_.empty() && line_.back() == '\r';
    if (after_cr != (byte == '\n')) return bad("a chunk line does not end in CRLF");
    if (byte == '\n') {
        line_.pop_back();
        State const state = end_line();
        line_.clear();
        return state;
    }
    auto const code = static_cast<unsigned char>(byte);
    if ((code < 0x20 && byte != '\r' && byte != '\t') || code == 0x7f) return bad("a control byte in a chunk line");
    if (at_ == At::data_end && byte != '\r') return bad("a chunk is longer than its size");
    line_ += byte;
    if (at_ == At::trailer && ++trailer_bytes_ > max_trailers) return bad("the trailers are too large");
    if (at_ != At::trailer && line_.size() > max_line) return bad("a chunk line is too long");
    return State::need_more;
}

ChunkDecoder::State ChunkDecoder::end_line()
{
    switch (at_) {
    case At::data: break;
    case At::data_end: at_ = At::size_line; break;
    case At::size_line: {
        std::size_t digits = 0;
        left_ = 0;
        for (; digits < line_.size() && hex_value(line_[digits]) >= 0; ++digits) {
            if (digits == 15) return bad("a chunk size has too many digits");
            left_ = left_ * 16 + static_cast<std::uint64_t>(hex_value(line_[digits]));
        }
        if (digits == 0) return bad("a chunk size is no hexadecimal number");
        if (digits < line_.size() && line_[digits] != ';') return bad("a chunk size is followed by something else");
        extension_bytes_ += line_.size() - digits;
        if (extension_bytes_ > max_extensions) return bad("the chunk extensions are too large");
        at_ = left_ == 0 ? At::trailer : At::data;
        break;
    }
    case At::trailer: {
        if (line_.empty()) return State::done;
        std::size_t const colon = line_.find(':');
        if (colon == std::string::npos || !is_token(std::string_view(line_).substr(0, colon)))
            return bad("a trailer is malformed");
        break;
    }
    }
    return State::need_more;
}

} // namespace pix::http
