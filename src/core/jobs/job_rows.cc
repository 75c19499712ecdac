#include "core/jobs/job_rows.h"

#include "core/jobs/queue.h"

namespace pix::jobs {

const std::vector<store::Migration> job_migrations{
    {200, "jobs", R"(
CREATE TABLE jobs (
    id {text} NOT NULL PRIMARY KEY,
    kind {text} NOT NULL,
    area {text} NOT NULL,
    title {text} NOT NULL,
    search {text} NOT NULL, -- the title in ASCII lower case
    link {text} NOT NULL,
    state {text} NOT NULL,
    message {text} NOT NULL,
    progress {real},
    progress_text {text} NOT NULL,
    actor_kind {text} NOT NULL,
    actor_id {text} NOT NULL,
    priority {int} NOT NULL,
    run_after {int} NOT NULL,
    deadline_ms {int} NOT NULL,
    attempt {int} NOT NULL,
    max_attempts {int} NOT NULL,
    epoch {int} NOT NULL,
    on_loss {text} NOT NULL,
    lost_message {text} NOT NULL,
    worker {text},
    lease_until {int},
    cancel_requested_at {int},
    parent {text},
    repeat_of {text},
    created_at {int} NOT NULL,
    started_at {int},
    finished_at {int}
);
-- Apart from the rest, so that lists and changes of state do not move it.
CREATE TABLE job_payloads (
    job {text} NOT NULL PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    payload {text} NOT NULL
);
CREATE TABLE job_workers (
    id {text} NOT NULL PRIMARY KEY,
    host {text} NOT NULL,
    boot {text} NOT NULL,
    pid_space {text} NOT NULL,
    pid {int} NOT NULL,
    start_ticks {int} NOT NULL,
    added_at {int} NOT NULL
);
CREATE INDEX jobs_ready ON jobs (priority DESC, run_after, id) WHERE state = 'waiting';
CREATE INDEX jobs_running ON jobs (worker, id) WHERE state = 'running';
CREATE INDEX jobs_unfinished ON jobs (id) WHERE finished_at IS NULL;
CREATE INDEX jobs_failed ON jobs (id) WHERE state = 'failed';
CREATE INDEX jobs_cancelled ON jobs (id) WHERE state = 'cancelled';
CREATE INDEX jobs_by_area ON jobs (area, id);
CREATE INDEX jobs_by_kind ON jobs (kind, id);
CREATE INDEX jobs_by_parent ON jobs (parent) WHERE parent IS NOT NULL;
)",
     "", R"(
-- Rows change a few times each: room for the new versions beside the old, and an early clean-up.
ALTER TABLE jobs SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
)"},
};

const std::string_view job_columns =
    "jobs.id, jobs.kind, jobs.area, jobs.title, jobs.link, jobs.state, jobs.message, jobs.progress, "
    "jobs.progress_text, jobs.actor_kind, jobs.actor_id, jobs.priority, jobs.run_after, jobs.deadline_ms, "
    "jobs.attempt, "
    "jobs.max_attempts, jobs.epoch, jobs.on_loss, jobs.lost_message, jobs.worker, jobs.lease_until, "
    "jobs.cancel_requested_at, jobs.parent, jobs.repeat_of, jobs.created_at, jobs.started_at, jobs.finished_at";

core::Result<Job> job_of(const store::Row& row)
{
    Job job;
    std::size_t i = 0;
    job.id = JobId(row.text(i++));
    job.kind = row.text(i++);
    job.area = row.text(i++);
    job.title = row.text(i++);
    job.link = row.text(i++);
    auto const state = job_state_of(row.text(i++));
    if (!state) return core::fail(core::Errc::internal, "the job " + job.id.text() + " has an unknown state");
    job.state = *state;
    job.message = row.text(i++);
    job.progress = row.maybe_real(i++);
    job.progress_text = row.text(i++);
    job.actor.kind = row.text(i++);
    job.actor.id = row.text(i++);
    job.priority = static_cast<int>(row.integer(i++));
    job.run_after = row.integer(i++);
    job.deadline = std::chrono::milliseconds(row.integer(i++));
    job.attempt = static_cast<int>(row.integer(i++));
    job.max_attempts = static_cast<int>(row.integer(i++));
    job.epoch = row.integer(i++);
    job.on_loss = row.text(i++) == "retry" ? OnLoss::retry : OnLoss::fail;
    job.lost_message = row.text(i++);
    if (auto worker = row.maybe_text(i++)) job.worker = WorkerId(*worker);
    job.lease_until = row.maybe_integer(i++);
    job.cancel_requested = !row.is_null(i++);
    if (auto parent = row.maybe_text(i++)) job.parent = JobId(*parent);
    if (auto repeated = row.maybe_text(i++)) job.repeat_of = JobId(*repeated);
    job.created_at = row.integer(i++);
    job.started_at = row.maybe_integer(i++);
    job.finished_at = row.maybe_integer(i++);
    if (i < row.size() && !row.is_null(i)) {
        PIX_TRY(job.payload, core::parse_json(row.text(i)));
    }
    return job;
}

std::string with_time(std::string_view sql, store::Dialect dialect)
{
    // Both are the time of the statement; within SQLite's one statement 'now' stands still.
    std::string_view const now = dialect == store::Dialect::sqlite
                                     ? "CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER)"
                                     : "CAST(extract(epoch FROM statement_timestamp()) * 1000 AS bigint)";
    std::string out;
    out.reserve(sql.size() + 256);
    while (!sql.empty()) {
        std::size_t const brace = sql.find('{');
        out += sql.substr(0, brace);
        if (brace == std::string_view::npos) break;
        sql.remove_prefix(brace);
        if (sql.starts_with("{now}")) {
            out += now;
            sql.remove_prefix(5);
        } else if (sql.starts_with("{columns}")) {
            out += job_columns;
            sql.remove_prefix(9);
        } else {
            out += '{';
            sql.remove_prefix(1);
        }
    }
    return out;
}

Statement::Statement(std::string_view sql)
    : sqlite_(with_time(sql, store::Dialect::sqlite)), postgresql_(with_time(sql, store::Dialect::postgresql))
{}

} // namespace pix::jobs
