#pragma once
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/base/async.h"

namespace pix::events {

class Bus;

/// Hears which streams have moved, until it goes.
///
/// Runs on: the io thread; one waiter at a time.
class Subscription {
public:
    Subscription(Subscription&&) noexcept;
    Subscription& operator=(Subscription&&) = delete;
    ~Subscription();

    /// What has moved since the last call.
    struct Moved {
        std::vector<std::string> streams; ///< each once; empty after `timeout` and at the bus's end
        bool lagged = false;              ///< more streams moved than are remembered: read all that matter
        bool closed = false;              ///< the bus has ended
    };
    awaitable<Moved> changed(std::chrono::milliseconds timeout);

private:
    friend class Bus;
    struct State;
    explicit Subscription(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_; // shared with the bus until one of them goes
};

/// Tells within this process that streams have moved. What moved is read from the journal or the live stream; the bus
/// only wakes, so nothing is lost by a slow subscriber.
///
/// Runs on: the io thread, but for wake_from_any_thread().
class Bus {
public:
    /// Streams that one subscription remembers before it is told that it lagged.
    static constexpr std::size_t max_pending = 1024;

    explicit Bus(asio::io_context& io);
    ~Bus();
    Bus(const Bus&) = delete;
    Bus& operator=(const Bus&) = delete;

    /// A stream's name, or a prefix that ends in "/*"; "*" hears everything.
    Subscription subscribe(std::string pattern);

    void wake(const std::string& stream);
    /// Many wakes before the io thread runs cost one post. Thread-safe; harmless after close().
    void wake_from_any_thread(const std::string& stream);

    /// Ends every wait; later subscriptions are closed from the start.
    void close();

private:
    struct State;
    std::shared_ptr<State> state_; // shared with posted wakes and subscriptions
};

} // namespace pix::events
