// The part of the queue that workers speak to: claim, renew, and finding what a dead one left.
#include "core/base/text.h"
#include "core/jobs/job_rows.h"
#include "core/jobs/queue.h"

namespace pix::jobs {

namespace {

/// Any number that no other program is likely to lock: one reaper at a time.
constexpr std::int64_t reaper_lock = 0x706978'6a6f62;
/// Jobs moved on by one call of reap(); the next call takes the next ones.
constexpr int reap_limit = 200;

std::string placeholders(std::size_t first, std::size_t count)
{
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) out += ", ";
        out += '$' + std::to_string(first + i);
    }
    return out;
}

} // namespace

core::Result<std::vector<Job>> Queue::claim(store::Connection& tx, const WorkerId& worker,
                                            const std::vector<std::string>& kinds, int limit)
{
    std::vector<Job> jobs;
    if (kinds.empty() || limit < 1) return jobs;
    auto const lease_ms = std::chrono::milliseconds(lease_time).count();
    store::Args args{worker, lease_ms, limit};
    args.insert(args.end(), kinds.begin(), kinds.end());
    std::string const ready = "SELECT id FROM jobs WHERE state = 'waiting' AND run_after <= {now} AND kind IN (" +
                              placeholders(4, kinds.size()) + ") ORDER BY priority DESC, run_after, id LIMIT $3";
    std::string const change = "UPDATE jobs SET state = 'running', worker = $1, lease_until = {now} + $2, "
                               "started_at = {now}, attempt = attempt + 1, epoch = epoch + 1, message = '' ";
    std::string const answer =
        " RETURNING {columns}, (SELECT payload FROM job_payloads WHERE job_payloads.job = jobs.id)";
    std::string const sql = tx.dialect() == store::Dialect::sqlite
                                ? change + "WHERE id IN (" + ready + ")" + answer
                                : "WITH ready AS MATERIALIZED (" + ready + " FOR UPDATE SKIP LOCKED) " + change +
                                      "FROM ready WHERE jobs.id = ready.id" + answer;
    PIX_TRY(auto const rows, tx.query(with_time(sql, tx.dialect()), args));
    for (const store::Row& row : rows) {
        PIX_TRY(Job job, job_of(row));
        jobs.push_back(std::move(job));
    }
    // RETURNING keeps no order.
    std::sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) {
        return std::tuple(-a.priority, a.run_after, a.id) < std::tuple(-b.priority, b.run_after, b.id);
    });
    for (const Job& job : jobs) PIX_CHECK(tell(tx, "job_started", job, core::Actor::system()));
    return jobs;
}

core::Result<Renewal> Queue::renew(store::Connection& tx, const WorkerId& worker, const std::vector<Claim>& claims)
{
    Renewal renewal;
    if (claims.empty()) return renewal;
    json::array ids;
    for (const Claim& claim : claims) ids.push_back(json::string(claim.id.text()));
    std::string const list = tx.dialect() == store::Dialect::sqlite
                                 ? "SELECT value FROM json_each($3)"
                                 : "SELECT json_array_elements_text(CAST($3 AS json))";
    std::string const sql =
        with_time("UPDATE jobs SET lease_until = {now} + $2 WHERE state = 'running' AND worker = $1 "
                  "AND id IN (" +
                      list + ") RETURNING id, epoch, cancel_requested_at",
                  tx.dialect());
    auto const lease_ms = std::chrono::milliseconds(lease_time).count();
    PIX_TRY(auto const rows, tx.query(sql, {worker, lease_ms, core::to_text(ids)}));
    std::map<std::string, const store::Row*> found;
    for (const store::Row& row : rows) found.emplace(row.text(0), &row);
    for (const Claim& claim : claims) {
        auto const row = found.find(claim.id.text());
        if (row == found.end() || row->second->integer(1) != claim.epoch) {
            renewal.fenced.push_back(claim);
        } else if (!row->second->is_null(2)) {
            renewal.cancel.push_back(claim);
        }
    }
    return renewal;
}

