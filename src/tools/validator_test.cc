#include "tools/validator.h"

#include <gtest/gtest.h>

#include "tools/folder_checks.h"
#include "tools/testing/tools_bench.h"

namespace pix::tools {
namespace {

class ValidatorSuite : public testing::ToolsBench {
protected:
    ValidationReport validate(const std::string& id)
    {
        auto report = run(area->validate(area->catalog().snapshot()->find(id)));
        if (!report) throw std::runtime_error(report.error().message);
        return *report;
    }

    static const Check& check(const ValidationReport& report, std::string_view name)
    {
        for (const Check& one : report.checks)
            if (one.name == name) return one;
        throw std::runtime_error("no such check");
    }

    void write_fixture(const std::string& tool, const std::string& text)
    {
        auto const folder = home.path() / "tools" / tool / "reference";
        std::filesystem::create_directories(folder);
        std::ofstream(folder / "fixture_one.json") << text;
    }
};

TEST_F(ValidatorSuite, passes_a_good_tool_and_lists_all_checks_in_order)
{
    write_tool("good");
    auto const report = validate("good");
    ASSERT_EQ(report.checks.size(), check_names.size());
    for (std::size_t i = 0; i < check_names.size(); ++i) EXPECT_EQ(report.checks[i].name, check_names[i]);
    for (const Check& one : report.checks)
        EXPECT_TRUE(one.status == CheckStatus::pass || one.status == CheckStatus::skip) << one.name << one.message;
    EXPECT_EQ(check(report, "clean_shutdown").status, CheckStatus::pass);
    EXPECT_EQ(report.overall(), CheckStatus::pass);
    EXPECT_EQ(report.sample_inputs->at("phrase"), "hello");
    EXPECT_TRUE(report.sample_output->contains("said"));
    EXPECT_EQ(supervisor.running(), 0U);

    auto const summary = area->validation_of("good");
    EXPECT_EQ(summary.overall, "pass");
    EXPECT_EQ(summary.pass + summary.skip, check_names.size());
    auto const stored =
        database->read_now([](store::Connection& tx) { return validation_store::load_latest(tx, "good"); });
    ASSERT_TRUE(stored && *stored);
    EXPECT_EQ((*stored)->at("overall"), "pass");
}

TEST_F(ValidatorSuite, a_start_queues_each_tool_once)
{
    write_tool("first");
    write_tool("second");
    jobs::JobSpec left;
    left.kind = "tool_validation";
    left.title = "Validate first";
    left.area = "tools";
    left.link = "/tool/first";
    left.actor = core::Actor::system();
    ASSERT_TRUE(run(queue.enqueue(left)));

    jobs::JobFilter filter;
    filter.kind = "tool_validation";
    auto const links = [&] {
        auto const page = run(queue.list(filter, "", 100));
        std::vector<std::string> found;
        for (const jobs::Job& job : page->jobs) found.push_back(job.link);
        return found;
    };
    bool ended = false;
    asio::co_spawn(io, area->run(), [&](std::exception_ptr) { ended = true; });
    turn_until([&] { return links().size() > 1; });
    run(area->stop());
    turn_until([&] { return ended; });
    EXPECT_EQ(links(), (std::vector<std::string>{"/tool/second", "/tool/first"}));
}

TEST_F(ValidatorSuite, lists_what_it_did_not_reach_after_a_failure)
{
    write_tool("broken", "{}", R"("unknown_key": 1, )");
    auto const report = validate("broken");
    EXPECT_EQ(report.overall(), CheckStatus::fail);
    EXPECT_EQ(check(report, "tool_json_parses").status, CheckStatus::fail);
    EXPECT_NE(check(report, "tool_json_parses").details.find("unknown_key"), std::string::npos);
    EXPECT_EQ(check(report, "tool_spawns").status, CheckStatus::skip);
    EXPECT_EQ(check(report, "tool_spawns").message, "not reached");
}

TEST_F(ValidatorSuite, keeps_the_log_of_a_tool_that_does_not_start)
{
    write_tool("stillborn", R"({"dies_at_start": "no module named wisdom"})");
    auto const report = validate("stillborn");
    EXPECT_EQ(check(report, "tool_spawns").status, CheckStatus::fail);
    EXPECT_NE(report.spawn_log->find("no module named wisdom"), std::string::npos);
}

TEST_F(ValidatorSuite, sees_a_failing_run_and_still_checks_the_shutdown)
{
    write_tool("refusing", R"({"run": "answer", "status": 500, "answer": {"detail": "no"}})");
    auto const report = validate("refusing");
    EXPECT_EQ(check(report, "sample_run_succeeds").status, CheckStatus::fail);
    EXPECT_EQ(check(report, "output_conforms").message, "not reached");
    EXPECT_EQ(check(report, "clean_shutdown").status, CheckStatus::pass);
}

TEST_F(ValidatorSuite, compares_outputs_with_their_declaration)
{
    write_tool("partial", R"({"run": "answer", "answer": {"other": 1}})");
    EXPECT_EQ(check(validate("partial"), "output_conforms").status, CheckStatus::fail);
    write_tool("more", R"({"run": "answer", "answer": {"said": "x", "other": 1}})");
    EXPECT_EQ(check(validate("more"), "output_conforms").status, CheckStatus::warn);
}

TEST_F(ValidatorSuite, wants_a_stream_from_a_tool_that_says_so)
{
    std::string const outputs = R"([{"key": "said", "type": "stream_text", "label": "Said", "streaming": true}])";
    write_tool("silent", R"({"run": "start_stream", "answer": {"said": ""}})", "", outputs);
    EXPECT_EQ(check(validate("silent"), "streaming_check").status, CheckStatus::fail);
    write_tool("talking",
               R"({"run": "start_stream", "answer": {"said": ""}, "events": ["data: {\"chunk\": \"x\"}\n\n"]})", "",
               outputs);
    EXPECT_EQ(check(validate("talking"), "streaming_check").status, CheckStatus::pass);
}

