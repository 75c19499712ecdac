#pragma once
#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/events/bus.h"
#include "core/events/journal.h"
#include "core/store/notification.h"

namespace pix::events {

/// Carries the news that the journal has grown between the servers of one PostgreSQL database. With SQLite there is one
/// server and nothing to carry.
///
/// A notification has no content, is sent outside the writing transaction and at most 20 times a second; what moved is
/// read from the journal, which is also looked at every 2 seconds, so that a lost notification costs time only.
///
/// Runs on: the io thread, but for appended().
/// Owns:    the listening connection.
class Relay {
public:
    /// Errors: those of the store. Null for SQLite.
    static core::Result<std::unique_ptr<Relay>> open(asio::io_context& io, store::Database& database, Journal& journal,
                                                     Bus& bus);

    /// This server has appended: tell the others soon. Thread-safe.
    void appended();
    /// Wakes the bus for what others append, and tells them of ours, until stop().
    awaitable<void> run();
    void stop();

private:
    Relay(asio::io_context& io, store::Database& database, Journal& journal, Bus& bus);
    awaitable<void> notify();
    awaitable<void> read_news();

    struct Waker;
    store::Database& database_;
    Journal& journal_;
    Bus& bus_;
    std::shared_ptr<Waker> waker_; // shared with the listener's thread, which may call once more while we end
    std::unique_ptr<store::NotificationListener> listener_;
    Position seen_;
    bool stopping_ = false;
};

} // namespace pix::events