core::Result<std::vector<JobId>> Queue::cancel_requests(store::Connection& tx, const WorkerId& worker)
{
    PIX_TRY(auto const rows, tx.query("SELECT id FROM jobs WHERE state = 'running' AND worker = $1 AND "
                                      "cancel_requested_at IS NOT NULL",
                                      {worker}));
    std::vector<JobId> ids;
    ids.reserve(rows.size());
    for (const store::Row& row : rows) ids.emplace_back(row.text(0));
    return ids;
}

core::Result<void> Queue::add_worker(store::Connection& tx, const WorkerId& worker, const ProcessMark& mark)
{
    PIX_CHECK(tx.execute(with_time("INSERT INTO job_workers (id, host, boot, pid_space, pid, start_ticks, added_at) "
                                   "VALUES ($1, $2, $3, $4, $5, $6, {now})",
                                   tx.dialect()),
                         {worker, mark.host, mark.boot, mark.pid_space, mark.pid, mark.start_ticks}));
    return {};
}

core::Result<void> Queue::remove_worker(store::Connection& tx, const WorkerId& worker)
{
    PIX_CHECK(tx.execute("DELETE FROM job_workers WHERE id = $1", {worker}));
    return {};
}

core::Result<std::vector<Job>> Queue::lost_jobs(store::Connection& tx, const ProcessMark& me)
{
    // Whose server is seen to be dead from here need not wait for its lease.
    PIX_TRY(auto const workers, tx.query("SELECT id, host, boot, pid_space, pid, start_ticks FROM job_workers "
                                         "WHERE host = $1",
                                         {me.host}));
    json::array dead;
    for (const store::Row& row : workers) {
        ProcessMark const mark{row.text(1), row.text(2), row.text(3), static_cast<int>(row.integer(4)), row.integer(5)};
        auto const alive = mark.is_alive(me);
        if (alive && !*alive) dead.push_back(json::string(row.text(0)));
    }
    std::string const list = tx.dialect() == store::Dialect::sqlite
                                 ? "SELECT value FROM json_each($1)"
                                 : "SELECT json_array_elements_text(CAST($1 AS json))";
    std::string sql = "SELECT {columns} FROM jobs WHERE state = 'running' AND (lease_until < {now} OR worker IN (" +
                      list + ")) ORDER BY id LIMIT $2";
    if (tx.dialect() == store::Dialect::postgresql) sql += " FOR UPDATE OF jobs SKIP LOCKED";
    PIX_TRY(auto const rows, tx.query(with_time(sql, tx.dialect()), {core::to_text(dead), reap_limit}));
    std::vector<Job> jobs;
    for (const store::Row& row : rows) {
        PIX_TRY(Job job, job_of(row));
        jobs.push_back(std::move(job));
    }
    // The row of a dead worker goes with the last of its jobs.
    if (!dead.empty()) {
        PIX_CHECK(tx.execute("DELETE FROM job_workers WHERE id IN (" + list +
                                 ") AND NOT EXISTS (SELECT 1 FROM jobs "
                                 "WHERE jobs.worker = job_workers.id AND jobs.state = 'running')",
                             {core::to_text(dead)}));
    }
    return jobs;
}

core::Result<int> Queue::reap(store::Connection& tx, const ProcessMark& me)
{
    if (tx.dialect() == store::Dialect::postgresql) {
        PIX_TRY(auto const mine, tx.query("SELECT pg_try_advisory_xact_lock($1)", {reaper_lock}));
        if (!mine.at(0).boolean(0)) return 0;
    }
    PIX_TRY(auto const lost, lost_jobs(tx, me));
    // Jobs, then what belongs to the areas, then the one row of the stream: the order in which everybody locks.
    std::vector<Job> moved;
    for (const Job& job : lost) {
        PIX_TRY(Job after, lose(tx, job));
        moved.push_back(std::move(after));
    }
    for (const Job& job : moved) PIX_CHECK(run_follow(tx, job));
    for (const Job& job : moved) {
        PIX_CHECK(tell(tx, is_final(job.state) ? "job_finished" : "job_retried", job, core::Actor::system()));
    }
    return static_cast<int>(moved.size());
}

} // namespace pix::jobs
