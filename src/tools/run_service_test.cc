#include "tools/run_service.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "core/base/json.h"
#include "tools/testing/tools_bench.h"

namespace pix::tools {
namespace {

using namespace std::chrono_literals;
using core::Errc;

class RunServiceSuite : public testing::ToolsBench {};

TEST_F(RunServiceSuite, runs_a_tool_and_stores_run_and_job_together)
{
    write_tool("echo");
    auto const active = start("echo", {{"phrase", "stressed"}});
    EXPECT_EQ(stored(active->id).status, RunStatus::running);
    run(area->runs().wait(active));
    EXPECT_EQ(active->result->status, RunStatus::ok) << active->result->failure.message;
    auto const said = core::parse_json(active->result->outputs.at("said").as_string()).value();
    EXPECT_EQ(said.at("body").at("phrase"), "stressed");
    EXPECT_EQ(said.at("body").at("inputs").at("phrase"), "stressed");
    EXPECT_EQ(said.at("headers").at("x-pixie-run-id").as_string(), active->id);
    EXPECT_EQ(said.at("body").at("_pixie").at("artefacts_dir"), said.at("headers").at("x-pixie-artefacts-dir"));

    pix::tools::Run const row = stored(active->id);
    EXPECT_EQ(row.status, RunStatus::ok);
    EXPECT_TRUE(row.finished_at);
    EXPECT_EQ(row.inputs().at("phrase"), "stressed");
    EXPECT_TRUE(row.outputs().contains("said"));
    EXPECT_EQ(job_state_of(row), jobs::JobState::succeeded);
    EXPECT_EQ(run(area->last_inputs("echo"))->at("phrase"), "stressed");
}

TEST_F(RunServiceSuite, keeps_the_process_for_the_next_run)
{
    write_tool("echo");
    run_to_end("echo");
    auto const pid = area->launcher().find("echo")->child->pid();
    run_to_end("echo");
    EXPECT_EQ(area->launcher().find("echo")->child->pid(), pid);
    EXPECT_EQ(area->status_of(*area->catalog().snapshot()->find("echo")), "running");
}

TEST_F(RunServiceSuite, starts_one_process_for_runs_that_come_together)
{
    write_tool("echo", R"({"start_seconds": 0.2})");
    std::vector<std::shared_ptr<ActiveRun>> runs;
    for (int i = 0; i < 5; ++i) runs.push_back(start("echo"));
    for (auto const& one : runs) run(area->runs().wait(one));
    for (auto const& one : runs) EXPECT_EQ(one->result->status, RunStatus::ok);
    EXPECT_EQ(supervisor.running(), 1U);
}

TEST_F(RunServiceSuite, tells_what_a_dying_tool_said_last_and_starts_it_again)
{
    write_tool("dying", R"({"run": "die"})");
    for (int i = 0; i < 2; ++i) {
        auto const result = run_to_end("dying");
        EXPECT_EQ(result.status, RunStatus::error);
        EXPECT_EQ(result.failure.kind, ErrorKind::run);
        EXPECT_NE(result.failure.message.find("status 3"), std::string::npos) << result.failure.message;
        EXPECT_NE(result.failure.detail.find("the shim dies now"), std::string::npos);
    }
}

TEST_F(RunServiceSuite, shows_the_end_of_stderr_of_a_tool_that_does_not_start)
{
    write_tool("stillborn", R"({"dies_at_start": "no module named wisdom"})");
    auto const active = start("stillborn");
    run(area->runs().wait(active));
    EXPECT_EQ(active->result->failure.kind, ErrorKind::spawn);
    EXPECT_NE(active->result->failure.detail.find("no module named wisdom"), std::string::npos);
    pix::tools::Run const row = stored(active->id);
    EXPECT_EQ(row.status, RunStatus::error);
    EXPECT_EQ(row.failure().kind, ErrorKind::spawn);
    EXPECT_EQ(job_state_of(row), jobs::JobState::failed);
}

TEST_F(RunServiceSuite, gives_up_on_a_tool_that_never_opens_its_port)
{
    write_tool("closed", R"({"healthz": "closed"})");
    RunRequest request = request_for("closed");
    request.plan.launch.spawn_timeout = 1s;
    auto const started = run(area->runs().start(std::move(request)));
    ASSERT_TRUE(started);
    run(area->runs().wait(*started));
    EXPECT_EQ((*started)->result->failure.kind, ErrorKind::timeout);
    EXPECT_EQ(supervisor.running(), 0U);
}

TEST_F(RunServiceSuite, stops_a_tool_whose_run_takes_too_long)
{
    write_tool("endless", R"({"run": "stubborn"})");
    RunRequest request = request_for("endless");
    request.plan.max_runtime = -4s; // one second with the grace of five
    auto const started = run(area->runs().start(std::move(request)));
    ASSERT_TRUE(started);
    run(area->runs().wait(*started));
    EXPECT_EQ((*started)->result->failure.kind, ErrorKind::timeout);
    EXPECT_EQ((*started)->result->failure.headline, "ResourceLimitExceeded: runtime");
    EXPECT_FALSE(area->launcher().find("endless"));
}

TEST_F(RunServiceSuite, refuses_answers_that_are_no_object_of_outputs)
{
    write_tool("garbled", R"({"run": "raw", "answer": "[1, 2]"})");
    auto const result = run_to_end("garbled");
    EXPECT_EQ(result.status, RunStatus::error);
    EXPECT_NE(result.failure.message.find("JSON object"), std::string::npos);
}

TEST_F(RunServiceSuite, hides_secrets_of_the_env_file_in_what_it_stores)
{
    write_tool("leaky", R"({"run": "answer", "status": 500, "answer": {"detail": "bad key hunter22"}})");
    std::ofstream(home.path() / "tools/leaky/.env") << "API_KEY=hunter22\n";
    auto const active = start("leaky");
    run(area->runs().wait(active));
    EXPECT_EQ(active->result->failure.message, "bad key ***");
    EXPECT_EQ(*stored(active->id).error_text, "bad key ***");
}

TEST_F(RunServiceSuite, cancels_a_run_of_a_tool_that_listens_without_stopping_it)
{
    write_tool("slow", R"({"run": "slow", "seconds": 50})");
    auto const active = start("slow");
    turn_until([&] { return active->at_tool; });
    EXPECT_EQ(run(area->runs().cancel("slow", active->id)), CancelOutcome::ended);
    EXPECT_EQ(active->result->status, RunStatus::cancelled);
    pix::tools::Run const row = stored(active->id);
    EXPECT_EQ(row.status, RunStatus::cancelled);
    EXPECT_EQ(job_state_of(row), jobs::JobState::cancelled);
    EXPECT_TRUE(area->launcher().find("slow"));
    EXPECT_EQ(run(area->runs().cancel("slow", active->id)), CancelOutcome::not_running);
}

TEST_F(RunServiceSuite, cancels_a_run_that_is_still_starting)
{
    write_tool("late", R"({"start_seconds": 30})");
    auto const active = start("late");
    turn_until([&] { return area->launcher().is_starting("late"); });
    run(area->runs().cancel("late", active->id));
    EXPECT_EQ(active->result->status, RunStatus::cancelled);
    turn_until([&] { return supervisor.running() == 0; });
}

TEST_F(RunServiceSuite, lets_runs_of_a_tool_that_takes_one_at_a_time_wait)
{
    write_tool("single", R"({"run": "slow", "seconds": 0.2})", R"("concurrent": false, )");
    auto const first = start("single");
    auto const second = start("single");
    turn_until([&] { return first->at_tool; });
    EXPECT_FALSE(second->at_tool);
    run(area->runs().wait(second));
    EXPECT_TRUE(first->result);
    EXPECT_EQ(second->result->status, RunStatus::ok);
}

TEST_F(RunServiceSuite, adds_up_a_stream_and_lets_others_read_it_again)
{
    write_tool("streamer",
               R"({"run": "start_stream", "answer": {"said": ""}, "repeat": 3,
                   "events": ["data: {\"output_key\": \"said\", \"value\": \"a{n}\", \"done\": false}\n\n"]})",
               "", R"([{"key": "said", "type": "stream_text", "label": "Said", "streaming": true}])");
    auto const active = start("streamer");
    run(area->runs().wait(active));
    ASSERT_EQ(active->result->status, RunStatus::ok) << active->result->failure.message;
    EXPECT_EQ(active->result->outputs.at("said"), "a0a1a2");
    EXPECT_EQ(stored(active->id).outputs().at("said"), "a0a1a2");
    auto const events = run(active->live->read_back(0, 100));
    ASSERT_EQ(events.events.size(), 4U); // what /run answered, and three
    EXPECT_EQ(events.events.back().data, R"({"output_key": "said", "value": "a2", "done": false})");
    EXPECT_TRUE(events.closed);
}

