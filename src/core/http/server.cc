#include "core/http/server.h"

#include <boost/asio/as_tuple.hpp>

#include "core/http/connection.h"
#include "core/http/engine.h"

namespace pix::http {

namespace {

/// How often stop() looks whether everybody has gone.
constexpr auto stop_poll = std::chrono::milliseconds(10);
/// What is cut off still needs its turn of the loop.
constexpr auto cut_patience = std::chrono::milliseconds(1000);

} // namespace

Server::Server(asio::io_context& io, const Router& router, AccessLog* log, Metrics& metrics, ServerOptions options)
    : engine_(std::make_shared<Engine>(io, router, log, metrics, options))
{
    // The registry outlives the server: what it asks must survive that.
    auto const gauge = [&](const char* name, const char* help, auto read) {
        metrics.gauge(name, help, [weak = std::weak_ptr(engine_), read] {
            auto const engine = weak.lock();
            return engine ? static_cast<double>(read(*engine)) : 0.0;
        });
    };
    gauge("pix_http_connections", "Open connections.", [](const Engine& engine) { return engine.connections.size(); });
    gauge("pix_http_refused_connections", "Connections refused because too many were open.",
          [](const Engine& engine) { return engine.refused; });
    gauge("pix_http_dropped_log_lines", "Access log lines that the disk was too slow for.",
          [](const Engine& engine) { return engine.access_log ? engine.access_log->dropped() : 0; });
}

Route metrics_route(const Metrics& metrics)
{
    Route route;
    route.path = "/metrics";
    route.access = Access::loopback_or_signed_in;
    route.handler = QuickHandler([&metrics](const Request&) -> core::Result<Response> {
        return Response::bytes(metrics.text(), "text/plain; version=0.0.4; charset=utf-8");
    });
    return route;
}

Server::~Server()
{
    engine_->stopping = true;
    boost::system::error_code ignored;
    for (auto& listener : engine_->listeners)
        if (listener) listener->acceptor.close(ignored);
    engine_->sweep_timer.cancel();
    engine_->retry_timer.cancel();
    auto const open = engine_->connections;
    for (Connection* connection : open) connection->cut();
}

core::Result<Door*> Server::open(Door door)
{
    return engine_->open(std::move(door));
}

Door* Server::door(DoorKind kind) const
{
    for (auto const& listener : engine_->listeners)
        if (listener && listener->door->kind() == kind) return listener->door.get();
    return nullptr;
}

void Server::run()
{
    for (auto& listener : engine_->listeners)
        if (listener && !listener->accepting) engine_->accept(*listener);
}

awaitable<void> Server::stop(std::chrono::milliseconds grace)
{
    constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
    auto const engine = engine_;
    engine->stopping = true;
    boost::system::error_code ignored;
    for (auto& listener : engine->listeners)
        if (listener) listener->acceptor.close(ignored);
    engine->retry_timer.cancel();
    auto const open = engine->connections;
    for (Connection* connection : open) connection->stop_politely();

    asio::steady_timer timer(engine->io);
    auto const wait_until = [&](std::int64_t deadline) {
        return !engine->connections.empty() && steady_ms() < deadline;
    };
    std::int64_t const polite = steady_ms() + grace.count();
    while (wait_until(polite)) {
        timer.expires_after(stop_poll);
        co_await timer.async_wait(quietly);
    }
    auto const left = engine->connections;
    for (Connection* connection : left) connection->cut();
    std::int64_t const forced = steady_ms() + cut_patience.count();
    while (wait_until(forced)) {
        timer.expires_after(stop_poll);
        co_await timer.async_wait(quietly);
    }
    engine->sweep_timer.cancel();
}

void Server::end_streams(const std::function<bool(const Request&)>& ends)
{
    auto const open = engine_->connections; // ending one may remove it
    for (Connection* connection : open) connection->end_stream(ends);
}

std::size_t Server::connections() const
{
    return engine_->connections.size();
}

std::uint64_t Server::refused() const
{
    return engine_->refused;
}

} // namespace pix::http
