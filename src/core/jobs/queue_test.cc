#include "core/jobs/queue.h"

#include "core/store/testing/test_database.h"

namespace pix::jobs {
namespace {

using namespace std::chrono_literals;
using store::Connection;
using store::testing::run_to_end;
using store::testing::TestDatabase;

std::vector<store::Migration> all_migrations()
{
    auto all = events::journal_migrations;
    all.insert(all.end(), job_migrations.begin(), job_migrations.end());
    return all;
}

JobSpec a_spec(std::string kind = "scan", std::string title = "Scan the repository")
{
    JobSpec spec;
    spec.kind = std::move(kind);
    spec.title = std::move(title);
    spec.area = "security";
    spec.link = "/scans/1";
    spec.payload = json::object{{"folder", "/src"}};
    spec.actor = {"user", "ada"};
    return spec;
}

class Jobs : public store::testing::OnEachDatabase {
protected:
    TestDatabase database{GetParam(), all_migrations()};
    events::Journal journal{*database};
    Queue queue{*database, journal};
    WorkerId worker = WorkerId::make();
    ProcessMark me = ProcessMark::of_this_process("here");

    template <class F>
    auto write(F fn)
    {
        return database->write_now(std::move(fn));
    }
    JobId enqueue(const JobSpec& spec)
    {
        return write([&](Connection& tx) { return queue.enqueue(tx, spec); }).value();
    }
    std::vector<Job> claim(int limit = 10, std::vector<std::string> kinds = {"scan"})
    {
        auto const jobs = write([&](Connection& tx) { return queue.claim(tx, worker, kinds, limit); });
        EXPECT_TRUE(jobs) << jobs.error().message << jobs.error().detail;
        return jobs.value_or(std::vector<Job>());
    }
    Job load(const JobId& id) { return run_to_end(queue.load(id)).value(); }
    core::Result<void> finish(const Job& job, JobState state = JobState::succeeded)
    {
        return write([&](Connection& tx) { return queue.finish(tx, job.id, job.epoch, state, "done"); });
    }
    core::Result<JobState> settle(const Job& job, JobState state, bool may_pass)
    {
        return write([&](Connection& tx) { return queue.settle(tx, job.id, job.epoch, state, "no luck", may_pass); });
    }
    core::Result<JobState> cancel(const JobId& id) { return run_to_end(queue.request_cancel(id, {"user", "bob"})); }
    int reap()
    {
        auto const moved = write([&](Connection& tx) { return queue.reap(tx, me); });
        EXPECT_TRUE(moved) << moved.error().message << moved.error().detail;
        return moved.value_or(-1);
    }
    void sql(const std::string& text)
    {
        auto const done = write([&](Connection& tx) { return tx.execute(text); });
        EXPECT_TRUE(done) << done.error().detail;
    }
    std::vector<std::string> events()
    {
        auto const all = run_to_end(journal.read("jobs", 0, 1000)).value();
        std::vector<std::string> kinds;
        for (const auto& event : all) kinds.push_back(event.kind);
        return kinds;
    }
};
PIX_ON_EACH_DATABASE(Jobs);

using Names = std::vector<std::string>;

TEST_P(Jobs, go_from_waiting_over_running_to_their_end)
{
    auto const id = enqueue(a_spec());
    Job const waiting = load(id);
    EXPECT_EQ(waiting.state, JobState::waiting);
    EXPECT_EQ(waiting.title, "Scan the repository");
    EXPECT_EQ(waiting.actor, (core::Actor{"user", "ada"}));
    EXPECT_EQ(waiting.payload.at("folder"), "/src");
    EXPECT_GT(waiting.created_at, 1'700'000'000'000);

    auto const jobs = claim();
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_EQ(jobs[0].id, id);
    EXPECT_EQ(jobs[0].state, JobState::running);
    EXPECT_EQ(jobs[0].attempt, 1);
    EXPECT_EQ(jobs[0].epoch, 1);
    EXPECT_EQ(jobs[0].worker, worker);
    EXPECT_EQ(*jobs[0].lease_until - *jobs[0].started_at, 60'000);
    EXPECT_EQ(jobs[0].payload.at("folder"), "/src");
    EXPECT_TRUE(claim().empty()) << "claimed once only";

    ASSERT_TRUE(finish(jobs[0]));
    EXPECT_EQ(load(id).state, JobState::succeeded);
    EXPECT_EQ(load(id).message, "done");
    EXPECT_TRUE(load(id).finished_at);
    EXPECT_EQ(events(), (Names{"job_enqueued", "job_started", "job_finished"}));
}

TEST_P(Jobs, are_claimed_by_kind_priority_and_time)
{
    auto low = a_spec();
    low.priority = -1;
    auto const last = enqueue(low);
    auto const first_of_equal = enqueue(a_spec());
    auto const second_of_equal = enqueue(a_spec());
    auto high = a_spec();
    high.priority = 5;
    auto const urgent = enqueue(high);
    auto later = a_spec();
    later.priority = 9;
    later.run_after = core::SystemClock().now() + 3'600'000;
    auto const timer = enqueue(later);
    enqueue(a_spec("fix"));

    auto const two = claim(2);
    ASSERT_EQ(two.size(), 2U);
    EXPECT_EQ(two[0].id, urgent);
    EXPECT_EQ(two[1].id, first_of_equal);
    auto const rest = claim(10);
    ASSERT_EQ(rest.size(), 2U);
    EXPECT_EQ(rest[0].id, second_of_equal);
    EXPECT_EQ(rest[1].id, last);
    sql("UPDATE jobs SET run_after = 1 WHERE id = '" + timer.text() + "'");
    EXPECT_EQ(claim(10).at(0).id, timer);
    EXPECT_EQ(claim(10, {"fix", "scan"}).size(), 1U);
}

TEST_P(Jobs, are_never_claimed_twice_by_many_at_once)
{
    for (int i = 0; i < 40; ++i) enqueue(a_spec());
    std::mutex mutex;
    std::multiset<std::string> claimed;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            auto const own = WorkerId::make();
            for (;;) {
                auto const jobs = write([&](Connection& tx) { return queue.claim(tx, own, {"scan"}, 3); });
                if (!jobs || jobs->empty()) return;
                std::lock_guard const lock(mutex);
                for (const Job& job : *jobs) claimed.insert(job.id.text());
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(claimed.size(), 40U);
    EXPECT_EQ(std::set<std::string>(claimed.begin(), claimed.end()).size(), 40U);
}

TEST_P(Jobs, a_result_that_comes_too_late_is_refused)
{
    enqueue(a_spec());
    Job const job = claim().at(0);
    Job stale = job;
    stale.epoch -= 1;
    EXPECT_EQ(finish(stale).error().code, core::Errc::conflict);
    ASSERT_TRUE(finish(job));
    EXPECT_EQ(finish(job).error().code, core::Errc::conflict);
    EXPECT_EQ(finish(job, JobState::failed).error().code, core::Errc::conflict);
    EXPECT_EQ(load(job.id).state, JobState::succeeded);
    EXPECT_EQ(events(), (Names{"job_enqueued", "job_started", "job_finished"}));
}

TEST_P(Jobs, started_by_a_server_are_running_from_the_beginning)
{
    auto const id = write([&](Connection& tx) { return queue.start(tx, a_spec(), worker); }).value();
    Job const job = load(id);
    EXPECT_EQ(job.state, JobState::running);
    EXPECT_EQ(job.attempt, 1);
    EXPECT_EQ(job.epoch, 1);
    EXPECT_EQ(job.worker, worker);
    EXPECT_TRUE(claim().empty());
    EXPECT_TRUE(finish(job));
    EXPECT_EQ(events(), (Names{"job_started", "job_finished"}));
}

TEST_P(Jobs, whose_lease_ran_out_fail_or_wait_again_as_they_said)
{
    auto const fails = enqueue(a_spec());
    auto again = a_spec();
    again.on_loss = OnLoss::retry;
    again.max_attempts = 2;
    auto const retried = enqueue(again);
    auto const first = claim();
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(reap(), 0) << "leases hold";
    sql("UPDATE jobs SET lease_until = 1");
    EXPECT_EQ(reap(), 2);
    EXPECT_EQ(load(fails).state, JobState::failed);
    EXPECT_EQ(load(fails).message, "the server stopped");
    EXPECT_EQ(load(retried).state, JobState::waiting);
    EXPECT_EQ(finish(first.at(1)).error().code, core::Errc::conflict) << "fenced";

    auto const second = claim();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].attempt, 2);
    EXPECT_GT(second[0].epoch, first.at(1).epoch + 1);
    EXPECT_EQ(finish(first.at(1)).error().code, core::Errc::conflict) << "still fenced";
    sql("UPDATE jobs SET lease_until = 1");
    EXPECT_EQ(reap(), 1);
    EXPECT_EQ(load(retried).state, JobState::failed) << "no attempt left";
}

TEST_P(Jobs, of_a_server_that_died_on_this_host_do_not_wait_for_the_lease)
{
    ProcessMark dead = me;
    dead.pid = 1'000'000'000;
    ProcessMark elsewhere = dead;
    elsewhere.host = "elsewhere";
    auto const add = [&](const WorkerId& id, const ProcessMark& mark) {
        ASSERT_TRUE(write([&](Connection& tx) { return queue.add_worker(tx, id, mark); }));
    };
    auto const other = WorkerId::make();
    auto const living = WorkerId::make();
    add(worker, dead);
    add(other, elsewhere);
    add(living, me);
    std::vector<JobId> ids;
    for (const auto& owner : {worker, other, living}) {
        ids.push_back(write([&](Connection& tx) { return queue.start(tx, a_spec(), owner); }).value());
    }
    EXPECT_EQ(reap(), 1);
    EXPECT_EQ(load(ids[0]).state, JobState::failed);
    EXPECT_EQ(load(ids[1]).state, JobState::running);
    EXPECT_EQ(load(ids[2]).state, JobState::running);
    EXPECT_EQ(reap(), 0);
    auto const rows = database->read_now([](Connection& tx) { return tx.query("SELECT count(*) FROM job_workers"); });
    EXPECT_EQ(rows->at(0).integer(0), 2) << "the dead one is forgotten";
}

TEST_P(Jobs, are_renewed_together_and_the_answer_tells_what_changed)
{
    for (int i = 0; i < 4; ++i) enqueue(a_spec());
    auto const jobs = claim();
    ASSERT_EQ(jobs.size(), 4U);
    sql("UPDATE jobs SET lease_until = 5");
    EXPECT_EQ(cancel(jobs[1].id), JobState::running);
    sql("UPDATE jobs SET epoch = epoch + 1 WHERE id = '" + jobs[2].id.text() + "'");
    ASSERT_TRUE(finish(jobs[3]));
    std::vector<Claim> claims;
    for (const Job& job : jobs) claims.push_back({job.id, job.epoch});
    auto const renewal = write([&](Connection& tx) { return queue.renew(tx, worker, claims); });
    ASSERT_TRUE(renewal) << renewal.error().detail;
    ASSERT_EQ(renewal->cancel.size(), 1U);
    EXPECT_EQ(renewal->cancel[0].id, jobs[1].id);
    ASSERT_EQ(renewal->fenced.size(), 2U);
    EXPECT_EQ(renewal->fenced[0].id, jobs[2].id);
    EXPECT_EQ(renewal->fenced[1].id, jobs[3].id);
    EXPECT_GT(*load(jobs[0].id).lease_until, core::SystemClock().now());
    auto const requests = write([&](Connection& tx) { return queue.cancel_requests(tx, worker); });
    EXPECT_EQ(requests.value(), std::vector<JobId>{jobs[1].id});
}

TEST_P(Jobs, that_wait_are_cancelled_at_once_and_running_ones_are_told)
{
    auto const waiting = enqueue(a_spec());
    EXPECT_EQ(cancel(waiting), JobState::cancelled);
    EXPECT_EQ(cancel(waiting).error().code, core::Errc::conflict);
    EXPECT_EQ(cancel(JobId("job_none")).error().code, core::Errc::not_found);
    EXPECT_TRUE(claim().empty());
    enqueue(a_spec());
    Job const running = claim().at(0);
    EXPECT_EQ(cancel(running.id), JobState::running);
    EXPECT_TRUE(load(running.id).cancel_requested);
    EXPECT_EQ(events(), (Names{"job_enqueued", "job_finished", "job_enqueued", "job_started", "job_cancel_requested"}));
    sql("UPDATE jobs SET lease_until = 1");
    reap();
    EXPECT_EQ(load(running.id).state, JobState::cancelled) << "its server died after the request";
}

TEST_P(Jobs, whose_failure_may_pass_wait_for_another_attempt)
{
    auto spec = a_spec();
    spec.max_attempts = 2;
    auto const id = enqueue(spec);
    EXPECT_EQ(settle(claim().at(0), JobState::failed, true), JobState::waiting);
    EXPECT_EQ(load(id).message, "no luck");
    EXPECT_GE(load(id).run_after, core::SystemClock().now() + 1000);
    EXPECT_TRUE(claim().empty()) << "not at once";
    sql("UPDATE jobs SET run_after = 1");
    EXPECT_EQ(settle(claim().at(0), JobState::failed, true), JobState::failed);
    EXPECT_EQ(events(), (Names{"job_enqueued", "job_started", "job_retried", "job_started", "job_finished"}));
}

TEST_P(Jobs, whose_failure_is_final_do_not_run_again)
{
    auto spec = a_spec();
    spec.max_attempts = 3;
    enqueue(spec);
    EXPECT_EQ(settle(claim().at(0), JobState::failed, false), JobState::failed);
}

TEST_P(Jobs, take_the_area_s_row_along_in_the_same_transaction)
{
    std::vector<std::pair<std::string, JobState>> followed;
    bool refuse = false;
    queue.follow("scan", [&](Connection&, const Job& job) -> core::Result<void> {
        if (refuse) return core::fail(core::Errc::unavailable, "no");
        followed.emplace_back(job.id.text(), job.state);
        return {};
    });
    auto const id = enqueue(a_spec());
    claim();
    sql("UPDATE jobs SET lease_until = 1");
    refuse = true;
    EXPECT_FALSE(write([&](Connection& tx) { return queue.reap(tx, me); }));
    EXPECT_EQ(load(id).state, JobState::running) << "both or neither";
    refuse = false;
    EXPECT_EQ(reap(), 1);
    auto const waiting = enqueue(a_spec());
    ASSERT_TRUE(cancel(waiting));
    enqueue(a_spec());
    Job const by_area = claim().at(0);
    ASSERT_TRUE(finish(by_area));
    ASSERT_EQ(followed.size(), 2U) << "finish() is the area's own";
    EXPECT_EQ(followed[0], std::pair(id.text(), JobState::failed));
    EXPECT_EQ(followed[1], std::pair(waiting.text(), JobState::cancelled));
}

TEST_P(Jobs, tell_their_progress_while_they_run)
{
    enqueue(a_spec());
    Job const job = claim().at(0);
    auto const step = [&](double fraction) {
        return write([&](Connection& tx) { return queue.progress(tx, job.id, job.epoch, fraction, "half way"); });
    };
    ASSERT_TRUE(step(0.5));
    EXPECT_EQ(load(job.id).progress, 0.5);
    EXPECT_EQ(load(job.id).progress_text, "half way");
    ASSERT_TRUE(step(std::numeric_limits<double>::quiet_NaN()));
    EXPECT_EQ(load(job.id).progress, 0.0);
    ASSERT_TRUE(step(7));
    EXPECT_EQ(load(job.id).progress, 1.0);
    ASSERT_TRUE(finish(job));
    EXPECT_EQ(step(0.9).error().code, core::Errc::conflict);
}

TEST_P(Jobs, are_handed_back_when_a_server_stops)
{
    auto again = a_spec();
    again.on_loss = OnLoss::retry;
    again.max_attempts = 2;
    enqueue(again);
    Job const job = claim().at(0);
    auto const back = [&] { return write([&](Connection& tx) { return queue.hand_back(tx, job.id, job.epoch); }); };
    EXPECT_EQ(back(), JobState::waiting);
    EXPECT_EQ(back().error().code, core::Errc::conflict);
    EXPECT_EQ(claim().size(), 1U) << "at once";
}

TEST_P(Jobs, are_repeated_from_the_start)
{
    auto const id = enqueue(a_spec());
    ASSERT_TRUE(finish(claim().at(0), JobState::failed));
    auto const copy = run_to_end(queue.repeat(id, {"user", "eve"}));
    ASSERT_TRUE(copy);
    Job const job = load(*copy);
    EXPECT_EQ(job.repeat_of, id);
    EXPECT_EQ(job.payload.at("folder"), "/src");
    EXPECT_EQ(job.actor.id, "eve");
    EXPECT_EQ(job.state, JobState::waiting);
}

TEST_P(Jobs, with_a_bad_description_are_refused)
{
    auto const code_of = [&](const JobSpec& spec) {
        return write([&](Connection& tx) { return queue.enqueue(tx, spec); }).error().code;
    };
    EXPECT_EQ(code_of(a_spec("")), core::Errc::invalid);
    auto spec = a_spec();
    spec.max_attempts = 0;
    EXPECT_EQ(code_of(spec), core::Errc::invalid);
    spec = a_spec();
    spec.payload = json::string(2 * 1024 * 1024, 'x');
    EXPECT_EQ(code_of(spec), core::Errc::too_large);
    spec = a_spec();
    spec.title = "bad \xff\xfe and long " + std::string(5000, 'x');
    EXPECT_LE(load(enqueue(spec)).title.size(), 510U);
}

TEST_P(Jobs, are_listed_newest_first_by_filter_and_page)
{
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) ids.push_back(enqueue(a_spec("scan", "Scan 100% of Repo_" + std::to_string(i))).text());
    auto other = a_spec("tool_run", "Lorenz");
    other.area = "tools";
    ids.push_back(enqueue(other).text());
    ASSERT_TRUE(finish(claim(1).at(0), JobState::failed));
    auto const list = [&](JobFilter filter, std::string cursor = "", int limit = 100) {
        return run_to_end(queue.list(std::move(filter), std::move(cursor), limit)).value();
    };
    auto const count = [&](JobFilter filter) { return list(std::move(filter)).jobs.size(); };
    auto const all = list({});
    ASSERT_EQ(all.jobs.size(), 6U);
    EXPECT_EQ(all.jobs.front().id.text(), ids.back());
    EXPECT_EQ(all.next, "");
    EXPECT_TRUE(all.jobs.front().payload.is_null());
    EXPECT_EQ(count({.area = "tools"}), 1U);
    EXPECT_EQ(count({.kind = "scan"}), 5U);
    EXPECT_EQ(count({.states = {JobState::failed}}), 1U);
    EXPECT_EQ(count({.states = {JobState::waiting}}), 5U);
    EXPECT_EQ(count({.states = {JobState::waiting, JobState::failed}}), 6U);
    EXPECT_EQ(count({.states = {JobState::cancelled}}), 0U);
    EXPECT_EQ(count({.text = "rEPO"}), 5U);
    EXPECT_EQ(count({.text = "100%"}), 5U);
    EXPECT_EQ(count({.text = "_3"}), 1U);
    EXPECT_EQ(count({.text = "o__"}), 0U) << "no wildcards from outside";
    EXPECT_EQ(count({.area = "security", .kind = "scan", .states = {JobState::waiting}, .text = "scan"}), 4U);

