#include "core/http/frame_codec.h"

#include <openssl/sha.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "core/base/text.h"

namespace pix::http {

namespace {

constexpr std::size_t max_control = 125;

/// Lifts the client's mask, eight bytes at a time where possible. Source: RFC 6455 section 5.3.
void unmask(char* bytes, std::size_t size, std::uint32_t mask, unsigned at)
{
    unsigned char key[4];
    std::memcpy(key, &mask, sizeof key);
    unsigned char wide[8];
    for (unsigned i = 0; i < 8; ++i) wide[i] = key[(at + i) & 3];
    std::uint64_t wide_mask;
    std::memcpy(&wide_mask, wide, sizeof wide_mask);
    std::size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        std::uint64_t value;
        std::memcpy(&value, bytes + i, sizeof value);
        value ^= wide_mask;
        std::memcpy(bytes + i, &value, sizeof value);
    }
    for (; i < size; ++i) bytes[i] = static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ key[(at + i) & 3]);
}

std::size_t header_size(std::string_view header)
{
    if (header.size() < 2) return 2;
    unsigned const length = static_cast<unsigned char>(header[1]) & 0x7f;
    return 2 + (length == 126 ? 2U : length == 127 ? 8U : 0U) + 4;
}

} // namespace

FrameDecoder::State FrameDecoder::fail(std::uint16_t code, std::string_view reason)
{
    close_code_ = code;
    reason_ = reason;
    return State::failed;
}

FrameDecoder::State FrameDecoder::take(std::string_view& input)
{
    if (close_code_ != 0) return State::failed;
    while (!input.empty() || (in_payload_ && left_ == 0)) {
        if (!in_payload_) {
            header_ += input.front();
            input.remove_prefix(1);
            // The first two bytes are judged as soon as they are there: a client that does not mask gets its answer.
            if (header_.size() == 2) {
                State const state = begin_frame();
                if (state == State::failed) return state;
            }
            if (header_.size() < header_size(header_)) continue;

            unsigned const short_length = static_cast<unsigned char>(header_[1]) & 0x7f;
            std::uint64_t length = short_length;
            std::size_t at = 2;
            if (short_length >= 126) {
                std::size_t const size = short_length == 126 ? 2 : 8;
                length = 0;
                for (std::size_t i = 0; i < size; ++i)
                    length = length << 8 | static_cast<unsigned char>(header_[at + i]);
                at += size;
                if (length < 126 || (size == 8 && length <= 0xffff))
                    return fail(1002, "a length is not in its shortest form");
            }
            std::memcpy(&mask_, header_.data() + at, sizeof mask_);
            bool const control = static_cast<std::uint8_t>(frame_opcode_) >= 8;
            if (!control && (length > limit_ || joined_.size() + length > limit_))
                return fail(1009, "the message is too large");
            left_ = length;
            mask_at_ = 0;
            in_payload_ = true;
            header_.clear();
            continue;
        }
        std::string& target = static_cast<std::uint8_t>(frame_opcode_) >= 8 ? control_ : joined_;
        auto const size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
        std::size_t const start = target.size();
        target.append(input.substr(0, size));
        unmask(target.data() + start, size, mask_, mask_at_);
        mask_at_ = (mask_at_ + static_cast<unsigned>(size)) & 3;
        input.remove_prefix(size);
        left_ -= size;
        if (left_ > 0) continue;
        in_payload_ = false;
        State const state = end_frame();
        if (state != State::need_more) return state;
    }
    return State::need_more;
}

/// Checks the two bytes that every frame begins with.
FrameDecoder::State FrameDecoder::begin_frame()
{
    auto const first = static_cast<unsigned char>(header_[0]);
    auto const second = static_cast<unsigned char>(header_[1]);
    final_ = (first & 0x80) != 0;
    bool const compressed = (first & 0x40) != 0;
    if ((first & 0x30) != 0) return fail(1002, "a reserved bit is set");
    unsigned const code = first & 0x0f;
    if ((code > 2 && code < 8) || code > 10) return fail(1002, "the opcode is reserved");
    frame_opcode_ = static_cast<Opcode>(code);
    if ((second & 0x80) == 0) return fail(1002, "a client's frame must be masked");
    if (code >= 8) {
        if (!final_) return fail(1002, "a control frame is fragmented");
        if (compressed) return fail(1002, "a control frame is compressed");
        if ((second & 0x7f) > max_control) return fail(1002, "a control frame is too long");
        return State::need_more;
    }
    if (frame_opcode_ == Opcode::continuation) {
        if (!in_message_) return fail(1002, "there is nothing to continue");
        if (compressed) return fail(1002, "only a first frame says that a message is compressed");
        return State::need_more;
    }
    if (in_message_) return fail(1002, "a message begins inside another");
    if (compressed && !compression_) return fail(1002, "compression was not agreed");
    in_message_ = true;
    message_opcode_ = frame_opcode_;
    message_compressed_ = compressed;
    return State::need_more;
}

