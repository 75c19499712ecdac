#pragma once
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/http/request.h"
#include "core/http/server.h"
#include "core/http/transport.h"

namespace pix::http {

class Connection;

/// Milliseconds of the steady clock, coarse: exact to a few milliseconds and nearly free.
std::int64_t steady_ms();

/// What all connections of a server share. Buffers are here and not in the connection, so that an idle client has none.
///
/// Runs on: the io thread.
struct Engine : std::enable_shared_from_this<Engine> {
    Engine(asio::io_context& io, const Router& router, AccessLog* log, Metrics& metrics, ServerOptions options);
    ~Engine();

    struct Listener {
        std::unique_ptr<Door> door;
        asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type> acceptor;
        std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> tls{nullptr, SSL_CTX_free};
        bool accepting = false;
    };

    core::Result<Door*> open(Door door);
    void accept(Listener& listener);
    void add(Connection& connection);
    void remove(Connection& connection);

    /// Asks for one Connection::flush_outbox() at the end of this turn.
    void flush_later(std::shared_ptr<Connection> connection);
    void flush_all();

    /// Looks at every connection's deadline once an interval, as long as there are connections.
    void sweep_later();
    void sweep();

    /// "Date: …\r\n", made once a second.
    const std::string& date_line();
    /// "req_" and ten characters, different for 2^30 requests and from one start to the next.
    void next_id(std::string& id);
    void log(const Door& door, const Request& request, int status, std::uint64_t bytes, std::int64_t micros,
             std::size_t route, std::string_view detail);

    asio::io_context& io;
    const Router& router;
    AccessLog* access_log;
    Metrics& metrics;
    ServerOptions options;
    asio::thread_pool files;
    std::array<std::unique_ptr<Listener>, 3> listeners;
    std::vector<Connection*> connections;
    std::vector<std::shared_ptr<Connection>> to_flush;
    std::vector<std::shared_ptr<Connection>> flushing;
    std::vector<char> input; ///< what one read brings
    std::string output;      ///< what quick answers of one read make
    Request quick;           ///< the request of a quick handler, used again and again
    asio::steady_timer sweep_timer;
    asio::steady_timer retry_timer; ///< after accept() failed for want of descriptors
    std::uint64_t refused = 0;
    bool sweeping = false;
    bool stopping = false;
    bool flush_posted = false;

private:
    std::int64_t date_at_ = -1;
    std::string date_;
    std::string id_prefix_;
    std::uint32_t id_next_ = 0;
};

/// A context for the server's side, TLS 1.2 and up. Errors: Errc::invalid naming the file.
core::Result<std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)>> make_tls_context(const TlsFiles& files);

} // namespace pix::http
