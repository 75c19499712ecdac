#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <list>

#include "core/base/async.h"

namespace pix::process {

/// Lets coroutines wait until someone says that something changed. Check the condition before and after: a ring
/// without a waiter is not remembered.
///
/// Runs on: the io thread.
class Notice {
public:
    using Clock = std::chrono::steady_clock;

    Notice() = default;
    Notice(const Notice&) = delete;
    Notice& operator=(const Notice&) = delete;

    /// Finishes at the next ring() or at `deadline`. Safe to cancel. The Notice must outlive the wait.
    awaitable<void> wait(Clock::time_point deadline);
    /// Wakes everyone who waits now.
    void ring();

private:
    std::list<asio::steady_timer*> waiting_;
};

} // namespace pix::process
