#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/http/frame_codec.h"
#include "core/http/head_check.h"
#include "core/http/outbox.h"
#include "core/http/route.h"
#include "core/http/signal.h"

namespace pix::http {

class Connection;

struct Message {
    std::string bytes; ///< of a text message: valid UTF-8
    bool binary = false;
};

/// Frames a message once for all who get it. It is sent uncompressed, also where compression was agreed.
SharedFrame message_frame(std::string_view bytes, bool binary = false);

/// Checks an opening handshake. Errors: Errc::invalid. Source: RFC 6455 section 4.2.1.
core::Result<void> check_upgrade(const Request& request, const HeadFacts& facts);
/// True when a client's Sec-WebSocket-Extensions offers permessage-deflate on terms that can be kept.
bool offers_deflate(std::string_view extensions);
/// The first protocol that the client offers and the route knows; "" if there is none.
std::string choose_protocol(std::string_view offered, const std::vector<std::string>& known);

/// A WebSocket of a page or a program. Pings are answered and an idle client is asked for a sign of life whether or not
/// somebody reads.
///
/// Runs on: the io thread.
/// Owns:    at most 16 incoming messages (then the client has to wait), outgoing frames up to the route's limits.
/// Units:   a ping after half of the idle time without a byte, the end after all of it.
/// Source:  RFC 6455; RFC 7692 without context takeover, so that an idle client holds no window.
class WebSocket : public std::enable_shared_from_this<WebSocket> {
public:
    WebSocket(std::shared_ptr<Connection> connection, SocketOptions options, bool compress);
    ~WebSocket();
    WebSocket(const WebSocket&) = delete;
    WebSocket& operator=(const WebSocket&) = delete;

    /// The next message; nothing once the socket is closed.
    awaitable<std::optional<Message>> read();

    /// Sends what many share, without waiting. A client that is too slow: its unsent frames are dropped and the resync
    /// message goes out in their place; without one it is closed with 1013. False when the frame was not queued.
    bool send(SharedFrame frame);
    bool send_text(std::string_view text);
    bool send_binary(std::string_view bytes);
    /// The same, but waits while the client is behind. Errors: Errc::cancelled when it is closed.
    awaitable<core::Result<void>> write_text(std::string text);
    awaitable<core::Result<void>> write_binary(std::string bytes);

    /// What a client gets that fell behind: it reads again from where it was.
    void set_resync(SharedFrame frame) { resync_ = std::move(frame); }
    /// True once after frames were dropped.
    bool take_lagged() { return std::exchange(lagged_, false); }

    /// Outgoing bytes that the client has not taken.
    std::size_t queued_bytes() const;

    /// Starts the closing handshake. Codes: RFC 6455 section 7.4.
    void close(std::uint16_t code = 1000, std::string_view reason = {});
    bool closed() const { return closed_; }
    /// Called once when the socket closes; at once if it has.
    void on_close(std::function<void()> fn);
    /// The agreed subprotocol, or "".
    const std::string& protocol() const { return protocol_; }

private:
    friend class Connection;

    /// Begins to read; `early` came together with the request.
    void start(std::string_view early);
    void wait_readable();
    void readable();
    void take(std::string_view bytes);
    void deliver();
    /// The connection has ended, one way or another.
    void finish();
    /// Asks a silent client for a sign of life, and gives up on one that gives none.
    void tick(std::int64_t now_ms, std::int64_t idle_ms);
    SharedFrame framed(std::string_view bytes, bool binary) const;
    awaitable<core::Result<void>> write(SharedFrame frame);

    std::shared_ptr<Connection> connection_;
    SocketOptions options_;
    FrameDecoder decoder_;
    std::vector<Message> messages_; ///< newest last
    std::string unread_;            ///< bytes that came while 16 messages were waiting
    Signal arrived_;
    SharedFrame resync_;
    std::function<void()> on_close_;
    std::string protocol_;
    std::int64_t last_heard_ms_ = 0;
    bool compress_;
    bool reading_ = false;
    bool pinged_ = false;
    bool lagged_ = false;
    bool closed_ = false;
};

} // namespace pix::http