TEST_F(RunServiceSuite, keeps_large_values_and_files_beside_the_database)
{
    write_tool("large", R"({"run": "answer", "answer": {"said": ")" + std::string(100'000, 'x') + R"("}})");
    auto const active = start("large");
    run(area->runs().wait(active));
    ASSERT_EQ(active->result->status, RunStatus::ok);
    pix::tools::Run const row = stored(active->id);
    EXPECT_LT(row.outputs_json->size(), 1000U);
    EXPECT_EQ(row.meta().at("outputs_oversize"), true);
    EXPECT_EQ(row.total_artefact_bytes, 100'002);
    auto const restored = run(area->runs().restored_outputs(row.id, row.outputs()));
    ASSERT_TRUE(restored);
    EXPECT_EQ(restored->at("said").as_string().size(), 100'000U);
}

TEST_F(RunServiceSuite, stops_with_every_run_cancelled_and_no_process_left)
{
    write_tool("slow", R"({"run": "slow", "seconds": 50})");
    auto const active = start("slow");
    turn_until([&] { return active->at_tool; });
    run(area->stop());
    EXPECT_EQ(stored(active->id).status, RunStatus::cancelled);
    turn_until([&] { return supervisor.running() == 0; });
    auto const refused = run(area->runs().start(request_for("slow")));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unavailable);
}

TEST_F(RunServiceSuite, marks_what_a_lost_server_left_running)
{
    write_tool("echo");
    auto const active = start("echo");
    run(area->runs().wait(active));
    // As a server that died in the middle would have left it.
    auto const row = stored(active->id);
    auto result = database->write_now([&](store::Connection& tx) -> core::Result<void> {
        jobs::JobSpec spec;
        spec.kind = "tool_run";
        spec.title = "lost";
        spec.area = "tools";
        PIX_TRY(auto const id, queue.start(tx, spec, jobs::WorkerId("worker_gone")));
        pix::tools::Run lost;
        lost.id = "0b7c4d16-6b0c-4a52-8a3b-9d0a3a0d6f11";
        lost.tool_id = "echo";
        lost.job_id = id.text();
        lost.inputs_json = "{}";
        PIX_CHECK(run_store::insert(tx, lost));
        PIX_CHECK(tx.execute("UPDATE jobs SET lease_until = 1 WHERE id = $1", {id}));
        PIX_CHECK(queue.reap(tx, jobs::ProcessMark::of_this_process("bench")));
        return {};
    });
    ASSERT_TRUE(result) << result.error().message << result.error().detail;
    pix::tools::Run const lost = stored("0b7c4d16-6b0c-4a52-8a3b-9d0a3a0d6f11");
    EXPECT_EQ(lost.status, RunStatus::error);
    EXPECT_EQ(lost.error_text, "the server stopped");
    EXPECT_EQ(row.status, RunStatus::ok);
}

TEST_F(RunServiceSuite, removes_old_runs_but_never_starred_ones)
{
    write_tool("echo");
    std::vector<std::string> ids;
    for (int i = 0; i < 4; ++i) {
        auto const active = start("echo");
        run(area->runs().wait(active));
        ids.push_back(active->id);
    }
    ASSERT_TRUE(database->write_now([&](store::Connection& tx) { return run_store::set_starred(tx, ids[0], true); }));
    auto const pruned = run(area->runs().prune("echo", 1));
    ASSERT_TRUE(pruned);
    EXPECT_EQ(*pruned, 2U);
    auto const left =
        database->read_now([&](store::Connection& tx) { return run_store::list(tx, {.tool_id = "echo"}); });
    ASSERT_EQ(left->size(), 2U);
}

/// A database that refuses statements with this in them, as a full disk would.
class FullDiskSuite : public testing::ToolsBench {
protected:
    FullDiskSuite() : ToolsBench({.before_statement = look_at}) {}

    static core::Result<void> look_at(std::string_view sql)
    {
        std::string_view const wanted = refused.load() ? refused.load() : "";
        if (wanted.empty() || sql.find(wanted) == std::string_view::npos) return {};
        return core::fail(Errc::unavailable, "the disk is full");
    }

    // Static, because the database asks before this object is complete.
    static inline std::atomic<const char*> refused{nullptr};
};

TEST_F(FullDiskSuite, refuses_a_run_that_cannot_be_stored_without_starting_anything)
{
    write_tool("echo");
    refused = "INSERT INTO tool_runs";
    auto const refusal = run(area->runs().start(request_for("echo")));
    ASSERT_FALSE(refusal);
    EXPECT_EQ(refusal.error().message, "the disk is full");
    refused = nullptr;
    EXPECT_EQ(supervisor.running(), 0U);
    EXPECT_EQ(area->runs().active_runs("echo"), 0U);
    auto const jobs = database->read_now([&](store::Connection& tx) { return queue.list(tx, {}, "", 10); });
    EXPECT_TRUE(jobs && jobs->jobs.empty());
    EXPECT_EQ(run_to_end("echo").status, RunStatus::ok);
}

TEST_F(FullDiskSuite, says_that_a_result_was_not_stored_and_fails_the_run_when_it_can)
{
    write_tool("large", R"({"run": "answer", "answer": {"said": ")" + std::string(100'000, 'x') + R"("}})");
    auto const active = start("large");
    refused = "INSERT INTO artefacts";
    run(area->runs().wait(active));
    EXPECT_EQ(active->result->status, RunStatus::error);
    EXPECT_FALSE(active->result->stored);
    EXPECT_NE(active->result->failure.message.find("the disk is full"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(home.path() / "artefacts/large" / active->id));
    refused = nullptr;
    turn_until([&] { return stored(active->id).status != RunStatus::running; });
    pix::tools::Run const row = stored(active->id);
    EXPECT_EQ(row.status, RunStatus::error);
    EXPECT_FALSE(row.outputs_json);
    EXPECT_EQ(job_state_of(row), jobs::JobState::failed);
}

} // namespace
} // namespace pix::tools