FrameDecoder::State FrameDecoder::end_frame()
{
    if (static_cast<std::uint8_t>(frame_opcode_) >= 8) {
        opcode_ = frame_opcode_;
        compressed_ = false;
        payload_ = std::exchange(control_, {});
        if (opcode_ != Opcode::close || payload_.empty()) return State::message;
        if (payload_.size() == 1) return fail(1002, "a close code is cut");
        auto const code = static_cast<std::uint16_t>(static_cast<unsigned char>(payload_[0]) << 8 |
                                                     static_cast<unsigned char>(payload_[1]));
        if (!is_close_code(code)) return fail(1002, "a close code is not allowed");
        if (!core::is_utf8(std::string_view(payload_).substr(2))) return fail(1007, "a close reason is not UTF-8");
        return State::message;
    }
    if (!final_) return State::need_more;
    in_message_ = false;
    opcode_ = message_opcode_;
    compressed_ = message_compressed_;
    payload_ = std::exchange(joined_, {});
    if (opcode_ == Opcode::text && !compressed_ && !core::is_utf8(payload_))
        return fail(1007, "a text message is not UTF-8");
    return State::message;
}

std::string encode_frame(Opcode opcode, std::string_view payload, bool compressed)
{
    std::string frame;
    frame.reserve(payload.size() + 10);
    frame += static_cast<char>(0x80 | (compressed ? 0x40 : 0) | static_cast<unsigned>(opcode));
    std::size_t const size = payload.size();
    if (size < 126) {
        frame += static_cast<char>(size);
    } else {
        bool const wide = size > 0xffff;
        frame += static_cast<char>(wide ? 127 : 126);
        for (int shift = wide ? 56 : 8; shift >= 0; shift -= 8)
            frame += static_cast<char>(static_cast<std::uint64_t>(size) >> shift & 0xff);
    }
    frame += payload;
    return frame;
}

std::string accept_key(std::string_view key)
{
    std::string const text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    return core::base64_encode(std::string_view(reinterpret_cast<char*>(digest), sizeof digest));
}

bool is_close_code(std::uint16_t code)
{
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
           (code >= 3000 && code <= 4999);
}

std::string deflate_message(std::string_view payload)
{
    z_stream stream{};
    if (deflateInit2(&stream, 4, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
    std::string result(deflateBound(&stream, payload.size()) + 16, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(payload.data()));
    stream.avail_in = static_cast<uInt>(payload.size());
    stream.next_out = reinterpret_cast<Bytef*>(result.data());
    stream.avail_out = static_cast<uInt>(result.size());
    int const outcome = deflate(&stream, Z_SYNC_FLUSH);
    result.resize(stream.total_out);
    deflateEnd(&stream);
    if (outcome != Z_OK || result.size() < 4) throw std::bad_alloc();
    result.resize(result.size() - 4); // 00 00 FF FF, which every message ends with
    return result;
}

std::optional<std::string> inflate_message(std::string_view payload, std::size_t limit)
{
    z_stream stream{};
    if (inflateInit2(&stream, -15) != Z_OK) throw std::bad_alloc();
    std::string input(payload);
    input.append("\x00\x00\xff\xff", 4);
    std::string result;
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    bool good = true;
    char piece[16 * 1024];
    do {
        stream.next_out = reinterpret_cast<Bytef*>(piece);
        stream.avail_out = sizeof piece;
        int const outcome = inflate(&stream, Z_SYNC_FLUSH);
        result.append(piece, sizeof piece - stream.avail_out);
        // A final block may end the message early; then nothing but the tail may follow.
        good = result.size() <= limit &&
               (outcome == Z_OK || outcome == Z_BUF_ERROR || (outcome == Z_STREAM_END && stream.avail_in <= 4));
        if (outcome != Z_OK) break;
    } while (good && (stream.avail_in > 0 || stream.avail_out == 0));
    inflateEnd(&stream);
    if (!good) return std::nullopt;
    return result;
}

} // namespace pix::http
