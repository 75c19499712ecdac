// Claim and complete: the queue against a bare loop of the same statements, same database, same sync mode.
//
//   jobs_bench [JOBS]        SQLite in a temporary folder; with PIX_TEST_POSTGRESQL also PostgreSQL
//
// "bare" prepares the statements that one claim and one completion cannot do without (two changes of the job, two
// events with their stream's number) and runs them in a plain loop, two transactions a job, on the database's own C
// interface: no thread, no copy of a row, no JSON. Prints both rates and their ratio; ends with 1 when a ratio is under
// 0.7.
#include <libpq-fe.h>
#include <sqlite3.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "core/jobs/queue.h"
#include "core/store/database.h"

namespace {

using namespace pix;
using Clock = std::chrono::steady_clock;

constexpr double least_ratio = 0.7;
constexpr int batch = 10;

[[noreturn]] void give_up(const std::string& why)
{
    std::fprintf(stderr, "jobs_bench: %s\n", why.c_str());
    std::exit(2);
}

template <class T>
T must(core::Result<T> result)
{
    if (!result) give_up(result.error().message + " " + result.error().detail);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

double rate(int jobs, Clock::time_point start)
{
    return jobs / std::chrono::duration<double>(Clock::now() - start).count();
}

void enqueue(store::Database& database, jobs::Queue& queue, int count)
{
    jobs::JobSpec spec;
    spec.kind = "step";
    spec.title = "A step of a benchmark";
    spec.area = "orchestration";
    spec.link = "/orchestration/runs/1";
    spec.payload = core::json::object{{"prompt", "count to ten"}};
    for (int done = 0; done < count; done += 1000) {
        must(database.write_now([&](store::Connection& tx) -> core::Result<void> {
            for (int i = done; i < std::min(count, done + 1000); ++i) PIX_CHECK(queue.enqueue(tx, spec));
            return {};
        }));
    }
    // Plans as they are once the server has had time to look at the tables.
    must(database.write_now([](store::Connection& tx) { return tx.run_script("ANALYZE"); }));
}

/// One completion on its way, as many of a batch as there are at once: so a server's worker does it.
awaitable<void> finish_one(store::Database& database, jobs::Queue& queue, jobs::Job job, int& done)
{
    auto body = [&queue, id = job.id, epoch = job.epoch](store::Connection& tx) {
        return queue.finish(tx, id, epoch, jobs::JobState::succeeded, "done");
    };
    must(co_await database.write(std::move(body), store::Durability::full));
    ++done;
}

awaitable<void> claim_one_batch(store::Database& database, jobs::Queue& queue, jobs::WorkerId worker, int& claimed,
                                int& done)
{
    auto body = [&queue, worker](store::Connection& tx) { return queue.claim(tx, worker, {"step"}, batch); };
    auto const jobs = must(co_await database.write(std::move(body)));
    claimed = static_cast<int>(jobs.size());
    auto const executor = co_await asio::this_coro::executor;
    for (const jobs::Job& job : jobs) {
        asio::co_spawn(executor, finish_one(database, queue, job, done), asio::detached);
    }
}

double queue_rate(store::Database& database, jobs::Queue& queue, int count)
{
    enqueue(database, queue, count);
    auto const worker = jobs::WorkerId::make();
    auto const start = Clock::now();
    asio::io_context io;
    int done = 0;
    for (int claimed = batch; claimed > 0;) {
        asio::co_spawn(io, claim_one_batch(database, queue, worker, claimed, done), asio::detached);
        io.run();
        io.restart();
    }
    if (done != count) give_up("not every job was done");
    return rate(count, start);
}

constexpr const char* claim_sqlite =
    "UPDATE jobs SET state = 'running', worker = 'bare', lease_until = 9999999999999, started_at = 1, attempt = "
    "attempt + 1, "
    "epoch = epoch + 1 WHERE id IN (SELECT id FROM jobs WHERE state = 'waiting' AND run_after <= 9999999999999 AND "
    "kind = "
    "$1 ORDER BY priority DESC, run_after, id LIMIT $2) RETURNING *, (SELECT payload FROM job_payloads WHERE job = "
    "jobs.id)";
constexpr const char* claim_postgresql =
    "WITH ready AS MATERIALIZED (SELECT id FROM jobs WHERE state = 'waiting' AND run_after <= 9999999999999 AND kind = "
    "$1 ORDER BY priority DESC, run_after, id LIMIT $2 FOR UPDATE SKIP LOCKED) UPDATE jobs SET state = 'running', "
    "worker = 'bare', lease_until = 9999999999999, started_at = 1, attempt = attempt + 1, epoch = epoch + 1 FROM ready "
    "WHERE "
    "jobs.id = ready.id RETURNING jobs.*, (SELECT payload FROM job_payloads WHERE job = jobs.id)";
constexpr const char* finish_job = "UPDATE jobs SET state = 'succeeded', message = 'done', finished_at = 1, "
                                   "lease_until = NULL, epoch = epoch + 1 WHERE "
                                   "id = $1 AND finished_at IS NULL RETURNING *";
constexpr const char* next_number =
    "INSERT INTO streams (name, last_number) VALUES ('jobs', 1) ON CONFLICT (name) DO UPDATE SET last_number = "
    "streams.last_number + 1 RETURNING last_number";
constexpr const char* add_event = "INSERT INTO events (stream, number, kind, data, at, actor_kind, actor_id) VALUES "
                                  "('jobs', $1, $2, $3, 1, 'system', '')";
/// As long as what the queue writes.
const std::string event_data(480, 'x');

class BareSqlite {
public:
    explicit BareSqlite(const std::string& path)
    {
        if (sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) !=
            SQLITE_OK) {
            give_up("cannot open");
        }
        run("PRAGMA foreign_keys = ON; PRAGMA cache_size = -1024");
        claim_ = prepare(claim_sqlite);
        finish_ = prepare(finish_job);
        number_ = prepare(next_number);
        event_ = prepare(add_event);
        begin_ = prepare("BEGIN IMMEDIATE");
        commit_ = prepare("COMMIT");
    }
    ~BareSqlite()
    {
        for (sqlite3_stmt* statement : {claim_, finish_, number_, event_, begin_, commit_}) sqlite3_finalize(statement);
        sqlite3_close(handle_);
    }
    BareSqlite(const BareSqlite&) = delete;
    BareSqlite& operator=(const BareSqlite&) = delete;

    double rate_of(int count)
    {
        auto const start = Clock::now();
        int done = 0;
        for (;;) {
            std::vector<std::string> ids;
            run("PRAGMA synchronous = NORMAL");
            step(begin_);
            sqlite3_bind_text(claim_, 1, "step", 4, SQLITE_STATIC);
            sqlite3_bind_int64(claim_, 2, batch);
            while (sqlite3_step(claim_) == SQLITE_ROW) {
                ids.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(claim_, 0)));
            }
            sqlite3_reset(claim_);
            for (std::size_t i = 0; i < ids.size(); ++i) tell("job_started");
            step(commit_);
            if (ids.empty()) break;
            run("PRAGMA synchronous = FULL");
            for (const std::string& id : ids) {
                step(begin_);
                sqlite3_bind_text(finish_, 1, id.data(), static_cast<int>(id.size()), SQLITE_STATIC);
                step(finish_);
                tell("job_finished");
                step(commit_);
                ++done;
            }
        }
        if (done != count) give_up("the bare loop did not do every job");
        return rate(count, start);
    }

