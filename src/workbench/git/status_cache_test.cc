#include <fcntl.h>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workbench/git/git.h"
#include "workbench/git/git_views.h"
#include "workbench/git/testing/git_world.h"

namespace pix::workbench {
namespace {

using testing::GitWorld;

/// A repository whose state is remembered.
struct WatchedWorld : GitWorld {
    WatchedWorld()
    {
        with_repository();
        write("sub/deep/file", "text\n");
        write(".gitignore", "ignored/\n*.log\n");
        write("ignored/big", "x\n");
        commit_all("second");
        // git's own files must be older than a tick of the file system's clock, or nothing is remembered.
        arm();
    }
    std::string status()
    {
        auto const status = loop.run(git->status("p"));
        settle();
        return status ? core::to_text(view_of(*status)) : status.error().message;
    }
    /// Looks until it costs nothing.
    void arm()
    {
        auto const until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
        while (std::chrono::steady_clock::now() < until) {
            std::uint64_t const before = git->statuses_asked();
            status();
            if (git->statuses_asked() == before) return;
        }
        FAIL() << "the repository is not watched";
    }
    /// The truth, from git itself.
    std::string truth()
    {
        GitConfig config = git->config();
        config.watches = 0;
        Git other(folders, *loop.supervisor, pool, config);
        auto const status = loop.run(other.status("p"));
        loop.run(other.settle(std::chrono::seconds(50)));
        return status ? core::to_text(view_of(*status)) : status.error().message;
    }
};

TEST(StatusCache, answers_from_memory_when_nothing_has_changed)
{
    WatchedWorld world;
    std::uint64_t const before = world.git->statuses_asked();
    for (int i = 0; i < 10; ++i) world.status();
    EXPECT_EQ(world.git->statuses_asked(), before);
    world.write("ignored/more", "y\n");
    world.status();
    EXPECT_EQ(world.git->statuses_asked(), before) << "what is ignored matters to nobody";
}

TEST(StatusCache, never_answers_what_is_no_longer_true)
{
    WatchedWorld world;
    auto const folder = world.folder();
    std::vector<std::pair<const char*, std::function<void()>>> const changes{
        {"edit", [&] { world.write("a", "one\nTWO\nthree\n"); }},
        {"edit again", [&] { world.write("a", "one\ntwo\nthree\n"); }},
        {"new file", [&] { world.write("sub/new", "x\n"); }},
        {"new folder", [&] { std::filesystem::create_directories(folder / "fresh/inner"); }},
        {"file in the new folder", [&] { world.write("fresh/inner/x", "x\n"); }},
        {"delete", [&] { std::filesystem::remove_all(folder / "fresh"); }},
        {"mode", [&] { std::filesystem::permissions(folder / "a", std::filesystem::perms::owner_all); }},
        {"rename a folder", [&] { std::filesystem::rename(folder / "sub", folder / "bus"); }},
        {"edit in it", [&] { world.write("bus/deep/file", "other\n"); }},
        {"rename back", [&] { std::filesystem::rename(folder / "bus", folder / "sub"); }},
        {"stage", [&] { world.run({"add", "--all"}); }},
        {"commit", [&] { world.run({"commit", "--quiet", "-m", "third"}); }},
        {"branch", [&] { world.run({"checkout", "--quiet", "-b", "other"}); }},
        {"upstream", [&] { world.run({"branch", "--quiet", "--set-upstream-to=main"}); }},
        {"commit on it", [&] { world.commit_all("fourth"); }},
        {"upstream moves", [&] { world.run({"update-ref", "refs/heads/main", "HEAD"}); }},
        {"ignore less", [&] { world.write(".gitignore", "*.log\n"); }},
        {"in what was ignored", [&] { world.write("ignored/x", "x\n"); }},
        {"excluded by the repository", [&] { world.write(".git/info/exclude", "ignored\n"); }},
        {"included by the user", [&] { world.write("../home/.config/git/ignore", "x\n"); }},
        {"configuration", [&] { world.run({"config", "core.fileMode", "false"}); }},
        {"detached", [&] { world.run({"checkout", "--quiet", "--detach"}); }},
        {"merge under way", [&] { world.write(".git/MERGE_HEAD", world.run({"rev-parse", "HEAD"})); }},
        {"merge over", [&] { std::filesystem::remove(folder / ".git/MERGE_HEAD"); }},
        {"repository gone", [&] { std::filesystem::rename(folder / ".git", world.root() / "away"); }},
        {"repository back", [&] { std::filesystem::rename(world.root() / "away", folder / ".git"); }},
    };
    for (auto const& [what, change] : changes) {
        world.arm();
        if (::testing::Test::HasFatalFailure()) break;
        change();
        EXPECT_EQ(world.status(), world.truth()) << what;
        EXPECT_EQ(world.status(), world.truth()) << what << ", once more";
        if (std::string_view(what) == "repository gone") {
            std::filesystem::rename(world.root() / "away", folder / ".git");
            EXPECT_EQ(world.status(), world.truth()) << "repository back";
            break;
        }
    }
}

TEST(StatusCache, sees_changes_through_mappings_and_other_names)
{
    WatchedWorld world;
    int const file = ::open((world.folder() / "a").c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_GE(file, 0);
    auto* bytes = static_cast<char*>(::mmap(nullptr, 4, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    ASSERT_NE(bytes, MAP_FAILED);
    ::close(file);
    world.arm();
    EXPECT_FALSE(world.status().contains("\"modified\":[\"a\"]"));
    bytes[0] = 'X';
    ::munmap(bytes, 4);
    EXPECT_EQ(world.status(), world.truth());
    EXPECT_TRUE(world.status().contains("\"modified\":[\"a\"]"));
    std::filesystem::create_hard_link(world.folder() / "sub/deep/file", world.root() / "elsewhere");
    std::filesystem::create_directories(world.folder() / "fresh"); // a new watch, that sees the second name
    world.arm();
    GitWorld::write_at(world.root() / "elsewhere", "changed\n");
    EXPECT_EQ(world.status(), world.truth());
}

TEST(StatusCache, does_without_when_it_may_not_watch)
{
    WatchedWorld world;
    GitConfig config = world.git->config();
    config.watches = 2;
    Git other(world.folders, *world.loop.supervisor, world.pool, config);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(world.loop.run(other.status("p")));
        world.loop.run(other.settle(std::chrono::seconds(50)));
    }
    EXPECT_EQ(other.statuses_asked(), 3u);
}

} // namespace
} // namespace pix::workbench
