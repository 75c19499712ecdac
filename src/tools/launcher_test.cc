#include "tools/launcher.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "tools/testing/tools_bench.h"

namespace pix::tools {
namespace {

using namespace std::chrono_literals;

class LauncherSuite : public testing::ToolsBench {
protected:
    LauncherConfig config()
    {
        LauncherConfig result;
        result.environment = {{"PATH", "/usr/bin:/bin"}, {"SECRET_OF_PIX", "x"}};
        result.artefacts_root = home.path() / "artefacts";
        result.cache_folder = home.path() / "cache";
        result.memory_budget_mb = 100'000;
        return result;
    }

    Launcher& make(LauncherConfig wanted)
    {
        launcher.emplace(io.get_executor(), supervisor, client, clock, std::move(wanted));
        return *launcher;
    }

    LaunchSpec spec(const std::string& id)
    {
        auto const tool = area->catalog().snapshot()->find(id);
        return area->plan_for(*tool).launch;
    }

    void TearDown() override
    {
        if (launcher) run(launcher->stop_all());
        ToolsBench::TearDown();
    }

    http::LocalClient client{io.get_executor()};
    std::optional<Launcher> launcher;
};

TEST_F(LauncherSuite, stops_the_least_recently_used_above_the_cap_but_never_a_pinned_one)
{
    for (const char* id : {"a", "b", "c"}) write_tool(id);
    LauncherConfig small = config();
    small.warm_keep_max = 2;
    Launcher& tools = make(small);
    LaunchSpec pinned = spec("a");
    pinned.pinned_warm = true;
    ASSERT_TRUE(run(tools.ensure(pinned)));
    ASSERT_TRUE(run(tools.ensure(spec("b"))));
    ASSERT_TRUE(run(tools.ensure(spec("c"))));
    EXPECT_TRUE(tools.find("a"));
    EXPECT_FALSE(tools.find("b"));
    EXPECT_TRUE(tools.find("c"));
    turn_until([&] { return tools.warm_count() == 2; });
}

TEST_F(LauncherSuite, exceeds_the_cap_rather_than_stop_a_tool_that_runs)
{
    for (const char* id : {"a", "b"}) write_tool(id);
    LauncherConfig small = config();
    small.warm_keep_max = 1;
    Launcher& tools = make(small);
    auto const first = run(tools.ensure(spec("a")));
    ASSERT_TRUE(first);
    InFlight const mark(*first, "run", clock);
    ASSERT_TRUE(run(tools.ensure(spec("b"))));
    EXPECT_TRUE(tools.find("a") && tools.find("b"));
}

TEST_F(LauncherSuite, keeps_the_sum_of_memory_limits_below_the_budget)
{
    for (const char* id : {"a", "b"}) write_tool(id);
    LauncherConfig small = config();
    small.memory_budget_mb = 800;
    Launcher& tools = make(small);
    ASSERT_TRUE(run(tools.ensure(spec("a"))));
    ASSERT_TRUE(run(tools.ensure(spec("b"))));
    EXPECT_FALSE(tools.find("a"));
    EXPECT_TRUE(tools.find("b"));
}

TEST_F(LauncherSuite, stops_idle_tools_but_not_those_with_a_run)
{
    for (const char* id : {"a", "b"}) write_tool(id);
    Launcher& tools = make(config());
    LaunchSpec idle = spec("a");
    idle.warm_keep = -10s; // idle at once, in spite of the grace of 3 s
    LaunchSpec busy = spec("b");
    busy.warm_keep = -10s;
    ASSERT_TRUE(run(tools.ensure(idle)));
    auto const used = run(tools.ensure(busy));
    ASSERT_TRUE(used);
    InFlight const mark(*used, "run", clock);
    tools.sweep_once();
    EXPECT_FALSE(tools.find("a"));
    EXPECT_TRUE(tools.find("b"));
}

TEST_F(LauncherSuite, gives_the_tool_only_what_it_may_see_and_its_env_file)
{
    write_tool("env");
    std::ofstream(home.path() / "tools/env/.env") << "MINE=\"a b\"\nPATH=/usr/bin\n";
    Launcher& tools = make(config());
    auto const tool = run(tools.ensure(spec("env")));
    ASSERT_TRUE(tool);
    std::ifstream file("/proc/" + std::to_string((*tool)->child->pid()) + "/environ");
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::replace(text.begin(), text.end(), '\0', '\n');
    EXPECT_NE(text.find("MINE=a b\n"), std::string::npos);
    EXPECT_NE(text.find("PIXIE_TOOL_ID=env\n"), std::string::npos);
    EXPECT_NE(text.find("PATH=/usr/bin\n"), std::string::npos);
    EXPECT_EQ(text.find("SECRET_OF_PIX"), std::string::npos);
    EXPECT_EQ(text.find("PIXIE_VALIDATE"), std::string::npos);
}

TEST_F(LauncherSuite, refuses_entrypoints_outside_the_folder)
{
    write_tool("inside");
    Launcher& tools = make(config());
    for (const char* path : {"../inside/tool", "/bin/true", "a/../../inside/tool", "", "missing"}) {
        LaunchSpec wanted = spec("inside");
        wanted.entrypoint = path;
        auto const refused = run(tools.ensure(wanted));
        ASSERT_FALSE(refused) << path;
        EXPECT_EQ(refused.error().kind, LaunchFailure::spawn);
    }
    EXPECT_EQ(supervisor.running(), 0U);
}

TEST_F(LauncherSuite, says_what_a_python_tool_lacks_instead_of_installing_it)
{
    write_tool("lacking");
    auto const folder = home.path() / "tools/lacking";
    std::ofstream(folder / "main.py") << "";
    std::ofstream(folder / "pyproject.toml") << "[project]\ndependencies = [\"no-such-package-anywhere\"]\n";
    Launcher& tools = make(config());
    LaunchSpec wanted = spec("lacking");
    wanted.entrypoint = "main.py";
    auto const refused = run(tools.ensure(wanted));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, LaunchFailure::venv);
    EXPECT_NE(refused.error().error.message.find("no-such-package-anywhere"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(folder / ".venv"));
}

TEST_F(LauncherSuite, makes_the_environment_of_a_tool_whose_requirements_are_installed)
{
    write_tool("python");
    auto const folder = home.path() / "tools/python";
    std::filesystem::copy_file(folder / "tool", folder / "main.py");
    std::ofstream(folder / "pyproject.toml") << "[project]\nrequires-python = \">=3.9\"\ndependencies = []\n";
    Launcher& tools = make(config());
    LaunchSpec wanted = spec("python");
    wanted.entrypoint = "main.py";
    auto const launched = run(tools.ensure(wanted));
    ASSERT_TRUE(launched) << launched.error().error.message << launched.error().stderr_tail;
    EXPECT_TRUE(std::filesystem::exists(Interpreter::venv_python(folder)));
    for (auto const& entry : std::filesystem::directory_iterator(folder))
        EXPECT_FALSE(entry.path().filename().string().starts_with(".venv.partial")) << entry.path();
}

TEST_F(LauncherSuite, forgets_a_process_that_was_killed_and_starts_another)
{
    write_tool("victim");
    Launcher& tools = make(config());
    auto const first = run(tools.ensure(spec("victim")));
    ASSERT_TRUE(first);
    ASSERT_TRUE((*first)->child->signal(SIGKILL));
    turn_until([&] { return (*first)->dead; });
    EXPECT_FALSE(tools.find("victim"));
    auto const second = run(tools.ensure(spec("victim")));
    ASSERT_TRUE(second);
    EXPECT_NE((*second)->port, (*first)->port);
    auto const state = tools.state();
    EXPECT_EQ(state.at("warm_count"), 1U);
    EXPECT_EQ(state.at("warm").at("victim").at("port"), (*second)->port);
}

} // namespace
} // namespace pix::tools
