#include <gtest/gtest.h>

#include "workbench/git/git.h"
#include "workbench/git/testing/git_world.h"

namespace pix::workbench {
namespace {

using testing::GitWorld;

template <class T>
std::string why(const GitResult<T>& result)
{
    return result ? "" : result.error().name + ": " + result.error().message + "\n" + result.error().details;
}

/// Project "p" with a bare repository as its origin, and "q", another clone of it.
struct RemoteWorld : GitWorld {
    RemoteWorld()
    {
        with_repository();
        std::filesystem::create_directories(folder("bare"));
        run({"init", "--quiet", "--bare"}, "bare");
        run({"remote", "add", "origin", folder("bare").string()});
    }
    GitResult<GitDone> push(PushRequest request = {}) { return loop.run(git->push("p", std::move(request))); }
    /// A commit by somebody else, pushed.
    void others_commit(const std::string& file, const std::string& text)
    {
        if (!exists(".git", "q")) {
            run({"clone", "--quiet", folder("bare").string(), folder("q").string()});
            add_project("q");
        }
        run({"pull", "--quiet", "--rebase"}, "q");
        write(file, text, "q");
        commit_all("of somebody else", "q");
        run({"push", "--quiet"}, "q");
    }
};

TEST(GitRemotes, publishes_pushes_and_tells_how_far_apart_they_are)
{
    RemoteWorld world;
    EXPECT_EQ(world.loop.run(world.git->pull("p")).error().name, "GIT_NO_UPSTREAM");
    EXPECT_EQ(world.loop.run(world.git->publish("p", "other", "")).error().code, core::Errc::invalid);
    auto const published = world.loop.run(world.git->publish("p", "main", ""));
    ASSERT_TRUE(published) << why(published);
    world.write("a", "changed\n");
    world.commit_all("second");
    auto status = world.loop.run(world.git->status("p"));
    EXPECT_EQ(status->upstream, "origin/main");
    EXPECT_EQ(status->ahead, 1);
    ASSERT_TRUE(world.push());
    EXPECT_EQ(world.run({"rev-parse", "main"}, "bare"), world.run({"rev-parse", "HEAD"}));
    EXPECT_EQ(world.loop.run(world.git->undo_commit("p")).error().name, "GIT_ALREADY_PUSHED");
}

TEST(GitRemotes, pulls_forward_and_refuses_what_has_diverged)
{
    RemoteWorld world;
    ASSERT_TRUE(world.loop.run(world.git->publish("p", "main", "")));
    world.others_commit("b", "theirs\n");
    auto const pulled = world.loop.run(world.git->pull("p"));
    ASSERT_TRUE(pulled) << why(pulled);
    EXPECT_EQ(world.read("b"), "theirs\n");
    world.others_commit("b", "theirs again\n");
    world.write("a", "mine\n");
    world.commit_all("mine");
    auto const diverged = world.loop.run(world.git->pull("p"));
    EXPECT_EQ(diverged.error().name, "GIT_DIVERGED") << why(diverged);
    auto const rejected = world.push();
    EXPECT_EQ(rejected.error().name, "GIT_NON_FAST_FORWARD") << why(rejected);
    EXPECT_EQ(rejected.error().code, core::Errc::conflict);
    PushRequest force;
    force.force = true;
    ASSERT_TRUE(world.push(force));
    // What somebody pushed meanwhile is not lost: the lease has ended.
    world.run({"reset", "--quiet", "--hard", "origin/main"}, "q");
    world.run({"fetch", "--quiet"}, "q");
    world.run({"reset", "--quiet", "--hard", "origin/main"}, "q");
    world.others_commit("b", "once more\n");
    world.run({"commit", "--quiet", "--amend", "-m", "amended"});
    auto const stale = world.push(force);
    EXPECT_EQ(stale.error().name, "GIT_PUSH_REJECTED") << why(stale);
}

TEST(GitRemotes, merges_when_the_user_says_so_and_shows_conflicts)
{
    RemoteWorld world;
    GitWorld::write_at(
        world.home() / ".gitconfig",
        "[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n[pull]\n\trebase = false\n");
    ASSERT_TRUE(world.loop.run(world.git->publish("p", "main", "")));
    world.others_commit("a", "one\ntheirs\nthree\n");
    world.write("a", "one\nmine\nthree\n");
    world.commit_all("mine");
    auto const conflict = world.loop.run(world.git->pull("p"));
    EXPECT_EQ(conflict.error().name, "GIT_MERGE_CONFLICT") << why(conflict);
    EXPECT_EQ(conflict.error().files, std::vector<std::string>{"a"});
    auto const status = world.loop.run(world.git->status("p"));
    EXPECT_EQ(status->operation, "merge");
    EXPECT_TRUE(status->entries.at(0).conflicted);
    auto const texts = world.loop.run(world.git->conflict("p", "a"));
    ASSERT_TRUE(texts) << why(texts);
    EXPECT_EQ(texts->base, "one\ntwo\nthree\n");
    EXPECT_EQ(texts->ours, "one\nmine\nthree\n");
    EXPECT_EQ(texts->theirs, "one\ntheirs\nthree\n");
    ASSERT_TRUE(world.loop.run(world.git->resolve("p", "a", "content", "one\nboth\nthree\n")));
    EXPECT_EQ(world.read("a"), "one\nboth\nthree\n");
    auto const done = world.loop.run(world.git->carry_on("p", "continue"));
    ASSERT_TRUE(done) << why(done);
    EXPECT_EQ(world.run({"rev-list", "--count", "--merges", "HEAD"}), "1\n");
}

TEST(GitRemotes, says_what_is_wrong_with_a_remote)
{
    GitWorld world;
    world.with_repository();
    EXPECT_EQ(world.loop.run(world.git->push("p", {})).error().name, "GIT_NO_REMOTE");
    world.run({"remote", "add", "origin", (world.root() / "gone").string()});
    auto const gone = world.loop.run(world.git->fetch("p", "", false));
    EXPECT_EQ(gone.error().name, "GIT_NETWORK") << why(gone);
    EXPECT_EQ(gone.error().code, core::Errc::bad_gateway);
    PushRequest bad;
    bad.remote = "--upload-pack=touch";
    EXPECT_EQ(world.loop.run(world.git->push("p", bad)).error().code, core::Errc::invalid);
    world.run({"remote", "set-url", "origin", "https://user:secret@localhost:1/x.git"});
    auto const refused = world.loop.run(world.git->fetch("p", "", false));
    EXPECT_EQ(refused.error().name, "GIT_NETWORK") << why(refused);
    EXPECT_FALSE(refused.error().details.contains("secret"));
    EXPECT_EQ(world.loop.run(world.git->remotes("p"))->at(0).fetch_url, "https://localhost:1/x.git");
    world.run({"remote", "set-url", "origin", "ext::touch " + (world.root() / "pwned").string()});
    EXPECT_FALSE(world.loop.run(world.git->fetch("p", "", false)));
    EXPECT_FALSE(std::filesystem::exists(world.root() / "pwned"));
}

TEST(GitRemotes, clones_with_progress_and_only_from_known_kinds_of_addresses)
{
    RemoteWorld world;
    ASSERT_TRUE(world.loop.run(world.git->publish("p", "main", "")));
    std::vector<std::string> stages;
    CloneRequest request;
    request.url = "file://" + world.folder("bare").string();
    request.path = (world.root() / "cloned").string();
    auto tell = [&stages](CloneProgress progress) { stages.push_back(progress.stage); };
    auto const cloned = world.loop.run(world.git->clone(request, tell));
    ASSERT_TRUE(cloned) << why(cloned);
    EXPECT_EQ(world.read("a", "cloned"), "one\ntwo\nthree\n");
    EXPECT_FALSE(stages.empty());
    EXPECT_EQ(world.loop.run(world.git->clone(request, nullptr)).error().name, "GIT_FOLDER_EXISTS");
    request.path = (world.root() / "other").string();
    for (auto const* url :
         {"--upload-pack=touch x", "ext::touch x", "http://localhost/x.git", "ssh://-oProxyCommand=x/y",
          "https://user:secret@localhost/x.git", "-x@host:y", "git@-host:y", ""}) {
        request.url = url;
        EXPECT_EQ(world.loop.run(world.git->clone(request, nullptr)).error().code, core::Errc::invalid) << url;
    }
}

TEST(GitBranches, are_made_switched_renamed_and_deleted)
{
    RemoteWorld world;
    ASSERT_TRUE(world.loop.run(world.git->create_branch("p", "topic/x", "", true)));
    EXPECT_EQ(world.loop.run(world.git->branches("p"))->current, "topic/x");
    EXPECT_EQ(world.loop.run(world.git->create_branch("p", "topic/x", "", true)).error().name, "GIT_BRANCH_EXISTS");
    for (auto const* name : {"-x", "a..b", "a b", "x.lock", "/x", "@", "a~1", ".x"})
        EXPECT_EQ(world.loop.run(world.git->create_branch("p", name, "", true)).error().code, core::Errc::invalid)
            << name;
    EXPECT_EQ(world.loop.run(world.git->delete_branch("p", "topic/x", true)).error().name, "GIT_CURRENT_BRANCH_DELETE");
    world.write("a", "topic\n");
    world.commit_all("topic");
    ASSERT_TRUE(world.loop.run(world.git->rename_branch("p", "topic/x", "topic")));
    ASSERT_TRUE(world.loop.run(world.git->checkout("p", "main")));
    EXPECT_EQ(world.loop.run(world.git->delete_branch("p", "topic", false)).error().name, "GIT_NOT_MERGED");
    world.write("a", "in the way\n");
    auto const blocked = world.loop.run(world.git->checkout("p", "topic"));
    EXPECT_EQ(blocked.error().name, "GIT_UNCOMMITTED_CHANGES") << why(blocked);
    EXPECT_EQ(blocked.error().files, std::vector<std::string>{"a"});
    EXPECT_EQ(world.loop.run(world.git->checkout("p", "nowhere")).error().name, "GIT_BRANCH_NOT_FOUND");
    ASSERT_TRUE(world.loop.run(world.git->delete_branch("p", "topic", true)));
    EXPECT_EQ(world.loop.run(world.git->delete_branch("p", "topic", true)).error().name, "GIT_BRANCH_NOT_FOUND");
}

TEST(GitBranches, of_a_remote_become_tracking_branches)
{
    RemoteWorld world;
    world.run({"push", "--quiet", "origin", "main:feature"});
    world.run({"fetch", "--quiet"});
    auto const before = world.loop.run(world.git->branches("p"));
    EXPECT_EQ(before->remote, std::vector<std::string>{"origin/feature"});
    ASSERT_TRUE(world.loop.run(world.git->checkout("p", "origin/feature")));
    auto const status = world.loop.run(world.git->status("p"));
    EXPECT_EQ(status->branch, "feature");
    EXPECT_EQ(status->upstream, "origin/feature");
}

TEST(GitWorktrees, are_made_merged_and_removed)
{
    GitWorld world;
    world.with_repository();
    WorktreeRequest request;
    request.branch = "side";
    auto const made = world.loop.run(world.git->create_worktree("p", request));
    ASSERT_TRUE(made) << why(made);
    EXPECT_EQ(world.loop.run(world.git->worktrees("p"))->size(), 2u);
    world.folders.folders["side"] = made->path;
    GitWorld::write_at(std::filesystem::path(made->path) / "a", "side\n");
    EXPECT_EQ(world.loop.run(world.git->remove_worktree("p", made->path, false)).error().name,
              "GIT_UNCOMMITTED_CHANGES");
    CommitRequest commit;
    commit.message = "side";
    commit.all = true;
    ASSERT_TRUE(world.loop.run(world.git->commit("side", commit)));
    EXPECT_EQ(world.loop.run(world.git->remove_worktree("p", made->path, false)).error().name, "GIT_NOT_MERGED");
    auto const merged = world.loop.run(world.git->merge_worktree("p", made->path));
    ASSERT_TRUE(merged) << why(merged);
    EXPECT_EQ(world.read("a"), "side\n");
    ASSERT_TRUE(world.loop.run(world.git->remove_worktree("p", made->path, false)));
    request.branch = "x";
    request.path = "/etc/pix-worktree";
    EXPECT_EQ(world.loop.run(world.git->create_worktree("p", request)).error().code, core::Errc::forbidden);
}

} // namespace
} // namespace pix::workbench
