#include "tools/tool_catalog.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "core/base/testing/temporary_folder.h"

namespace pix::tools {
namespace {

std::string schema_of(std::string_view id, std::string_view name = "A tool")
{
    return R"({"id":")" + std::string(id) + R"(","name":")" + std::string(name) + R"(","inputs":[],"outputs":[]})";
}

struct ToolCatalogTest : ::testing::Test {
    void add_tool(const std::string& folder, const std::string& text)
    {
        std::filesystem::create_directories(home.path() / folder);
        std::ofstream(home.path() / folder / "tool.json") << text;
    }
    std::shared_ptr<const CatalogSnapshot> scan(const CatalogSnapshot* before = nullptr)
    {
        return scan_tools(home.path(), CatalogLimits{}, before);
    }

    /// Runs the loop until `done`, at most ten seconds.
    template <class Done>
    bool run_until(Done done)
    {
        auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!done() && std::chrono::steady_clock::now() < deadline) {
            io.restart();
            io.run_one_for(std::chrono::milliseconds(50));
        }
        return done();
    }
    std::shared_ptr<const CatalogSnapshot> wait(awaitable<std::shared_ptr<const CatalogSnapshot>> asked)
    {
        std::shared_ptr<const CatalogSnapshot> result;
        asio::co_spawn(io, std::move(asked),
                       [&](std::exception_ptr, std::shared_ptr<const CatalogSnapshot> got) { result = got; });
        run_until([&] { return result != nullptr; });
        return result;
    }

