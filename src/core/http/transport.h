#pragma once
#include <openssl/ssl.h>

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <span>
#include <string_view>

namespace pix::http {

/// A connected socket, encrypted or not, read and written without waiting. Who wants to wait asks `socket()` for
/// readiness, so that an idle connection holds no buffer.
///
/// Runs on: the io thread.
/// Owns:    the descriptor and the TLS state.
class Transport {
public:
    /// With a concrete executor: no type erasure on the hot path.
    using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

    /// `tls` null: plain.
    Transport(Socket socket, SSL_CTX* tls);

    enum class State { done, want_read, want_write, closed };
    struct Outcome {
        State state = State::done;
        std::size_t bytes = 0;
    };

    /// The server's half of a TLS handshake; done at once on a plain socket.
    Outcome handshake();
    /// At least one byte, or what to wait for.
    Outcome read(std::span<char> into);
    /// As many bytes of the pieces as fit.
    Outcome write(std::span<const std::string_view> pieces);
    Outcome write(std::string_view bytes) { return write(std::span(&bytes, 1)); }
    /// True when TLS holds decrypted bytes: the socket will not become readable for them.
    bool has_pending() const { return tls_ && SSL_has_pending(tls_.get()) != 0; }

    /// True when the peer has closed its side, as far as the kernel knows.
    bool peer_closed() const;
    /// Says that nothing more will be sent.
    void shutdown_send();
    void close();

    bool is_encrypted() const { return tls_ != nullptr; }
    Socket& socket() { return socket_; }

private:
    struct FreeTls {
        void operator()(SSL* tls) const { SSL_free(tls); }
    };
    Outcome after_tls(int result);

    Socket socket_;
    std::unique_ptr<SSL, FreeTls> tls_;
};

} // namespace pix::http
