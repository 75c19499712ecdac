#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/http/access_log.h"
#include "core/http/door.h"
#include "core/http/metrics.h"
#include "core/http/router.h"

namespace pix::http {

struct Engine;

/// Limits of every connection at every door.
struct ServerOptions {
    std::size_t header_bytes = 16 * 1024; ///< request line and fields
    std::size_t header_fields = 100;
    std::size_t connections = 20'000;                  ///< over all doors; one more is answered 503
    std::chrono::milliseconds idle_timeout{75'000};    ///< keep-alive without a request
    std::chrono::milliseconds request_timeout{30'000}; ///< header and body; a body gets a second more for each 1 KiB
    std::chrono::milliseconds slow_reader_timeout{30'000}; ///< a client that takes nothing of its answer
    std::chrono::milliseconds socket_idle_timeout{60'000}; ///< a WebSocket that does not answer a ping
    std::chrono::milliseconds sweep_interval{1000};        ///< how exact the times above are
    std::size_t file_threads = 2;                          ///< reading files and compressing
};

/// `GET /metrics` for Prometheus: free at a loopback door, for the signed-in elsewhere. `metrics` must outlive the
/// router.
Route metrics_route(const Metrics& metrics);

/// Listens at the doors and answers from the route table.
///
/// Runs on: one io thread; construct it there or before the loop runs.
/// Owns:    listeners, connections, the threads that read files.
class Server {
public:
    /// `router` (complete by now), `log` (may be null) and `metrics` must outlive the server.
    Server(asio::io_context& io, const Router& router, AccessLog* log, Metrics& metrics, ServerOptions options = {});
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Listens, but does not accept before run(). The door gets its port.
    /// Errors: Errc::unavailable (address in use, names it), Errc::invalid (certificate or key).
    core::Result<Door*> open(Door door);
    Door* door(DoorKind kind) const;

    /// Starts to accept at every open door.
    void run();

    /// Stops accepting, ends event streams and WebSockets, lets requests finish for `grace`, then cuts them off.
    awaitable<void> stop(std::chrono::milliseconds grace);

    /// Ends the event streams and WebSockets of requests that `ends` picks: their credential has been withdrawn.
    void end_streams(const std::function<bool(const Request&)>& ends);

    std::size_t connections() const;
    /// Connections that were answered 503 because of the limit.
    std::uint64_t refused() const;

private:
    std::shared_ptr<Engine> engine_; ///< also held by connections, which may go last
};

} // namespace pix::http