private:
    void run(const char* sql)
    {
        if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) give_up(sqlite3_errmsg(handle_));
    }
    sqlite3_stmt* prepare(const char* sql)
    {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr) != SQLITE_OK) give_up(sqlite3_errmsg(handle_));
        return statement;
    }
    std::int64_t step(sqlite3_stmt* statement)
    {
        std::int64_t first = 0;
        int code = 0;
        while ((code = sqlite3_step(statement)) == SQLITE_ROW) first = sqlite3_column_int64(statement, 0);
        if (code != SQLITE_DONE) give_up(sqlite3_errmsg(handle_));
        sqlite3_reset(statement);
        return first;
    }
    void tell(const char* kind)
    {
        std::int64_t const number = step(number_);
        sqlite3_bind_int64(event_, 1, number);
        sqlite3_bind_text(event_, 2, kind, -1, SQLITE_STATIC);
        sqlite3_bind_text(event_, 3, event_data.data(), static_cast<int>(event_data.size()), SQLITE_STATIC);
        step(event_);
    }

    sqlite3* handle_ = nullptr;
    sqlite3_stmt *claim_, *finish_, *number_, *event_, *begin_, *commit_;
};

class BarePostgresql {
public:
    explicit BarePostgresql(const std::string& url) : handle_(PQconnectdb(url.c_str()))
    {
        if (PQstatus(handle_) != CONNECTION_OK) give_up(PQerrorMessage(handle_));
        check(PQprepare(handle_, "claim", claim_postgresql, 0, nullptr));
        check(PQprepare(handle_, "finish", finish_job, 0, nullptr));
        check(PQprepare(handle_, "number", next_number, 0, nullptr));
        check(PQprepare(handle_, "event", add_event, 0, nullptr));
    }
    ~BarePostgresql() { PQfinish(handle_); }
    BarePostgresql(const BarePostgresql&) = delete;
    BarePostgresql& operator=(const BarePostgresql&) = delete;

