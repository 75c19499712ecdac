#include "core/jobs/worker.h"

#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>

#include "core/store/testing/test_database.h"

namespace pix::jobs {
namespace {

using namespace std::chrono_literals;
using store::Connection;
using store::testing::TestDatabase;

std::vector<store::Migration> all_migrations()
{
    auto all = events::journal_migrations;
    all.insert(all.end(), job_migrations.begin(), job_migrations.end());
    return all;
}

WorkerOptions fast()
{
    WorkerOptions options;
    options.host = "here";
    options.poll = 20ms;
    options.renew = 50ms;
    options.progress = 5ms;
    options.drain = 100ms;
    options.grace = 100ms;
    return options;
}

/// Ends when the job should end, as a handler that listens does.
awaitable<core::Result<std::string>> until_cancelled(std::shared_ptr<JobContext> context)
{
    asio::steady_timer never(co_await asio::this_coro::executor, std::chrono::steady_clock::time_point::max());
    context->on_cancel([&never] { never.cancel(); });
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await never.async_wait(token);
    co_return core::fail(core::Errc::cancelled, "stopped");
}

/// Runs forever, whatever it is told.
awaitable<core::Result<std::string>> deaf(std::shared_ptr<JobContext> context)
{
    asio::steady_timer never(co_await asio::this_coro::executor, std::chrono::steady_clock::time_point::max());
    co_await never.async_wait(asio::use_awaitable);
    co_return context->job.title;
}

class Workers : public store::testing::OnEachDatabase {
protected:
    TestDatabase database{GetParam(), all_migrations()};
    events::Journal journal{*database};
    Queue queue{*database, journal};
    asio::io_context io;
    std::unique_ptr<Worker> worker = std::make_unique<Worker>(queue, io.get_executor(), fast());

    ~Workers() override
    {
        // No store thread may resume anything on an io_context that is gone.
        worker->stop();
        run_until([this] { return ended; });
        database->close();
    }

    void start()
    {
        asio::co_spawn(io, open_and_run(*worker, ended), asio::detached);
        run_until([&] { return opened(); });
    }
    bool opened()
    {
        auto const rows =
            database->read_now([](Connection& tx) { return tx.query("SELECT count(*) FROM job_workers"); });
        return rows && rows->at(0).integer(0) > 0;
    }
    static awaitable<void> open_and_run(Worker& worker, bool& ended)
    {
        auto const opened = co_await worker.open();
        if (opened) co_await worker.run();
        ended = true;
    }
    JobId enqueue(JobSpec spec)
    {
        return database->write_now([&](Connection& tx) { return queue.enqueue(tx, spec); }).value();
    }
    static JobSpec a_spec(std::string kind)
    {
        JobSpec spec;
        spec.title = "A " + kind;
        spec.kind = std::move(kind);
        return spec;
    }
    Job load(const JobId& id)
    {
        return database->read_now([&](Connection& tx) { return queue.load(tx, id); }).value();
    }
    template <class Condition>
    void run_until(Condition condition)
    {
        auto const deadline = std::chrono::steady_clock::now() + 20s;
        io.restart();
        while (!condition()) {
            if (std::chrono::steady_clock::now() > deadline) {
                ADD_FAILURE() << "waited too long";
                return;
            }
            io.run_one_for(5ms);
            if (io.stopped()) io.restart();
        }
    }
    void run_until_state(const JobId& id, JobState state)
    {
        run_until([&] { return load(id).state == state; });
    }
    void sql(const std::string& text)
    {
        auto const done = database->write_now([&](Connection& tx) { return tx.execute(text); });
        EXPECT_TRUE(done) << done.error().detail;
    }
    int count_events(const std::string& kind)
    {
        auto const rows = database->read_now(
            [&](Connection& tx) { return tx.query("SELECT count(*) FROM events WHERE kind = $1", {kind}); });
        return static_cast<int>(rows->at(0).integer(0));
    }

