#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/events/journal.h"
#include "core/jobs/job.h"
#include "core/jobs/process_mark.h"
#include "core/store/database.h"
#include "core/store/migration.h"

namespace pix::jobs {

/// The tables of the queue; numbers 200 to 299.
extern const std::vector<store::Migration> job_migrations;

/// How long a claim holds without being renewed. Renewed every 10 s; after 45 s without success a worker gives its jobs
/// up itself, so that two never run the same job.
constexpr auto lease_time = std::chrono::seconds(60);

/// What a worker holds: a job and the epoch of its claim.
struct Claim {
    JobId id;
    std::int64_t epoch = 0;
};

/// What renewing found out about the jobs of one worker.
struct Renewal {
    std::vector<Claim> fenced; ///< no longer this worker's: stop them, their results are refused
    std::vector<Claim> cancel; ///< somebody asked for it
};

/// Every job there is: enqueued, claimed, renewed, finished, found again after a crash.
///
/// Each change of state appends to the journal stream "jobs" (job_enqueued, job_started, job_progress, job_retried,
/// job_cancel_requested, job_finished; data as to_json gives it) in the same transaction.
///
/// Runs on: functions with a Connection inside a transaction; the coroutines on the io thread. Thread-safe.
/// Units:   all times are the database's own clock, so that servers need not agree on theirs.
/// Errors:  Errc::not_found (no such job), Errc::conflict (finished already, or no longer this worker's),
///          Errc::too_large (payload over 1 MiB), Errc::invalid.
class Queue {
public:
    /// Called in the transaction in which the queue itself ends or retries a job, so that the area's row follows: lost
    /// with its server, cancelled while it waited, failed or finished by its handler's result. Not called by finish().
    using Follow = std::function<core::Result<void>(store::Connection& tx, const Job& job)>;

    Queue(store::Database& database, events::Journal& journal);

    /// Registered at construction of the areas, before any job runs.
    void follow(std::string kind, Follow follow);
    /// Called on a store thread after each commit that made a job ready or asked for a cancel; it must only post.
    void on_change(std::function<void()> wake);

    core::Result<JobId> enqueue(store::Connection& tx, const JobSpec& spec);
    /// Enqueues a job that `worker` has claimed already: attempt 1, epoch 1.
    core::Result<JobId> start(store::Connection& tx, const JobSpec& spec, const WorkerId& worker);
    /// Ends a running job. Commit it with Durability::full. Errc::conflict means that the result comes too late.
    core::Result<void> finish(store::Connection& tx, const JobId& id, std::int64_t epoch, JobState state,
                              std::string_view message);
    /// The same with the kind's Follow; a failure that may pass waits for another attempt if one is left. Where it
    /// went.
    core::Result<JobState> settle(store::Connection& tx, const JobId& id, std::int64_t epoch, JobState state,
                                  std::string_view message, bool may_pass);
    /// Hands a running job back: it waits again, or fails, as its on_loss says.
    core::Result<JobState> hand_back(store::Connection& tx, const JobId& id, std::int64_t epoch);
    core::Result<void> progress(store::Connection& tx, const JobId& id, std::int64_t epoch, double fraction,
                                std::string_view text);

    /// The ready jobs of these kinds that should run next, now running for `worker`. One statement.
    core::Result<std::vector<Job>> claim(store::Connection& tx, const WorkerId& worker,
                                         const std::vector<std::string>& kinds, int limit);
    /// Prolongs the leases of these jobs of `worker`. One statement.
    core::Result<Renewal> renew(store::Connection& tx, const WorkerId& worker, const std::vector<Claim>& claims);
    /// Jobs of `worker` that somebody wants cancelled, without prolonging anything.
    core::Result<std::vector<JobId>> cancel_requests(store::Connection& tx, const WorkerId& worker);
    /// Ends a waiting job at once; a running one is told. Errc::conflict if it has finished.
    core::Result<JobState> request_cancel(store::Connection& tx, const JobId& id, const core::Actor& actor);
    /// The same job once more, from the start.
    core::Result<JobId> repeat(store::Connection& tx, const JobId& id, const core::Actor& actor);

    core::Result<void> add_worker(store::Connection& tx, const WorkerId& worker, const ProcessMark& mark);
    core::Result<void> remove_worker(store::Connection& tx, const WorkerId& worker);
    /// Moves on every job whose lease has run out, and, at once, those whose server is seen to be dead from here; how
    /// many.
    core::Result<int> reap(store::Connection& tx, const ProcessMark& me);

    core::Result<Job> load(store::Connection& tx, const JobId& id);
    core::Result<JobPage> list(store::Connection& tx, const JobFilter& filter, const std::string& cursor, int limit);
    /// Deletes jobs that finished before `before`; how many.
    core::Result<std::int64_t> remove_finished(store::Connection& tx, core::Millis before, int limit = 1000);

    awaitable<core::Result<JobId>> enqueue(JobSpec spec);
    awaitable<core::Result<JobState>> request_cancel(JobId id, core::Actor actor);
    awaitable<core::Result<JobId>> repeat(JobId id, core::Actor actor);
    awaitable<core::Result<Job>> load(JobId id);
    awaitable<core::Result<JobPage>> list(JobFilter filter, std::string cursor, int limit);

    store::Database& database() { return database_; }

private:
    core::Result<JobId> insert(store::Connection& tx, const JobSpec& spec, const WorkerId* worker);
    core::Result<void> tell(store::Connection& tx, std::string_view event, const Job& job, const core::Actor& actor);
    core::Result<void> run_follow(store::Connection& tx, const Job& job);
    core::Result<std::optional<Job>> load_row(store::Connection& tx, const JobId& id);
    core::Result<Job> end(store::Connection& tx, const JobId& id, std::int64_t epoch, JobState state,
                          std::string_view message);
    core::Result<Job> wait_again(store::Connection& tx, const JobId& id, std::int64_t epoch,
                                 std::chrono::milliseconds pause, std::string_view message);
    core::Result<Job> lose(store::Connection& tx, const Job& job);
    core::Result<std::vector<Job>> lost_jobs(store::Connection& tx, const ProcessMark& me);
    void wake_after_commit(store::Connection& tx);

    store::Database& database_;
    events::Journal& journal_;
    std::map<std::string, Follow, std::less<>> follows_; ///< complete before any job runs
    std::function<void()> wake_;                         ///< set before any job runs
};

} // namespace pix::jobs
