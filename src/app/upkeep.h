#pragma once
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "core/base/async.h"
#include "core/base/clock.h"
#include "core/events/journal.h"
#include "core/jobs/queue.h"
#include "core/store/database.h"

namespace pix::app {

/// Keeps the history finite: once an hour, finished jobs older than `keep` and old events of the stream "jobs" go.
/// Rows of the areas, such as runs, are not touched.
///
/// Runs on: the io thread; the database work on the store's.
class Upkeep {
public:
    Upkeep(asio::io_context& io, store::Database& database, jobs::Queue& queue, events::Journal& journal,
           const core::Clock& clock, std::chrono::hours keep);

    /// Until stop().
    awaitable<void> run();
    void stop();

    /// One round. Errors: those of the database; what was removed before stays removed.
    awaitable<core::Result<void>> tidy();

private:
    store::Database& database_;
    jobs::Queue& queue_;
    events::Journal& journal_;
    const core::Clock& clock_;
    std::chrono::hours keep_;
    asio::steady_timer timer_;
    bool stopping_ = false;
};

} // namespace pix::app
