#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pix::http {

/// The frame types of RFC 6455 section 11.8.
enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Reads what a client sends on a WebSocket, frame by frame, and joins fragments.
///
/// Units:  no message is larger than the limit; a control frame has at most 125 bytes.
/// Source: RFC 6455 section 5, RFC 7692 section 6.
class FrameDecoder {
public:
    FrameDecoder(std::size_t message_limit, bool compression) : limit_(message_limit), compression_(compression) {}

    enum class State {
        need_more, ///< everything was taken, nothing is complete
        message,   ///< `payload` is a whole message or control frame
        failed,    ///< `close_code` and `reason` say why; nothing more is read
    };

    /// Takes bytes from the front of `input` until a message is complete or `input` is empty.
    State take(std::string_view& input);

    Opcode opcode() const { return opcode_; } ///< text, binary, close, ping or pong
    bool compressed() const { return compressed_; }
    std::string& payload() { return payload_; }
    std::uint16_t close_code() const { return close_code_; }
    std::string_view reason() const { return reason_; }

private:
    State fail(std::uint16_t code, std::string_view reason);
    State begin_frame();
    State end_frame();

    std::size_t limit_;
    bool compression_;
    std::string header_;  ///< the part of a frame's header that has come
    std::string joined_;  ///< the fragments of the message so far
    std::string control_; ///< a control frame's payload
    std::string payload_;
    std::uint64_t left_ = 0; ///< bytes of the frame's payload still to come
    std::uint32_t mask_ = 0; ///< as it lies in memory
    unsigned mask_at_ = 0;
    bool in_payload_ = false;
    bool final_ = false;
    bool in_message_ = false;
    bool message_compressed_ = false;
    bool compressed_ = false;
    Opcode frame_opcode_ = Opcode::text;
    Opcode message_opcode_ = Opcode::text;
    Opcode opcode_ = Opcode::text;
    std::uint16_t close_code_ = 0;
    std::string_view reason_;
};

/// A server's frame: final, unmasked. Source: RFC 6455 section 5.2.
std::string encode_frame(Opcode opcode, std::string_view payload, bool compressed = false);

/// The answer to Sec-WebSocket-Key. Source: RFC 6455 section 4.2.2.
std::string accept_key(std::string_view key);

/// True for a code that a peer may send in a close frame. Source: RFC 6455 section 7.4.
bool is_close_code(std::uint16_t code);

/// Deflates one message without its tail, and back; nothing when it is broken or larger than `limit`.
/// Source: RFC 7692 section 7.2.
std::string deflate_message(std::string_view payload);
std::optional<std::string> inflate_message(std::string_view payload, std::size_t limit);

} // namespace pix::http
