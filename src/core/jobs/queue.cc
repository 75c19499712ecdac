#include "core/jobs/queue.h"

#include "core/base/text.h"
#include "core/jobs/job_rows.h"

namespace pix::jobs {

namespace {

constexpr std::string_view stream = "jobs";
constexpr std::size_t max_payload_bytes = 1024 * 1024;
constexpr std::size_t max_title_bytes = 500;
constexpr std::size_t max_message_bytes = 4096;

/// Outside text as a column may hold it.
std::string clean(std::string_view text, std::size_t max_bytes)
{
    std::string clean = core::to_utf8(text);
    std::replace(clean.begin(), clean.end(), '\0', ' ');
    return core::shorten(clean, max_bytes);
}

std::unexpected<core::Error> no_such_job(const JobId& id)
{
    return core::fail(core::Errc::not_found, "there is no job " + clean(id.text(), 100));
}

std::unexpected<core::Error> too_late(const JobId& id)
{
    return core::fail(core::Errc::conflict, "the job " + id.text() + " has ended or was given to another worker");
}

/// 2 s, 4 s, 8 s … 5 minutes: long enough for whatever was missing to come back.
std::chrono::milliseconds pause_after(int attempt)
{
    return std::chrono::milliseconds(attempt > 8 ? 300'000 : 1000 << attempt);
}

} // namespace

Queue::Queue(store::Database& database, events::Journal& journal) : database_(database), journal_(journal) {}

void Queue::follow(std::string kind, Follow follow)
{
    follows_[std::move(kind)] = std::move(follow);
}

void Queue::on_change(std::function<void()> wake)
{
    wake_ = std::move(wake);
}

void Queue::wake_after_commit(store::Connection& tx)
{
    if (wake_) tx.after_commit(wake_);
}

core::Result<void> Queue::tell(store::Connection& tx, std::string_view event, const Job& job, const core::Actor& actor)
{
    PIX_CHECK(journal_.append(tx, stream, event, to_json(job), actor));
    return {};
}

core::Result<void> Queue::run_follow(store::Connection& tx, const Job& job)
{
    auto const follow = follows_.find(job.kind);
    if (follow == follows_.end()) return {};
    return follow->second(tx, job);
}

core::Result<JobId> Queue::insert(store::Connection& tx, const JobSpec& spec, const WorkerId* worker)
{
    if (spec.kind.empty()) return core::fail(core::Errc::invalid, "a job needs a kind");
    if (spec.max_attempts < 1 || spec.max_attempts > 100) {
        return core::fail(core::Errc::invalid, "a job's max_attempts is 1 to 100");
    }
    std::string const payload = core::to_text(spec.payload);
    if (payload.size() > max_payload_bytes) {
        return core::fail(core::Errc::too_large,
                          "a job's payload has " + core::human_bytes(payload.size()) + ", at most 1 MiB is kept");
    }
    std::string const title = clean(spec.title, max_title_bytes);
    JobId id = JobId::make();
    bool const running = worker != nullptr;
    auto const lease_ms = std::chrono::milliseconds(lease_time).count();
    static const Statement sql(
        "INSERT INTO jobs (id, kind, area, title, search, link, state, message, progress_text, actor_kind, actor_id, "
        "priority, run_after, deadline_ms, attempt, max_attempts, epoch, on_loss, lost_message, worker, lease_until, "
        "parent, repeat_of, created_at, started_at) VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', $8, $9, $10, "
        "CASE WHEN $11 > 0 THEN $11 ELSE {now} END, $12, $13, $14, $13, $15, $16, $17, "
        "CASE WHEN $13 > 0 THEN {now} + $18 END, $19, $20, {now}, CASE WHEN $13 > 0 THEN {now} END) RETURNING "
        "{columns}");
    PIX_TRY(auto const rows, tx.query(sql.of(tx.dialect()), {id,
                                                             spec.kind,
                                                             spec.area,
                                                             title,
                                                             core::lower(title),
                                                             clean(spec.link, 2000),
                                                             name_of(running ? JobState::running : JobState::waiting),
                                                             spec.actor.kind,
                                                             spec.actor.id,
                                                             spec.priority,
                                                             spec.run_after,
                                                             spec.deadline.count(),
                                                             running,
                                                             spec.max_attempts,
                                                             spec.on_loss == OnLoss::retry ? "retry" : "fail",
                                                             clean(spec.lost_message, max_message_bytes),
                                                             running ? store::Value(*worker) : store::Value(),
                                                             lease_ms,
                                                             spec.parent,
                                                             spec.repeat_of}));
    PIX_CHECK(tx.execute("INSERT INTO job_payloads (job, payload) VALUES ($1, $2)", {id, payload}));
    PIX_TRY(Job const job, job_of(rows.at(0)));
    PIX_CHECK(tell(tx, running ? "job_started" : "job_enqueued", job, spec.actor));
    return id;
}

core::Result<JobId> Queue::enqueue(store::Connection& tx, const JobSpec& spec)
{
    wake_after_commit(tx);
    return insert(tx, spec, nullptr);
}

core::Result<JobId> Queue::start(store::Connection& tx, const JobSpec& spec, const WorkerId& worker)
{
    return insert(tx, spec, &worker);
}

core::Result<Job> Queue::end(store::Connection& tx, const JobId& id, std::int64_t epoch, JobState state,
                             std::string_view message)
{
    if (!is_final(state)) return core::fail(core::Errc::internal, "a job cannot end as " + std::string(name_of(state)));
    static const Statement sql("UPDATE jobs SET state = $3, message = $4, finished_at = {now}, lease_until = NULL, "
                               "epoch = epoch + 1 WHERE id = $1 AND epoch = $2 AND finished_at IS NULL "
                               "RETURNING {columns}");
    PIX_TRY(auto const rows,
            tx.query(sql.of(tx.dialect()), {id, epoch, name_of(state), clean(message, max_message_bytes)}));
    if (rows.empty()) return too_late(id);
    return job_of(rows.at(0));
}

core::Result<Job> Queue::wait_again(store::Connection& tx, const JobId& id, std::int64_t epoch,
                                    std::chrono::milliseconds pause, std::string_view message)
{
    static const Statement sql(
        "UPDATE jobs SET state = 'waiting', message = $3, run_after = {now} + $4, worker = NULL, "
        "lease_until = NULL, progress = NULL, progress_text = '', epoch = epoch + 1 "
        "WHERE id = $1 AND epoch = $2 AND state = 'running' RETURNING {columns}");
    PIX_TRY(auto const rows,
            tx.query(sql.of(tx.dialect()), {id, epoch, clean(message, max_message_bytes), pause.count()}));
    if (rows.empty()) return too_late(id);
    wake_after_commit(tx);
    return job_of(rows.at(0));
}

core::Result<void> Queue::finish(store::Connection& tx, const JobId& id, std::int64_t epoch, JobState state,
                                 std::string_view message)
{
    PIX_TRY(Job const job, end(tx, id, epoch, state, message));
    return tell(tx, "job_finished", job, core::Actor::system());
}

core::Result<JobState> Queue::settle(store::Connection& tx, const JobId& id, std::int64_t epoch, JobState state,
                                     std::string_view message, bool may_pass)
{
    Job job;
    PIX_TRY(auto const before, load_row(tx, id));
    if (!before) return no_such_job(id);
    bool const again =
        state == JobState::failed && may_pass && before->attempt < before->max_attempts && !before->cancel_requested;
    if (again) {
        PIX_TRY(job, wait_again(tx, id, epoch, pause_after(before->attempt), message));
    } else {
        PIX_TRY(job, end(tx, id, epoch, state, message));
    }
    PIX_CHECK(run_follow(tx, job));
    PIX_CHECK(tell(tx, again ? "job_retried" : "job_finished", job, core::Actor::system()));
    return job.state;
}

core::Result<Job> Queue::lose(store::Connection& tx, const Job& job)
{
    if (job.cancel_requested) return end(tx, job.id, job.epoch, JobState::cancelled, "cancelled");
    if (job.on_loss == OnLoss::retry && job.attempt < job.max_attempts) {
        return wait_again(tx, job.id, job.epoch, std::chrono::milliseconds(0), job.lost_message);
    }
    return end(tx, job.id, job.epoch, JobState::failed, job.lost_message);
}

core::Result<JobState> Queue::hand_back(store::Connection& tx, const JobId& id, std::int64_t epoch)
{
    PIX_TRY(auto const before, load_row(tx, id));
    if (!before) return no_such_job(id);
    if (before->epoch != epoch) return too_late(id);
    PIX_TRY(Job const job, lose(tx, *before));
    PIX_CHECK(run_follow(tx, job));
    PIX_CHECK(tell(tx, is_final(job.state) ? "job_finished" : "job_retried", job, core::Actor::system()));
    return job.state;
}

core::Result<void> Queue::progress(store::Connection& tx, const JobId& id, std::int64_t epoch, double fraction,
                                   std::string_view text)
{
    static const Statement sql("UPDATE jobs SET progress = $3, progress_text = $4 WHERE id = $1 AND epoch = $2 "
                               "AND state = 'running' RETURNING {columns}");
    double const bounded = fraction >= 0 ? std::min(fraction, 1.0) : 0.0;
    PIX_TRY(auto const rows, tx.query(sql.of(tx.dialect()), {id, epoch, bounded, clean(text, max_title_bytes)}));
    if (rows.empty()) return too_late(id);
    PIX_TRY(Job const job, job_of(rows.at(0)));
    return tell(tx, "job_progress", job, core::Actor::system());
}

core::Result<JobState> Queue::request_cancel(store::Connection& tx, const JobId& id, const core::Actor& actor)
{
    static const Statement sql("UPDATE jobs SET cancel_requested_at = coalesce(cancel_requested_at, {now}) "
                               "WHERE id = $1 AND finished_at IS NULL "
                               "RETURNING {columns}");
    PIX_TRY(auto const rows, tx.query(sql.of(tx.dialect()), {id}));
    if (rows.empty()) {
        PIX_TRY(auto const finished, load_row(tx, id));
        if (!finished) return no_such_job(id);
        return core::fail(core::Errc::conflict, "the job has ended: it " + std::string(name_of(finished->state)));
    }
    PIX_TRY(Job job, job_of(rows.at(0)));
    if (job.state == JobState::running) {
        wake_after_commit(tx);
        PIX_CHECK(tell(tx, "job_cancel_requested", job, actor));
        return job.state;
    }
    PIX_TRY(job, end(tx, id, job.epoch, JobState::cancelled, "cancelled"));
    PIX_CHECK(run_follow(tx, job));
    PIX_CHECK(tell(tx, "job_finished", job, actor));
    return job.state;
}

core::Result<JobId> Queue::repeat(store::Connection& tx, const JobId& id, const core::Actor& actor)
{
    PIX_TRY(Job job, load(tx, id));
    JobSpec spec;
    spec.kind = std::move(job.kind);
    spec.title = std::move(job.title);
    spec.area = std::move(job.area);
    spec.link = std::move(job.link);
    spec.payload = std::move(job.payload);
    spec.actor = actor;
    spec.priority = job.priority;
    spec.deadline = job.deadline;
    spec.max_attempts = job.max_attempts;
    spec.on_loss = job.on_loss;
    spec.lost_message = std::move(job.lost_message);
    spec.parent = std::move(job.parent);
    spec.repeat_of = id;
    return enqueue(tx, spec);
}

awaitable<core::Result<JobId>> Queue::enqueue(JobSpec spec)
{
    auto body = [this, spec = std::move(spec)](store::Connection& tx) { return enqueue(tx, spec); };
    co_return co_await database_.write(std::move(body));
}

awaitable<core::Result<JobState>> Queue::request_cancel(JobId id, core::Actor actor)
{
    auto body = [this, id = std::move(id), actor = std::move(actor)](store::Connection& tx) {
        return request_cancel(tx, id, actor);
    };
    co_return co_await database_.write(std::move(body), store::Durability::full);
}

awaitable<core::Result<JobId>> Queue::repeat(JobId id, core::Actor actor)
{
    auto body = [this, id = std::move(id), actor = std::move(actor)](store::Connection& tx) {
        return repeat(tx, id, actor);
    };
    co_return co_await database_.write(std::move(body));
}

awaitable<core::Result<Job>> Queue::load(JobId id)
{
    auto body = [this, id = std::move(id)](store::Connection& tx) { return load(tx, id); };
    co_return co_await database_.read(std::move(body));
}

awaitable<core::Result<JobPage>> Queue::list(JobFilter filter, std::string cursor, int limit)
{
    auto body = [this, filter = std::move(filter), cursor = std::move(cursor), limit](store::Connection& tx) {
        return list(tx, filter, cursor, limit);
    };
    co_return co_await database_.read(std::move(body));
}

} // namespace pix::jobs
