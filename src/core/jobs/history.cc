// The part of the queue that people ask: one job, lists of jobs, and what is old enough to go.
#include "core/base/text.h"
#include "core/jobs/job_rows.h"
#include "core/jobs/queue.h"

namespace pix::jobs {

namespace {

constexpr int max_page = 500;

/// `text` as a LIKE pattern for "contains", escaped with '!'.
std::string containing(std::string_view text)
{
    std::string pattern = "%";
    for (char const c : core::lower(text)) {
        if (c == '%' || c == '_' || c == '!') pattern += '!';
        pattern += c;
    }
    return pattern + "%";
}

/// States as literals: only so do the partial indexes serve. Nothing when every state is asked for.
std::string condition_on(const std::vector<JobState>& states)
{
    if (states.empty()) return "";
    bool any_final = false;
    std::string list;
    for (JobState const state : states) {
        any_final = any_final || is_final(state);
        list += (list.empty() ? "'" : ", '") + std::string(name_of(state)) + "'";
    }
    std::string const in = states.size() == 1 ? "state = " + list : "state IN (" + list + ")";
    return any_final ? in : "finished_at IS NULL AND " + in;
}

} // namespace

core::Result<std::optional<Job>> Queue::load_row(store::Connection& tx, const JobId& id)
{
    static const Statement sql("SELECT {columns} FROM jobs WHERE id = $1");
    PIX_TRY(auto const rows, tx.query(sql.of(tx.dialect()), {id}));
    if (rows.empty()) return std::nullopt;
    PIX_TRY(Job job, job_of(rows.at(0)));
    return job;
}

core::Result<Job> Queue::load(store::Connection& tx, const JobId& id)
{
    std::string const sql = with_time("SELECT {columns}, job_payloads.payload FROM jobs JOIN job_payloads ON "
                                      "job_payloads.job = jobs.id WHERE jobs.id = $1",
                                      tx.dialect());
    PIX_TRY(auto const rows, tx.query(sql, {core::to_utf8(id.text())}));
    if (rows.empty())
        return core::fail(core::Errc::not_found, "there is no job " + core::shorten(core::to_utf8(id.text()), 100));
    return job_of(rows.at(0));
}

core::Result<JobPage> Queue::list(store::Connection& tx, const JobFilter& filter, const std::string& cursor, int limit)
{
    std::vector<std::string> conditions;
    store::Args args;
    auto const add = [&](const std::string& condition, store::Value value) {
        args.push_back(std::move(value));
        conditions.push_back(condition + " $" + std::to_string(args.size()));
    };
    if (!cursor.empty()) add("id <", cursor);
    if (!filter.area.empty()) add("area =", filter.area);
    if (!filter.kind.empty()) add("kind =", filter.kind);
    if (!filter.text.empty()) {
        add("search LIKE", containing(filter.text));
        conditions.back() += " ESCAPE '!'";
    }
    if (auto condition = condition_on(filter.states); !condition.empty()) conditions.push_back(std::move(condition));

    std::string sql = "SELECT {columns} FROM jobs";
    for (std::size_t i = 0; i < conditions.size(); ++i) sql += (i == 0 ? " WHERE " : " AND ") + conditions[i];
    int const size = std::clamp(limit, 1, max_page);
    args.emplace_back(size + 1);
    sql += " ORDER BY id DESC LIMIT $" + std::to_string(args.size());
    PIX_TRY(auto const rows, tx.query(with_time(sql, tx.dialect()), args));

    JobPage page;
    for (const store::Row& row : rows) {
        if (page.jobs.size() == static_cast<std::size_t>(size)) {
            page.next = page.jobs.back().id.text();
            break;
        }
        PIX_TRY(Job job, job_of(row));
        page.jobs.push_back(std::move(job));
    }
    return page;
}

core::Result<std::int64_t> Queue::remove_finished(store::Connection& tx, core::Millis before, int limit)
{
    return tx.execute("DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE finished_at < $1 ORDER BY id LIMIT $2)",
                      {before, limit});
}

} // namespace pix::jobs
