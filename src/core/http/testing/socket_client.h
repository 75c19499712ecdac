#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/http/testing/raw_client.h"

namespace pix::http::testing {

/// A client's frame: `first` is the first byte with FIN, reserved bits and opcode.
inline std::string masked(unsigned first, std::string_view payload)
{
    static constexpr char key[4] = {'\x12', '\x34', '\x56', '\x78'};
    std::string frame(1, static_cast<char>(first));
    std::size_t const size = payload.size();
    if (size < 126) {
        frame += static_cast<char>(0x80 | size);
    } else {
        bool const wide = size > 0xffff;
        frame += static_cast<char>(wide ? 0xff : 0xfe);
        for (int shift = wide ? 56 : 8; shift >= 0; shift -= 8) frame += static_cast<char>(size >> shift & 0xff);
    }
    frame.append(key, 4);
    for (std::size_t i = 0; i < size; ++i) frame += static_cast<char>(payload[i] ^ key[i % 4]);
    return frame;
}

/// One frame that a server sent.
struct RawFrame {
    unsigned first = 0; ///< 0: the connection ended
    std::string payload;
};

/// A WebSocket client over raw bytes.
class SocketClient {
public:
    SocketClient(std::uint16_t port, const std::string& target, const std::string& headers = {}) : raw(port)
    {
        answer = raw.ask("GET " + target +
                         " HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
                         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                         headers + "\r\n");
    }
    void text(std::string_view payload) { raw.send(masked(0x81, payload)); }
    RawFrame read()
    {
        RawFrame frame;
        std::string const head = raw.read_exactly(2);
        if (head.size() < 2) return frame;
        frame.first = static_cast<unsigned char>(head[0]);
        std::uint64_t size = static_cast<unsigned char>(head[1]);
        if (size >= 126) {
            std::string const length = raw.read_exactly(size == 126 ? 2 : 8);
            size = 0;
            for (unsigned char const c : length) size = size << 8 | c;
        }
        frame.payload = raw.read_exactly(size);
        return frame;
    }
    /// The code of a close frame, 0 if something else comes.
    unsigned read_close()
    {
        RawFrame const frame = read();
        if (frame.first != 0x88 || frame.payload.size() < 2) return 0;
        return static_cast<unsigned>(static_cast<unsigned char>(frame.payload[0]) << 8 |
                                     static_cast<unsigned char>(frame.payload[1]));
    }

    RawClient raw;
    RawAnswer answer;
};

} // namespace pix::http::testing
