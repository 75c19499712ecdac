// Kills, with SIGKILL, a process that claims and finishes jobs, at any point of its work, many times.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <random>

#include "core/jobs/queue.h"
#include "core/store/testing/test_database.h"

namespace pix::jobs {
namespace {

using store::Connection;
using store::testing::TestDatabase;

constexpr int job_count = 600;
constexpr int max_kills = 60;

std::vector<store::Migration> all_migrations()
{
    auto all = events::journal_migrations;
    all.insert(all.end(), job_migrations.begin(), job_migrations.end());
    // What the jobs do: one row each, written in the transaction that finishes the job.
    all.push_back({9901, "results", "CREATE TABLE results (job {text} NOT NULL, epoch {int} NOT NULL);"});
    return all;
}

/// Opens the database by itself, as a server does at its start; works until there is nothing left, or for ever.
/// Writes a byte to `steps` before every statement.
void work(const std::string& url, int steps)
{
    store::OpenOptions options;
    options.url = url;
    options.before_statement = [steps](std::string_view) -> core::Result<void> {
        if (::write(steps, "s", 1) != 1) ::_exit(2);
        return {};
    };
    auto const database = store::Database::open(options);
    if (!database) ::_exit(3);
    events::Journal journal(**database);
    Queue queue(**database, journal);
    auto const worker = WorkerId::make();
    auto const me = ProcessMark::of_this_process("here");
    auto const opened = (*database)->write_now([&](Connection& tx) -> core::Result<void> {
        PIX_CHECK(queue.add_worker(tx, worker, me));
        PIX_CHECK(queue.reap(tx, me));
        return {};
    });
    if (!opened) ::_exit(4);
    for (;;) {
        auto const jobs = (*database)->write_now([&](Connection& tx) { return queue.claim(tx, worker, {"step"}, 3); });
        if (!jobs) ::_exit(5);
        if (jobs->empty()) {
            auto const left = (*database)->write_now([&](Connection& tx) -> core::Result<std::int64_t> {
                // A killed one's last statement may still have been running when this one began.
                PIX_CHECK(queue.reap(tx, me));
                PIX_TRY(auto const rows, tx.query("SELECT count(*) FROM jobs WHERE finished_at IS NULL"));
                return rows.at(0).integer(0);
            });
            if (!left) ::_exit(5);
            if (*left == 0) ::_exit(0);
        }
        for (const Job& job : *jobs) {
            auto const done = (*database)->write_now(
                [&](Connection& tx) -> core::Result<void> {
                    PIX_CHECK(tx.execute("INSERT INTO results (job, epoch) VALUES ($1, $2)", {job.id, job.epoch}));
                    return queue.finish(tx, job.id, job.epoch, JobState::succeeded, "done");
                },
                store::Durability::full);
            if (!done) ::_exit(6);
        }
    }
}

class Crash : public store::testing::OnEachDatabase {};
PIX_ON_EACH_DATABASE(Crash);

TEST_P(Crash, at_any_point_loses_no_job_and_finishes_none_twice)
{
    TestDatabase database(GetParam(), all_migrations());
    {
        events::Journal journal(*database);
        Queue queue(*database, journal);
        ASSERT_TRUE(database->write_now([&](Connection& tx) -> core::Result<void> {
            JobSpec spec;
            spec.kind = "step";
            spec.on_loss = OnLoss::retry;
            spec.max_attempts = 100;
            for (int i = 0; i < job_count; ++i) PIX_CHECK(queue.enqueue(tx, spec));
            return {};
        }));
    }
    std::string const url = database.url();
    // The child must find no thread and no connection of ours.
    database->close();

    std::mt19937 chance(20260304);
    int kills = 0;
    int status = -1;
    for (bool last = false; !last;) {
        last = kills == max_kills;
        std::array<int, 2> steps{};
        ASSERT_EQ(::pipe(steps.data()), 0);
        pid_t const child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) work(url, steps[1]);
        ::close(steps[1]);
        // The child is somewhere in or after its n-th statement when the signal comes.
        std::array<char, 16> bytes{};
        for (auto n = chance() % 150; last || n > 0; --n) {
            if (::read(steps[0], bytes.data(), last ? bytes.size() : 1) <= 0) break;
        }
        if (!last) ::kill(child, SIGKILL);
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ::close(steps[0]);
        last = last || WIFEXITED(status);
        if (!last) ++kills;
    }
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;

    database.reopen();
    auto const count = [&](const std::string& sql) {
        auto const rows = database->read_now([&](Connection& tx) { return tx.query(sql); });
        return rows ? rows->at(0).integer(0) : -1;
    };
    EXPECT_GT(kills, 5);
    EXPECT_EQ(count("SELECT count(*) FROM jobs WHERE state = 'succeeded'"), job_count);
    EXPECT_EQ(count("SELECT count(*) FROM jobs"), job_count);
    EXPECT_EQ(count("SELECT count(*) FROM results"), job_count);
    EXPECT_EQ(count("SELECT count(DISTINCT job) FROM results"), job_count);
    EXPECT_EQ(count("SELECT count(*) FROM events WHERE kind = 'job_finished'"), job_count);
    EXPECT_GT(count("SELECT count(*) FROM events WHERE kind = 'job_retried'"), 0) << "some were interrupted";
    EXPECT_EQ(count("SELECT max(number) - count(*) FROM events WHERE stream = 'jobs'"), 0) << "no gap, no number twice";
    RecordProperty("kills", kills);
}

} // namespace
} // namespace pix::jobs
