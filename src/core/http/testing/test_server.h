#pragma once
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/http/server.h"
#include "core/http/testing/raw_client.h"

namespace pix::http::testing {

/// A server on port 0 with its io thread, for tests that talk to it from outside. Fill `routes`, then start().
class TestServer {
public:
    explicit TestServer(DoorKind kind = DoorKind::tools) { door.kind = kind; }
    ~TestServer() { stop(); }
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;

    void route(Method method, std::string path, QuickHandler handler)
    {
        add(method, std::move(path), std::move(handler));
    }
    void slow_route(Method method, std::string path, Handler handler)
    {
        add(method, std::move(path), std::move(handler));
    }
    Route& add(Method method, std::string path, std::variant<Handler, QuickHandler, SocketHandler> handler)
    {
        Route row;
        row.method = method;
        row.path = std::move(path);
        row.handler = std::move(handler);
        row.access = Access::anyone;
        routes.push_back(std::move(row));
        return routes.back();
    }

    void start()
    {
        if (auto const added = router.add({Mount{door.kind, prefix, {}}}, std::move(routes)); !added)
            throw std::runtime_error(added.error().message);
        server.emplace(io, router, log.get(), metrics, options);
        auto made = Door::create(door);
        if (!made) throw std::runtime_error(made.error().message);
        made->set_authenticator(authenticator);
        auto opened = server->open(std::move(*made));
        if (!opened) throw std::runtime_error(opened.error().message);
        port = (*opened)->port();
        server->run();
        work.emplace(io.get_executor());
        thread = std::thread([this] { io.run(); });
    }

    /// Runs `fn` on the io thread and returns what it returns.
    template <class Fn>
    auto on_io(Fn fn)
    {
        // Asio takes a packaged task for what to give back: its future.
        std::packaged_task<std::invoke_result_t<Fn>()> task(std::move(fn));
        return asio::post(io, std::move(task)).get();
    }
    /// Stops as the server does it; returns when that is done.
    void stop_with(std::chrono::milliseconds grace) { asio::co_spawn(io, server->stop(grace), asio::use_future).get(); }
    void stop()
    {
        if (!thread.joinable()) return;
        on_io([this] { server.reset(); });
        work.reset();
        // What was cut off ends in the turns that are left; a test that hangs here has found a leak.
        thread.join();
    }
    std::size_t connections()
    {
        return on_io([this] { return server->connections(); });
    }
    /// Waits until `condition` holds on the io thread; false after ten seconds.
    template <class Condition>
    bool eventually(Condition condition)
    {
        auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (std::chrono::steady_clock::now() < deadline) {
            if (on_io(condition)) return true;
            std::this_thread::yield();
        }
        return false;
    }

    RawClient client() const { return RawClient(port); }

    asio::io_context io;
    DoorOptions door;
    std::string prefix;
    ServerOptions options;
    std::vector<Route> routes;
    Router router;
    Metrics metrics;
    Authenticator authenticator;
    std::unique_ptr<AccessLog> log;
    std::optional<Server> server;
    std::uint16_t port = 0;

private:
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
    std::thread thread;
};

} // namespace pix::http::testing
