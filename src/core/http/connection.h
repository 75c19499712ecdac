#pragma once
#include <boost/asio/cancellation_signal.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/http/engine.h"
#include "core/http/head_check.h"
#include "core/http/outbox.h"
#include "core/http/response.h"
#include "core/http/router.h"
#include "core/http/transport.h"

namespace pix::http {

class WebSocket;

/// One client: reads requests, answers them in order, until one side has enough.
///
/// Runs on: the io thread; one coroutine.
/// Owns:    the transport; no buffer while it is idle.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(std::shared_ptr<Engine> engine, const Door& door, Transport transport, std::string client);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void start();

    // For writers and WebSockets.
    Engine& engine() { return engine_; }
    Transport& transport() { return transport_; }
    Outbox* outbox() { return outbox_.get(); }
    bool client_gone() const { return gone_ || transport_.peer_closed(); }
    bool is_gone() const { return gone_; }
    /// Called once when the client goes or the server stops.
    void on_gone(std::function<void()> fn);
    /// The client is gone: wakes and refuses everybody who writes.
    void lose();
    /// A slow reader has until then; called on every byte that leaves.
    void expect_reader();
    void forget_deadline() { deadline_ = 0; }

    // For the engine.
    void flush_outbox();
    void sweep(std::int64_t now);
    /// Ends what waits: idle connections at once, event streams and sockets with their farewell.
    void stop_politely();
    /// Ends a stream or socket whose request `ends` picks.
    void end_stream(const std::function<bool(const Request&)>& ends);
    /// Ends it now.
    void cut();
    std::size_t slot = 0; ///< place in Engine::connections

private:
    enum class Step {
        wait,  ///< more bytes are needed
        again, ///< there may be another request in what has been read
        slow,  ///< pending_ has to be served
        end,   ///< close, after what is in out_
    };

    /// A request that needs the coroutine.
    struct Pending {
        std::shared_ptr<Request> request;
        HeadFacts facts;
        Router::Match match;
        std::optional<core::Error> refusal;
        Response response; ///< the answer, once there is one
        bool has_response = false;
        std::int64_t started_us = 0;
        int status = 0; ///< of the refusal, when it is not the error's own
        bool body_read = false;
    };

    static awaitable<void> run(std::shared_ptr<Connection> self);
    awaitable<bool> handshake();
    awaitable<bool> linger();

    // connection.cc: from bytes to requests and quick answers.
    Step read_and_process();
    Step process(std::string_view& data);
    Step refuse_head(std::string_view problem, int status);
    std::optional<Step> begin_request(std::string_view head);
    bool answer_quickly(const Pending& pending, std::string& out, bool keep, Response& response);
    bool send_now(std::string_view bytes);

    // connection_serve.cc and connection_stream.cc: everything that may wait.
    /// What run() does after a request was served. Streams and sockets are awaited there and not deeper, so that an
    /// idle client does not keep the frames of everything that led to it.
    enum class Next { close, keep, stream, socket };
    awaitable<Next> serve();
    awaitable<core::Result<Response>> handle(Pending& pending);
    awaitable<core::Result<void>> read_body(Pending& pending);
    awaitable<Next> respond(Pending& pending);
    awaitable<Next> send_file(Pending& pending);
    awaitable<bool> send_stream();
    awaitable<bool> speak();
    std::string start_stream(Pending& pending);
    std::string start_socket(Pending& pending, std::shared_ptr<WebSocket>& socket);
    /// Whether another request may follow this one.
    bool keeps(const Pending& pending) const;
    void log(const Pending& pending, std::uint64_t bytes);
    awaitable<bool> write_rest();
    awaitable<bool> write_all(std::string_view bytes);
    awaitable<core::Result<void>> read_more();
    void watch_for_end();

    std::shared_ptr<Engine> engine_owner_; ///< the last connection may go after the server
    Engine& engine_;
    const Door& door_;
    Transport transport_;
    std::string client_;
    std::string in_;  ///< received, not yet processed
    std::string out_; ///< answered, not yet sent
    std::unique_ptr<Pending> pending_;
    std::unique_ptr<Outbox> outbox_;
    std::weak_ptr<WebSocket> socket_;
    std::function<void()> on_gone_;
    asio::cancellation_signal cancel_;
    std::int64_t deadline_ = 0; ///< steady_ms(); 0: none
    bool in_request_ = false;   ///< from the first byte of a head until the answer has left
    bool expired_ = false;
    bool gone_ = false;
    bool stopping_ = false;
    bool streaming_ = false;
    bool watching_ = false;
};

/// Writes status line and headers of an answer. `length` absent: chunked, or to the end of the connection.
struct HeadShape {
    std::optional<std::uint64_t> length;
    bool chunked = false;
    bool keep_alive = true;
    int minor_version = 1;
    bool is_page = false;
};
void append_head(std::string& out, Engine& engine, const Request& request, const Response& response,
                 const HeadShape& shape);

/// Turns an answer with a body in memory into what is sent: conditions (304), the chosen coding, Vary. The bytes are
/// `response`'s own, an asset's, or in `storage`.
struct PlainBody {
    std::string_view bytes;
    std::string storage;
    bool compress = false; ///< worth compressing, and too large to do it here
};
PlainBody choose_body(const Request& request, Response& response);

} // namespace pix::http