TEST_F(ValidatorSuite, compares_fixtures_and_shows_the_first_that_fails)
{
    write_tool("known", R"({"run": "answer", "answer": {"said": "done"}})");
    write_fixture("known", R"({"name": "one", "inputs": {"phrase": "a"}, "expected_outputs": {"said": "done"}})");
    EXPECT_EQ(check(validate("known"), "reference_fixtures_match").status, CheckStatus::pass);
    write_fixture("known", R"({"name": "one", "inputs": {"phrase": "b"}, "expected_outputs": {"said": "other"}})");
    auto const report = validate("known");
    EXPECT_EQ(check(report, "reference_fixtures_match").status, CheckStatus::fail);
    EXPECT_EQ(report.sample_inputs->at("phrase"), "b");
    write_fixture("known", R"({"name": "one", "inputs": {}, "expected_outputs": {}, "surprise": 1})");
    EXPECT_EQ(check(validate("known"), "reference_fixtures_match").status, CheckStatus::fail);
}

TEST_F(ValidatorSuite, warns_of_a_tool_that_has_to_be_killed)
{
    write_tool("deaf", R"({"on_term": "ignore"})");
    Validator quick(io.get_executor(), pool, area->launcher(), supervisor, area->client(), clock,
                    {.scratch_folder = home.path() / "scratch", .stop_grace = std::chrono::milliseconds(200)});
    auto const tool = area->catalog().snapshot()->find("deaf");
    auto const report = run(quick.validate(tool, area->plan_for(*tool)));
    EXPECT_EQ(check(report, "clean_shutdown").status, CheckStatus::warn);
    EXPECT_EQ(report.overall(), CheckStatus::warn);
    EXPECT_FALSE(std::filesystem::exists(home.path() / "scratch") &&
                 !std::filesystem::is_empty(home.path() / "scratch"));
}

TEST_F(ValidatorSuite, does_not_touch_the_warm_process)
{
    write_tool("both");
    run_to_end("both");
    auto const pid = area->launcher().find("both")->child->pid();
    EXPECT_EQ(validate("both").overall(), CheckStatus::pass);
    EXPECT_EQ(area->launcher().find("both")->child->pid(), pid);
}

TEST(FolderChecks, wants_three_dependencies_and_warns_of_other_sources)
{
    EXPECT_EQ(
        check_pyproject("[project]\ndependencies = [\"FastAPI>=0.1\", \"uvicorn[standard]\", \"python_dotenv\"]\n")
            .status,
        CheckStatus::pass);
    auto const missing = check_pyproject("[project]\ndependencies = [\"fastapi\"]\n");
    EXPECT_EQ(missing.status, CheckStatus::fail);
    EXPECT_EQ(missing.details, "uvicorn\npython-dotenv");
    EXPECT_EQ(check_pyproject("[project]\ndependencies = [\"fastapi\", \"uvicorn\", \"python-dotenv\", "
                              "\"x @ git+https://example.org/x\"]\n")
                  .status,
              CheckStatus::warn);
    EXPECT_EQ(check_pyproject("[project").status, CheckStatus::fail);
    EXPECT_EQ(check_pyproject("[project]\n").status, CheckStatus::fail);
}

TEST(FolderChecks, tells_essential_differences_of_schemas_from_others)
{
    json::value const disk{{"id", "a"}, {"name", "A"}, {"inputs", json::array{}}, {"outputs", json::array{}}};
    json::value other = disk;
    EXPECT_EQ(compare_schemas(disk, other).status, CheckStatus::pass);
    other.as_object()["name"] = "B";
    EXPECT_EQ(compare_schemas(disk, other).status, CheckStatus::warn);
    EXPECT_EQ(compare_schemas(disk, other).details, "name differs");
    other.as_object()["id"] = "b";
    EXPECT_EQ(compare_schemas(disk, other).status, CheckStatus::fail);
    EXPECT_EQ(compare_schemas(disk, nullptr).status, CheckStatus::fail);
}

} // namespace
} // namespace pix::tools
