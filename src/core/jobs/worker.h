#pragma once
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/events/bus.h"
#include "core/jobs/job.h"
#include "core/jobs/job_context.h"
#include "core/jobs/queue.h"

namespace pix::jobs {

/// Runs one job. Its result is the message of the finished job; a failure that may pass (unavailable, timeout,
/// bad_gateway, limit) gives the job another attempt if one is left. Shall end soon after the context is cancelled.
using JobHandler = std::function<awaitable<core::Result<std::string>>(std::shared_ptr<JobContext>)>;

struct WorkerOptions {
    std::string host;                          ///< this machine's name among those of one database
    std::chrono::milliseconds poll{2000};      ///< how often it looks for work without being woken
    std::chrono::milliseconds renew{10'000};   ///< how often leases are renewed and lost jobs looked for
    std::chrono::milliseconds give_up{45'000}; ///< without a renewal for so long, its jobs are stopped
    std::chrono::milliseconds progress{250};   ///< least time between two rows of progress
    std::chrono::milliseconds drain{10'000};   ///< how long running jobs may go on after stop()
    std::chrono::milliseconds grace{5000};     ///< how long cancelled jobs may take to end after that
};

/// Claims jobs and runs their handlers, keeps their leases, and looks after jobs that lost their server.
///
/// Runs on: the io thread.
/// Owns:    the running jobs' contexts. Must live until run() has returned, the queue and database longer.
class Worker {
public:
    Worker(Queue& queue, asio::any_io_executor executor, WorkerOptions options);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// At most `at_once` jobs of this kind run at the same time here. Before run().
    void handle(std::string kind, JobHandler handler, int at_once = 4);
    /// Makes this process known and moves on what dead servers of this host left running. Before anything else runs.
    awaitable<core::Result<void>> open();
    /// Works until stop() and the drain that follows.
    awaitable<void> run();
    /// No new claims; running jobs may end, then are cancelled and handed back.
    void stop();
    /// Looks for work now: the database has changed elsewhere.
    void wake();

    /// Wakes when the journal's stream "jobs" moves, at most ten times a second, until stop(). For PostgreSQL, where
    /// other processes enqueue too; what this process enqueues wakes by itself.
    awaitable<void> listen(events::Bus& bus);

    const WorkerId& id() const { return id_; }
    std::size_t running() const { return running_.size(); }
    /// Takes care of a job that Queue::start claimed for id(): its lease, cancel, deadline and progress. Whoever asked
    /// runs it, finishes it, and then calls release().
    std::shared_ptr<JobContext> adopt(Job job);
    void release(const JobId& id);

private:
    using Time = std::chrono::steady_clock::time_point;

    struct Kind {
        JobHandler handler;
        int at_once = 1;
        int running = 0;
    };
    struct Running {
        std::shared_ptr<JobContext> context;
        Kind* kind = nullptr; ///< null for an adopted job
    };
    /// What store threads hold to wake this worker, if it still exists.
    struct Waker;

    std::shared_ptr<JobContext> hold(Job job, Kind* kind);
    void let_go(const JobId& id);
    awaitable<void> run_job(std::shared_ptr<JobContext> context, JobHandler handler);
    awaitable<void> settle(std::shared_ptr<JobContext> context, core::Result<std::string> result);
    awaitable<void> claim_jobs();
    awaitable<void> renew_leases();
    awaitable<void> reap_jobs();
    awaitable<void> look_for_cancels();
    awaitable<void> save_progress();
    awaitable<void> hand_back_rest();
    bool shall_end();
    Time next_time() const;
    void cancel(const Claim& claim, CancelReason reason);

    Queue& queue_;
    asio::any_io_executor executor_;
    WorkerOptions options_;
    WorkerId id_ = WorkerId::make();
    ProcessMark mark_;
    std::map<std::string, Kind, std::less<>> kinds_;
    std::map<JobId, Running> running_;
    std::shared_ptr<Waker> waker_;
    asio::steady_timer timer_;
    bool woken_ = true;
    bool progress_waits_ = false;
    Time next_poll_, next_renew_, next_progress_, last_renewed_;
    std::optional<Time> stop_asked_at_;
    bool cancelled_rest_ = false;
};

} // namespace pix::jobs