    pix::testing::TemporaryFolder home;
    asio::io_context io;
    asio::thread_pool pool{1};
};

TEST_F(ToolCatalogTest, lists_tools_in_the_order_of_their_folders)
{
    add_tool("zebra", schema_of("zebra"));
    add_tool("ant", schema_of("bee"));
    add_tool(".hidden", schema_of("hidden"));
    std::ofstream(home.path() / "notes.txt") << "no folder";
    auto const snapshot = scan();
    ASSERT_EQ(snapshot->tools.size(), 2u);
    EXPECT_EQ(snapshot->tools[0]->id, "bee");
    EXPECT_EQ(snapshot->find("bee"), snapshot->tools[0]);
    EXPECT_EQ(snapshot->find("ant"), snapshot->tools[0]);
    EXPECT_EQ(snapshot->find("hidden"), nullptr);
}

TEST_F(ToolCatalogTest, a_missing_directory_is_empty)
{
    auto const snapshot = scan_tools(home.path() / "nowhere", CatalogLimits{});
    EXPECT_TRUE(snapshot->tools.empty());
    EXPECT_TRUE(snapshot->problems.empty());
}

TEST_F(ToolCatalogTest, a_broken_tool_stays_under_its_folder_name)
{
    add_tool("broken", "{");
    std::filesystem::create_directories(home.path() / "empty");
    auto const snapshot = scan();
    ASSERT_EQ(snapshot->tools.size(), 2u);
    for (auto const& tool : snapshot->tools) {
        EXPECT_TRUE(tool->is_broken());
        EXPECT_EQ(tool->id, tool->folder_name);
        EXPECT_FALSE(tool->problems.empty());
    }
    EXPECT_EQ(snapshot->find("broken"), snapshot->tools[0]);
}

TEST_F(ToolCatalogTest, an_id_belongs_to_the_folder_of_its_name_and_the_other_says_so)
{
    add_tool("a-copy", schema_of("original"));
    add_tool("original", schema_of("original"));
    auto const snapshot = scan();
    EXPECT_EQ(snapshot->find("original")->folder_name, "original");
    auto const copy = snapshot->find("a-copy");
    ASSERT_TRUE(copy->is_broken());
    EXPECT_NE(copy->problems[0].message.find("already belongs to the folder \"original\""), std::string::npos);
}

TEST_F(ToolCatalogTest, a_refused_copy_comes_back_when_the_owner_goes)
{
    add_tool("a-copy", schema_of("original"));
    add_tool("original", schema_of("original"));
    auto const before = scan();
    std::filesystem::remove_all(home.path() / "original");
    auto const after = scan(before.get());
    EXPECT_GT(after->version, before->version);
    ASSERT_NE(after->find("original"), nullptr);
    EXPECT_FALSE(after->find("original")->is_broken());
}

TEST_F(ToolCatalogTest, fifos_loops_and_devices_do_not_hold_it_up)
{
    std::filesystem::create_directories(home.path() / "pipe");
    ASSERT_EQ(::mkfifo((home.path() / "pipe" / "tool.json").c_str(), 0600), 0);
    ASSERT_EQ(::mkfifo((home.path() / "bare-pipe").c_str(), 0600), 0);
    ASSERT_EQ(::symlink("loop", (home.path() / "loop").c_str()), 0);
    ASSERT_EQ(::symlink("bare-pipe", (home.path() / "to-pipe").c_str()), 0);
    ASSERT_EQ(::symlink("/dev/zero", (home.path() / "zero").c_str()), 0);
    std::filesystem::create_directories(home.path() / "device");
    ASSERT_EQ(::symlink("/dev/zero", (home.path() / "device" / "tool.json").c_str()), 0);
    std::filesystem::create_directories(home.path() / "directory" / "tool.json");
    auto const snapshot = scan();
    ASSERT_EQ(snapshot->tools.size(), 3u);
    for (auto const& tool : snapshot->tools)
        EXPECT_EQ(tool->problems.at(0).message, "tool.json is not a regular file") << tool->id;
}

TEST_F(ToolCatalogTest, follows_a_link_to_a_folder)
{
    pix::testing::TemporaryFolder elsewhere;
    std::ofstream(elsewhere.path() / "tool.json") << schema_of("linked");
    ASSERT_EQ(::symlink(elsewhere.path().c_str(), (home.path() / "linked").c_str()), 0);
    EXPECT_NE(scan()->find("linked"), nullptr);
}

TEST_F(ToolCatalogTest, refuses_a_schema_file_above_its_limit_and_more_tools_than_its_limit)
{
    add_tool("huge", std::string(max_schema_bytes + 10, ' '));
    add_tool("two", schema_of("two"));
    EXPECT_NE(scan()->tools[0]->problems.at(0).message.find("the limit is"), std::string::npos);
    CatalogLimits limits;
    limits.max_tools = 1;
    auto const snapshot = scan_tools(home.path(), limits);
    EXPECT_EQ(snapshot->tools.size(), 1u);
    EXPECT_EQ(snapshot->problems.size(), 1u);
}

TEST_F(ToolCatalogTest, keeps_its_version_until_something_changes)
{
    add_tool("one", schema_of("one", "Old"));
    auto const first = scan();
    auto const second = scan(first.get());
    EXPECT_EQ(second->version, first->version);
    add_tool("one", schema_of("one", "New"));
    auto const third = scan(second.get());
    EXPECT_GT(third->version, second->version);
    EXPECT_EQ(third->tools[0]->name, "New");
}

TEST_F(ToolCatalogTest, notices_a_change_at_once_when_a_page_asks)
{
    add_tool("one", schema_of("one"));
    CatalogLimits limits;
    limits.max_age = std::chrono::hours(1);
    ToolCatalog catalog(io, pool, home.path(), limits);
    catalog.scan_now();
    auto const version = catalog.version();
    auto const first = catalog.snapshot();
    EXPECT_EQ(wait(catalog.current()), first);
    add_tool("two", schema_of("two"));
    EXPECT_EQ(wait(catalog.current())->tools.size(), 2u);
    EXPECT_GT(catalog.version(), version);
    add_tool("two", schema_of("two", "Renamed"));
    EXPECT_EQ(wait(catalog.current())->find("two")->name, "Renamed");
}

TEST_F(ToolCatalogTest, does_not_scan_for_what_a_tool_writes)
{
    add_tool("one", schema_of("one"));
    CatalogLimits limits;
    limits.max_age = std::chrono::hours(1);
    ToolCatalog catalog(io, pool, home.path(), limits);
    catalog.scan_now();
    auto const first = catalog.snapshot();
    std::ofstream(home.path() / "one" / "data.db") << "data";
    EXPECT_EQ(wait(catalog.current()), first);
}

TEST_F(ToolCatalogTest, watches_and_tells_its_listeners)
{
    CatalogLimits limits;
    limits.debounce = std::chrono::milliseconds(1);
    ToolCatalog catalog(io, pool, home.path(), limits);
    catalog.scan_now();
    std::size_t seen = 0;
    bool ended = false;
    catalog.on_change([&](const CatalogSnapshot& snapshot) { seen = snapshot.tools.size(); });
    asio::co_spawn(io, catalog.watch(), [&](std::exception_ptr) { ended = true; });
    add_tool("one", schema_of("one"));
    EXPECT_TRUE(run_until([&] { return seen == 1 && !catalog.snapshot()->tools[0]->is_broken(); }));
    std::filesystem::remove_all(home.path() / "one");
    EXPECT_TRUE(run_until([&] { return catalog.snapshot()->tools.empty(); }));
    catalog.stop();
    EXPECT_TRUE(run_until([&] { return ended; }));
}

TEST_F(ToolCatalogTest, finds_a_directory_that_appears_later)
{
    ToolCatalog catalog(io, pool, home.path() / "later");
    catalog.scan_now();
    add_tool("later/one", schema_of("one"));
    EXPECT_EQ(wait(catalog.current())->tools.size(), 1u);
}

TEST_F(ToolCatalogTest, callers_at_the_same_time_share_scans)
{
    ToolCatalog catalog(io, pool, home.path());
    catalog.scan_now();
    add_tool("one", schema_of("one"));
    int answered = 0;
    for (int i = 0; i < 50; ++i)
        asio::co_spawn(io, catalog.rescan(), [&](std::exception_ptr, std::shared_ptr<const CatalogSnapshot> got) {
            if (got->tools.size() == 1) ++answered;
        });
    EXPECT_TRUE(run_until([&] { return answered == 50; }));
    EXPECT_EQ(catalog.version(), 1u);
}

} // namespace
} // namespace pix::tools