    bool ended = false;
};
PIX_ON_EACH_DATABASE(Workers);

TEST_P(Workers, run_the_handler_and_keep_its_message)
{
    worker->handle("hello", [](std::shared_ptr<JobContext> context) -> awaitable<core::Result<std::string>> {
        co_return "hello from " + context->job.title;
    });
    start();
    auto const id = enqueue(a_spec("hello"));
    run_until_state(id, JobState::succeeded);
    EXPECT_EQ(load(id).message, "hello from A hello");
    EXPECT_EQ(load(id).worker, worker->id());
}

TEST_P(Workers, store_a_failure_an_exception_and_another_attempt)
{
    int calls = 0;
    worker->handle("bad", [](std::shared_ptr<JobContext>) -> awaitable<core::Result<std::string>> {
        co_return core::fail(core::Errc::invalid, "no such folder");
    });
    worker->handle("bug", [](std::shared_ptr<JobContext>) -> awaitable<core::Result<std::string>> {
        throw std::runtime_error("bug");
        co_return "";
    });
    worker->handle("flaky", [&calls](std::shared_ptr<JobContext>) -> awaitable<core::Result<std::string>> {
        if (++calls == 1)
            return [](core::Error error) -> awaitable<core::Result<std::string>> {
                co_return std::unexpected(error);
            }(core::Error{core::Errc::unavailable, "not now", "", ""});
        return []() -> awaitable<core::Result<std::string>> { co_return "at last"; }();
    });
    start();
    auto const bad = enqueue(a_spec("bad"));
    auto const bug = enqueue(a_spec("bug"));
    auto spec = a_spec("flaky");
    spec.max_attempts = 2;
    auto const flaky = enqueue(spec);
    run_until_state(bad, JobState::failed);
    EXPECT_EQ(load(bad).message, "no such folder");
    run_until_state(bug, JobState::failed);
    EXPECT_EQ(load(bug).message, "an internal error stopped this job");
    run_until([&] { return count_events("job_retried") == 1; });
    sql("UPDATE jobs SET run_after = 1");
    run_until_state(flaky, JobState::succeeded);
    EXPECT_EQ(load(flaky).attempt, 2);
}

TEST_P(Workers, run_no_more_of_a_kind_at_once_than_they_may)
{
    worker->handle("slow", until_cancelled, 2);
    worker->handle("quick", [](std::shared_ptr<JobContext>) -> awaitable<core::Result<std::string>> { co_return ""; });
    start();
    std::vector<JobId> slow;
    for (int i = 0; i < 5; ++i) slow.push_back(enqueue(a_spec("slow")));
    auto const quick = enqueue(a_spec("quick"));
    run_until_state(quick, JobState::succeeded);
    run_until([&] { return worker->running() == 2; });
    auto const running = database->read_now(
        [](Connection& tx) { return tx.query("SELECT count(*) FROM jobs WHERE state = 'running'"); });
    EXPECT_EQ(running->at(0).integer(0), 2);
}

TEST_P(Workers, cancel_what_they_run_when_somebody_asks)
{
    worker->handle("slow", until_cancelled);
    start();
    auto const id = enqueue(a_spec("slow"));
    run_until_state(id, JobState::running);
    ASSERT_TRUE(
        database->write_now([&](Connection& tx) { return queue.request_cancel(tx, id, core::Actor::local()); }));
    run_until_state(id, JobState::cancelled);
}

TEST_P(Workers, end_what_takes_longer_than_its_deadline)
{
    worker->handle("slow", until_cancelled);
    start();
    auto spec = a_spec("slow");
    spec.deadline = 30ms;
    auto const id = enqueue(spec);
    run_until_state(id, JobState::failed);
    EXPECT_NE(load(id).message.find("took longer than"), std::string::npos);
}

TEST_P(Workers, renew_the_leases_of_what_they_run)
{
    worker->handle("slow", until_cancelled);
    start();
    auto const id = enqueue(a_spec("slow"));
    run_until_state(id, JobState::running);
    auto const first = *load(id).lease_until;
    run_until([&] { return *load(id).lease_until > first; });
    EXPECT_EQ(load(id).state, JobState::running);
}

TEST_P(Workers, stop_what_another_worker_has_taken_over)
{
    CancelReason reason = CancelReason::none;
    worker->handle("slow", [&reason](std::shared_ptr<JobContext> context) {
        context->on_cancel([&reason, raw = context.get()] { reason = raw->reason(); });
        return until_cancelled(context);
    });
    start();
    auto const id = enqueue(a_spec("slow"));
    run_until([&] { return worker->running() == 1; });
    sql("UPDATE jobs SET epoch = epoch + 1, worker = 'worker_other', lease_until = lease_until + 600000");
    run_until([&] { return worker->running() == 0; });
    EXPECT_EQ(reason, CancelReason::lost);
    EXPECT_EQ(load(id).state, JobState::running) << "the other one's";
}

TEST_P(Workers, store_progress_seldom_and_the_last_of_it)
{
    worker->handle("steps", [](std::shared_ptr<JobContext> context) {
        for (int i = 0; i <= 100; ++i) context->progress(i / 100.0, "step " + std::to_string(i));
        return until_cancelled(context);
    });
    start();
    auto const id = enqueue(a_spec("steps"));
    run_until([&] { return load(id).progress_text == "step 100"; });
    EXPECT_EQ(load(id).progress, 1.0);
    EXPECT_LE(count_events("job_progress"), 2);
}

TEST_P(Workers, leave_a_job_alone_that_its_area_has_finished)
{
    worker->handle("own", [this](std::shared_ptr<JobContext> context) -> awaitable<core::Result<std::string>> {
        return [](store::Database& db, std::shared_ptr<JobContext> job) -> awaitable<core::Result<std::string>> {
            auto finish = [job](Connection& tx) { return job->finish(tx, JobState::succeeded, "by the area"); };
            auto const done = co_await db.write(finish, store::Durability::full);
            if (!done) co_return std::unexpected(done.error());
            co_return "by the worker";
        }(*database, context);
    });
    start();
    auto const id = enqueue(a_spec("own"));
    run_until_state(id, JobState::succeeded);
    run_until([&] { return worker->running() == 0; });
    EXPECT_EQ(load(id).message, "by the area");
    EXPECT_EQ(count_events("job_finished"), 1);
}

TEST_P(Workers, look_after_a_job_that_was_started_elsewhere_in_the_server)
{
    start();
    auto const id =
        database->write_now([&](Connection& tx) { return queue.start(tx, a_spec("tool_run"), worker->id()); }).value();
    auto const context = worker->adopt(load(id));
    auto const first = *load(id).lease_until;
    run_until([&] { return *load(id).lease_until > first; });
    ASSERT_TRUE(
        database->write_now([&](Connection& tx) { return queue.request_cancel(tx, id, core::Actor::local()); }));
    run_until([&] { return context->cancelled(); });
    EXPECT_EQ(context->reason(), CancelReason::asked);
    ASSERT_TRUE(
        database->write_now([&](Connection& tx) { return context->finish(tx, JobState::cancelled, "cancelled"); },
                            store::Durability::full));
    EXPECT_TRUE(context->is_finished());
    worker->release(id);
    EXPECT_EQ(worker->running(), 0U);
}

TEST_P(Workers, hand_back_what_still_runs_when_they_stop)
{
    worker->handle("slow", until_cancelled);
    worker->handle("deaf", deaf);
    start();
    auto again = a_spec("slow");
    again.on_loss = OnLoss::retry;
    again.max_attempts = 2;
    auto const polite = enqueue(again);
    auto const rude = enqueue(a_spec("deaf"));
    run_until([&] { return worker->running() == 2; });
    worker->stop();
    run_until([&] { return ended; });
    EXPECT_EQ(load(polite).state, JobState::waiting);
    EXPECT_EQ(load(rude).state, JobState::failed);
    EXPECT_EQ(load(rude).message, "the server stopped");
    EXPECT_FALSE(opened()) << "not listed any more";
}

TEST_P(Workers, claim_nothing_after_stop)
{
    worker->handle("hello", [](std::shared_ptr<JobContext>) -> awaitable<core::Result<std::string>> { co_return ""; });
    start();
    worker->stop();
    run_until([&] { return ended; });
    auto const id = enqueue(a_spec("hello"));
    io.restart();
    io.poll();
    EXPECT_EQ(load(id).state, JobState::waiting);
}

TEST_P(Workers, hear_on_the_bus_what_other_processes_enqueue)
{
    auto options = fast();
    options.poll = 1h;
    worker = std::make_unique<Worker>(queue, io.get_executor(), options);
    worker->handle("hello", [](std::shared_ptr<JobContext>) -> awaitable<core::Result<std::string>> { co_return ""; });
    events::Bus bus(io);
    start();
    asio::co_spawn(io, worker->listen(bus), asio::detached);
    auto const another = database.open_another();
    events::Journal their_journal(*another);
    Queue theirs(*another, their_journal);
    auto const id = another->write_now([&](Connection& tx) { return theirs.enqueue(tx, a_spec("hello")); }).value();
    run_until([&] {
        bus.wake("jobs");
        return load(id).state == JobState::succeeded;
    });
    bus.close();
}

TEST_P(Workers, find_at_their_start_what_a_dead_server_left)
{
    auto dead = ProcessMark::of_this_process("here");
    dead.pid = 1'000'000'000;
    auto const other = WorkerId::make();
    auto const id = database
                        ->write_now([&](Connection& tx) -> core::Result<JobId> {
                            PIX_CHECK(queue.add_worker(tx, other, dead));
                            return queue.start(tx, a_spec("tool_run"), other);
                        })
                        .value();
    start();
    run_until_state(id, JobState::failed);
    EXPECT_EQ(load(id).message, "the server stopped");
}

} // namespace
} // namespace pix::jobs
