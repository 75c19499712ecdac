#pragma once
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <utility>

#include "core/base/async.h"

namespace pix::http {

/// Lets one coroutine sleep until somebody wakes it; costs nothing while nobody sleeps.
///
/// Runs on: the io thread.
/// Owns:    the sleeper's resumption.
class Signal {
public:
    Signal() = default;
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;

    /// Resumes the sleeper in a later turn of the loop.
    void wake()
    {
        if (auto resume = std::exchange(resume_, nullptr)) resume();
    }
    bool has_sleeper() const { return static_cast<bool>(resume_); }

    /// Sleeps until wake(). The caller looks at its condition before and after: there are no stored wake-ups.
    /// Throws operation_aborted when its coroutine is cancelled.
    awaitable<void> wait()
    {
        return asio::async_initiate<const asio::use_awaitable_t<>&, void()>(Start{this}, asio::use_awaitable);
    }

private:
    struct Start {
        Signal* signal;
        template <class Handler>
        void operator()(Handler handler) const
        {
            auto slot = asio::get_associated_cancellation_slot(handler);
            if (slot.is_connected()) {
                slot.assign([signal = signal](asio::cancellation_type) { signal->wake(); });
            }
            signal->resume_ = [handler = std::move(handler)]() mutable {
                auto cleared = asio::get_associated_cancellation_slot(handler);
                if (cleared.is_connected()) cleared.clear();
                auto executor = asio::get_associated_executor(handler);
                asio::post(executor, std::move(handler));
            };
        }
    };

    std::move_only_function<void()> resume_;
};

} // namespace pix::http