    std::vector<std::string> paged;
    std::string cursor;
    do {
        auto const page = list({.kind = "scan"}, cursor, 2);
        for (const Job& job : page.jobs) paged.push_back(job.id.text());
        cursor = page.next;
    } while (!cursor.empty());
    EXPECT_EQ(paged, (Names{ids[4], ids[3], ids[2], ids[1], ids[0]}));
}

TEST_P(Jobs, that_ended_long_ago_are_removed)
{
    auto const old = enqueue(a_spec());
    ASSERT_TRUE(finish(claim().at(0)));
    sql("UPDATE jobs SET finished_at = 1000");
    auto const kept = enqueue(a_spec());
    auto const removed = write([&](Connection& tx) { return queue.remove_finished(tx, 2000); });
    EXPECT_EQ(removed.value(), 1);
    EXPECT_EQ(run_to_end(queue.load(old)).error().code, core::Errc::not_found);
    EXPECT_EQ(load(kept).state, JobState::waiting);
}

TEST_P(Jobs, wake_the_worker_after_the_commit)
{
    int wakes = 0;
    queue.on_change([&] { ++wakes; });
    static_cast<void>(write([&](Connection& tx) -> core::Result<void> {
        PIX_CHECK(queue.enqueue(tx, a_spec()));
        return core::fail(core::Errc::gone, "no");
    }));
    EXPECT_EQ(wakes, 0);
    enqueue(a_spec());
    EXPECT_EQ(wakes, 1);
}

} // namespace
} // namespace pix::jobs
