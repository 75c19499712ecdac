#include "core/http/websocket.h"

#include "core/base/text.h"
#include "core/http/connection.h"

namespace pix::http {

using core::Errc;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t max_messages = 16;
/// Below that a compressed message is hardly smaller.
constexpr std::size_t min_deflated = 128;

} // namespace

SharedFrame message_frame(std::string_view bytes, bool binary)
{
    auto frame = std::make_shared<WireFrame>();
    frame->bytes = encode_frame(binary ? Opcode::binary : Opcode::text, bytes);
    frame->payload_size = bytes.size();
    frame->payload_at = frame->bytes.size() - bytes.size();
    return frame;
}

Result<void> check_upgrade(const Request& request, const HeadFacts& facts)
{
    if (request.method() != Method::get || facts.minor_version != 1 || !facts.upgrade ||
        !has_token(request.header("Upgrade"), "websocket"))
        return fail(Errc::invalid, "this address speaks WebSocket");
    if (request.header("Sec-WebSocket-Version") != "13")
        return fail(Errc::invalid, "only version 13 of WebSocket is spoken");
    auto const key = core::base64_decode(request.header("Sec-WebSocket-Key"));
    if (!key || key->size() != 16) return fail(Errc::invalid, "Sec-WebSocket-Key is malformed");
    return {};
}

bool offers_deflate(std::string_view extensions)
{
    for (std::string_view offer : core::split(extensions, ',')) {
        auto const parts = core::split(offer, ';');
        if (core::trim(parts.front()) != "permessage-deflate") continue;
        bool good = true;
        for (std::size_t i = 1; i < parts.size(); ++i) {
            std::string_view const name = core::trim(parts[i].substr(0, parts[i].find('=')));
            bool const no_takeover = name == "server_no_context_takeover" || name == "client_no_context_takeover";
            // Our window is 15 bits, and a client may always use fewer than it says.
            good = good && (no_takeover || name == "client_max_window_bits");
        }
        if (good) return true;
    }
    return false;
}

std::string choose_protocol(std::string_view offered, const std::vector<std::string>& known)
{
    for (std::string_view const item : core::split(offered, ','))
        for (const std::string& protocol : known)
            if (core::trim(item) == protocol) return protocol;
    return {};
}

WebSocket::WebSocket(std::shared_ptr<Connection> connection, SocketOptions options, bool compress)
    : connection_(std::move(connection)), options_(std::move(options)), decoder_(options_.message_limit, compress),
      last_heard_ms_(steady_ms()), compress_(compress)
{}

WebSocket::~WebSocket() = default;

void WebSocket::start(std::string_view early)
{
    take(early);
    wait_readable();
}

void WebSocket::wait_readable()
{
    if (reading_ || closed_) return;
    reading_ = true;
    auto look = [weak = weak_from_this()](const boost::system::error_code& error) {
        auto const self = weak.lock();
        if (!self) return;
        self->reading_ = false;
        if (self->closed_) return;
        if (error)
            self->connection_->lose();
        else
            self->readable();
    };
    if (connection_->transport().has_pending())
        asio::post(connection_->engine().io, [look] { look({}); });
    else
        connection_->transport().socket().async_wait(Transport::Socket::wait_read, std::move(look));
}

void WebSocket::readable()
{
    auto& input = connection_->engine().input;
    auto const outcome = connection_->transport().read(input);
    if (outcome.state == Transport::State::closed) {
        connection_->lose();
        return;
    }
    if (outcome.bytes > 0) take(std::string_view(input.data(), outcome.bytes));
    if (messages_.size() < max_messages) wait_readable();
}

/// Decodes what came. When 16 messages wait, the rest is kept and the socket is no longer read: the client has to wait.
void WebSocket::take(std::string_view bytes)
{
    if (!bytes.empty()) {
        last_heard_ms_ = steady_ms();
        pinged_ = false;
    }
    while (!closed_) {
        if (messages_.size() >= max_messages) {
            unread_.assign(bytes);
            return;
        }
        auto const state = decoder_.take(bytes);
        if (state == FrameDecoder::State::need_more) return;
        if (state == FrameDecoder::State::failed) {
            close(decoder_.close_code(), decoder_.reason());
            return;
        }
        deliver();
    }
}

