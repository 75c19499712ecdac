#pragma once
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/jobs/job.h"
#include "core/jobs/queue.h"

namespace pix::jobs {

/// Why a running job should end.
enum class CancelReason {
    none,
    asked,    ///< somebody pressed cancel
    deadline, ///< the attempt took longer than JobSpec::deadline
    lost,     ///< the lease is gone: another worker may run it now, its result would be refused
    stopping, ///< this server stops; the job is handed back
};

/// What a running job knows and may do.
///
/// Runs on: the io thread, except cancelled(), reason() (any thread) and finish() (in a transaction).
/// Shared by the worker and whoever runs the job, whichever ends later.
class JobContext : public std::enable_shared_from_this<JobContext> {
public:
    JobContext(Queue& queue, const asio::any_io_executor& executor, Job job, std::function<void()> on_progress);

    const Job job;

    bool cancelled() const { return reason_ != CancelReason::none; }
    CancelReason reason() const { return reason_; }
    /// `fn` runs once when the job should end; at once if that is so already.
    void on_cancel(std::function<void()> fn);

    /// Stored and told at most 4 times a second; the last one always is.
    void progress(double fraction, std::string text);

    /// Ends the job in the area's own transaction, which shall be committed with Durability::full. The handler's result
    /// is then not stored any more. Errc::conflict: the result comes too late.
    core::Result<void> finish(store::Connection& tx, JobState state, std::string_view message);
    /// True once a finish() has been committed.
    bool is_finished() const { return *finished_; }

private:
    friend class Worker;

    struct Progress {
        double fraction = 0;
        std::string text;
    };

    void cancel(CancelReason reason);
    void start_deadline();

    Queue& queue_;
    std::atomic<CancelReason> reason_ = CancelReason::none;
    std::shared_ptr<std::atomic<bool>> finished_ = std::make_shared<std::atomic<bool>>(false);
    std::vector<std::function<void()>> on_cancel_;
    std::optional<Progress> unsaved_;
    std::function<void()> on_progress_;
    asio::steady_timer deadline_;
};

} // namespace pix::jobs
