#pragma once
#include <functional>
#include <memory>
#include <string>

#include "core/base/error.h"

namespace pix::store {

/// Hears PostgreSQL's NOTIFY on one channel, over a connection and a thread of its own.
///
/// A notification says only that there is something to read. `on_notified` is also called after every reconnect,
/// because what was sent meanwhile is lost. Notifying is a statement: SELECT pg_notify(channel, '') in a transaction of
/// its own.
///
/// Runs on: `on_notified` on the listener's thread; it must only post. The destructor waits for that thread.
/// Units:   a lost connection is tried again every second; nothing fails meanwhile.
/// Errors:  Errc::invalid (a channel is a lower-case name), Errc::unavailable (eventfd).
class NotificationListener {
public:
    static core::Result<std::unique_ptr<NotificationListener>> open(std::string url, std::string channel,
                                                                    std::function<void()> on_notified);
    ~NotificationListener();
    NotificationListener(const NotificationListener&) = delete;
    NotificationListener& operator=(const NotificationListener&) = delete;

private:
    struct State;
    explicit NotificationListener(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

} // namespace pix::store
