#include "core/http/transport.h"

#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

namespace pix::http {

namespace {

/// What one TLS record holds at most.
constexpr std::size_t record_size = 16 * 1024;
constexpr std::size_t max_pieces = 64;

} // namespace

Transport::Transport(Socket socket, SSL_CTX* tls) : socket_(std::move(socket))
{
    if (!tls) return;
    tls_.reset(SSL_new(tls));
    if (tls_) SSL_set_fd(tls_.get(), socket_.native_handle());
}

Transport::Outcome Transport::after_tls(int result)
{
    switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ: return {State::want_read, 0};
    case SSL_ERROR_WANT_WRITE: return {State::want_write, 0};
    default: return {State::closed, 0};
    }
}

Transport::Outcome Transport::handshake()
{
    if (!tls_) return {};
    ERR_clear_error();
    int const result = SSL_accept(tls_.get());
    return result == 1 ? Outcome{} : after_tls(result);
}

Transport::Outcome Transport::read(std::span<char> into)
{
    if (tls_) {
        std::size_t total = 0;
        while (total < into.size()) {
            ERR_clear_error();
            std::size_t size = 0;
            int const result = SSL_read_ex(tls_.get(), into.data() + total, into.size() - total, &size);
            if (result != 1) {
                if (total > 0) break;
                return after_tls(result);
            }
            total += size;
        }
        return {State::done, total};
    }
    for (;;) {
        ssize_t const size = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
        if (size > 0) return {State::done, static_cast<std::size_t>(size)};
        if (size == 0) return {State::closed, 0};
        if (errno == EINTR) continue;
        return {errno == EAGAIN || errno == EWOULDBLOCK ? State::want_read : State::closed, 0};
    }
}

Transport::Outcome Transport::write(std::span<const std::string_view> pieces)
{
    if (tls_) {
        std::size_t total = 0;
        std::array<char, record_size> record;
        std::size_t piece = 0;
        std::size_t offset = 0;
        while (piece < pieces.size()) {
            // Small pieces share a record; a repeated write may come from another buffer (moving write buffer mode).
            std::size_t filled = 0;
            while (piece < pieces.size() && filled < record.size()) {
                std::size_t const size = std::min(pieces[piece].size() - offset, record.size() - filled);
                std::copy_n(pieces[piece].data() + offset, size, record.data() + filled);
                filled += size;
                offset += size;
                if (offset == pieces[piece].size()) {
                    ++piece;
                    offset = 0;
                }
            }
            if (filled == 0) break;
            ERR_clear_error();
            std::size_t written = 0;
            int const result = SSL_write_ex(tls_.get(), record.data(), filled, &written);
            if (result != 1) {
                Outcome outcome = after_tls(result);
                outcome.bytes = total;
                return outcome;
            }
            total += written;
            if (written < filled) return {State::want_write, total};
        }
        return {State::done, total};
    }
    std::array<iovec, max_pieces> vectors;
    std::size_t const count = std::min(pieces.size(), vectors.size());
    std::size_t wanted = 0;
    for (std::size_t i = 0; i < count; ++i) {
        vectors[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
        wanted += pieces[i].size();
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    for (;;) {
        ssize_t const size = ::sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (size >= 0) {
            auto const sent = static_cast<std::size_t>(size);
            return {sent == wanted ? State::done : State::want_write, sent};
        }
        if (errno == EINTR) continue;
        return {errno == EAGAIN || errno == EWOULDBLOCK ? State::want_write : State::closed, 0};
    }
}

bool Transport::peer_closed() const
{
    auto& socket = const_cast<Socket&>(socket_);
    if (!socket.is_open()) return true;
    pollfd poll{socket.native_handle(), POLLRDHUP, 0};
    return ::poll(&poll, 1, 0) > 0 && (poll.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void Transport::shutdown_send()
{
    if (tls_) {
        ERR_clear_error();
        SSL_shutdown(tls_.get());
    }
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void Transport::close()
{
    boost::system::error_code ignored;
    socket_.close(ignored);
}

} // namespace pix::http