    double rate_of(int count)
    {
        auto const start = Clock::now();
        int done = 0;
        for (;;) {
            std::vector<std::string> ids;
            check(PQexec(handle_, "BEGIN"));
            std::string const limit = std::to_string(batch);
            std::array const wanted{"step", limit.c_str()};
            PGresult* const rows = PQexecPrepared(handle_, "claim", 2, wanted.data(), nullptr, nullptr, 0);
            for (int i = 0; i < PQntuples(rows); ++i) ids.emplace_back(PQgetvalue(rows, i, 0));
            check(rows);
            for (std::size_t i = 0; i < ids.size(); ++i) tell("job_started");
            check(PQexec(handle_, "COMMIT"));
            if (ids.empty()) break;
            for (const std::string& id : ids) {
                check(PQexec(handle_, "BEGIN"));
                const char* value = id.c_str();
                check(PQexecPrepared(handle_, "finish", 1, &value, nullptr, nullptr, 0));
                tell("job_finished");
                check(PQexec(handle_, "COMMIT"));
                ++done;
            }
        }
        if (done != count) give_up("the bare loop did not do every job");
        return rate(count, start);
    }

private:
    void check(PGresult* result)
    {
        auto const status = PQresultStatus(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) give_up(PQerrorMessage(handle_));
        PQclear(result);
    }
    void tell(const char* kind)
    {
        PGresult* const row = PQexecPrepared(handle_, "number", 0, nullptr, nullptr, nullptr, 0);
        std::string const number = PQgetvalue(row, 0, 0);
        check(row);
        std::array const values{number.c_str(), kind, event_data.c_str()};
        check(PQexecPrepared(handle_, "event", 3, values.data(), nullptr, nullptr, 0));
    }

    PGconn* handle_;
};

/// A database of its own for one measurement, gone afterwards.
class Fresh {
public:
    explicit Fresh(const char* server)
        : server_(server == nullptr ? "" : server), name_("pix_bench_" + core::sortable_id())
    {
        if (server_.empty()) {
            folder_ = std::filesystem::temp_directory_path() / name_;
            std::filesystem::create_directories(folder_);
            address_ = (folder_ / "pix.db").string();
        } else {
            run_on_server("CREATE SCHEMA " + name_);
            address_ =
                server_ + (server_.find('?') == std::string::npos ? "?" : "&") + "options=-csearch_path%3D" + name_;
        }
        store::OpenOptions options;
        options.connections = 1; // as the bare loop has; a server's pool would do several at once
        options.url = server_.empty() ? "sqlite:" + address_ : address_;
        database_ = must(store::Database::open(options));
        auto all = events::journal_migrations;
        all.insert(all.end(), jobs::job_migrations.begin(), jobs::job_migrations.end());
        must(store::migrate(*database_, all));
    }
    ~Fresh()
    {
        database_.reset();
        if (server_.empty()) {
            std::filesystem::remove_all(folder_);
        } else {
            run_on_server("SET client_min_messages = warning; DROP SCHEMA " + name_ + " CASCADE");
        }
    }
    Fresh(const Fresh&) = delete;
    Fresh& operator=(const Fresh&) = delete;

    store::Database& database() { return *database_; }
    const std::string& address() const { return address_; }

private:
    void run_on_server(const std::string& sql)
    {
        PGconn* const connection = PQconnectdb(server_.c_str());
        PQclear(PQexec(connection, sql.c_str()));
        PQfinish(connection);
    }

    std::string server_, name_, address_;
    std::filesystem::path folder_;
    std::unique_ptr<store::Database> database_;
};

template <class Bare>
bool compare(const char* name, const char* server, int count)
{
    // In turn, so that other load weighs on both; the best of each counts.
    double best_bare = 0;
    double best_queue = 0;
    for (int round = 0; round < 5; ++round) {
        {
            Fresh fresh(server);
            events::Journal journal(fresh.database());
            jobs::Queue queue(fresh.database(), journal);
            best_queue = std::max(best_queue, queue_rate(fresh.database(), queue, count));
        }
        Fresh fresh(server);
        events::Journal journal(fresh.database());
        jobs::Queue queue(fresh.database(), journal);
        enqueue(fresh.database(), queue, count);
        Bare bare(fresh.address());
        best_bare = std::max(best_bare, bare.rate_of(count));
    }
    double const ratio = best_queue / best_bare;
    std::printf("%-12s bare %8.0f jobs/s   queue %8.0f jobs/s   ratio %.2f   (at least %.1f)\n", name, best_bare,
                best_queue, ratio, least_ratio);
    return ratio >= least_ratio;
}

} // namespace

int main(int argc, char** argv)
{
    int const count = argc > 1 ? std::atoi(argv[1]) : 2000;
    bool good = compare<BareSqlite>("SQLite", nullptr, count);
    if (const char* server = std::getenv("PIX_TEST_POSTGRESQL")) {
        good = compare<BarePostgresql>("PostgreSQL", server, count) && good;
    }
    return good ? 0 : 1;
}