void WebSocket::deliver()
{
    std::string payload = std::move(decoder_.payload());
    switch (decoder_.opcode()) {
    case Opcode::ping:
        if (auto* const outbox = connection_->outbox()) {
            auto pong = std::make_shared<WireFrame>();
            pong->bytes = encode_frame(Opcode::pong, payload);
            // A client that pings without reading gets no more answers than its queue holds.
            outbox->push(std::move(pong));
        }
        return;
    case Opcode::pong: return;
    case Opcode::close: {
        std::uint16_t const code = payload.size() < 2
                                       ? std::uint16_t{1000}
                                       : static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                                                    static_cast<unsigned char>(payload[1]));
        close(code);
        return;
    }
    case Opcode::continuation:
    case Opcode::text:
    case Opcode::binary: break;
    }
    bool const binary = decoder_.opcode() == Opcode::binary;
    if (decoder_.compressed()) {
        auto inflated = inflate_message(payload, options_.message_limit);
        if (!inflated) {
            close(1009, "the message is broken or too large");
            return;
        }
        payload = *std::move(inflated);
        if (!binary && !core::is_utf8(payload)) {
            close(1007, "a text message is not UTF-8");
            return;
        }
    }
    messages_.push_back(Message{std::move(payload), binary});
    arrived_.wake();
}

awaitable<std::optional<Message>> WebSocket::read()
{
    while (messages_.empty()) {
        if (closed_) co_return std::nullopt;
        co_await arrived_.wait();
    }
    Message message = std::move(messages_.front());
    messages_.erase(messages_.begin());
    if (messages_.empty()) messages_.shrink_to_fit();
    if (!closed_ && !reading_) {
        std::string const rest = std::exchange(unread_, {});
        take(rest);
        if (messages_.size() < max_messages) wait_readable();
    }
    co_return std::move(message);
}

bool WebSocket::send(SharedFrame frame)
{
    auto* const outbox = connection_->outbox();
    if (closed_ || !outbox) return false;
    if (outbox->push(std::move(frame))) return true;
    if (outbox->closed()) return false;
    lagged_ = true;
    outbox->drop_unsent();
    if (resync_)
        outbox->push_always(resync_);
    else
        close(1013, "too slow");
    return false;
}

std::size_t WebSocket::queued_bytes() const
{
    return connection_->outbox() ? connection_->outbox()->bytes() : 0;
}

SharedFrame WebSocket::framed(std::string_view bytes, bool binary) const
{
    if (!compress_ || bytes.size() < min_deflated) return message_frame(bytes, binary);
    auto frame = std::make_shared<WireFrame>();
    frame->bytes = encode_frame(binary ? Opcode::binary : Opcode::text, deflate_message(bytes), true);
    return frame;
}

bool WebSocket::send_text(std::string_view text)
{
    return send(framed(text, false));
}

bool WebSocket::send_binary(std::string_view bytes)
{
    return send(framed(bytes, true));
}

awaitable<Result<void>> WebSocket::write(SharedFrame frame)
{
    auto* const outbox = connection_->outbox();
    if (closed_ || !outbox) co_return fail(Errc::cancelled, "the socket is closed");
    PIX_CO_CHECK(co_await outbox->room());
    if (closed_) co_return fail(Errc::cancelled, "the socket is closed");
    outbox->push_always(std::move(frame));
    co_return Result<void>();
}

awaitable<Result<void>> WebSocket::write_text(std::string text)
{
    co_return co_await write(framed(text, false));
}

awaitable<Result<void>> WebSocket::write_binary(std::string bytes)
{
    co_return co_await write(framed(bytes, true));
}

/// Sends our half of the closing handshake; the connection ends when it has left, whether or not the peer sends its
/// own.
void WebSocket::close(std::uint16_t code, std::string_view reason)
{
    if (closed_) return;
    closed_ = true;
    if (auto* const outbox = connection_->outbox()) {
        std::string payload;
        payload += static_cast<char>(code >> 8);
        payload += static_cast<char>(code & 0xff);
        payload += reason.substr(0, 120);
        auto frame = std::make_shared<WireFrame>();
        frame->bytes = encode_frame(Opcode::close, payload);
        outbox->push_always(std::move(frame));
    }
    arrived_.wake();
    if (auto const fn = std::exchange(on_close_, nullptr)) fn();
}

void WebSocket::finish()
{
    closed_ = true;
    unread_ = {};
    arrived_.wake();
    if (auto const fn = std::exchange(on_close_, nullptr)) fn();
}

void WebSocket::on_close(std::function<void()> fn)
{
    on_close_ = std::move(fn);
    if (closed_ && on_close_) std::exchange(on_close_, nullptr)();
}

void WebSocket::tick(std::int64_t now_ms, std::int64_t idle_ms)
{
    if (closed_) return;
    std::int64_t const silent = now_ms - last_heard_ms_;
    if (silent >= idle_ms) {
        connection_->lose();
    } else if (silent >= idle_ms / 2 && !pinged_) {
        pinged_ = true;
        if (auto* const outbox = connection_->outbox()) {
            auto ping = std::make_shared<WireFrame>();
            ping->bytes = encode_frame(Opcode::ping, {});
            outbox->push(std::move(ping));
        }
    }
}

} // namespace pix::http
