#include <gtest/gtest.h>
#include <sys/stat.h>

#include "workbench/git/git.h"
#include "workbench/git/testing/git_world.h"

namespace pix::workbench {
namespace {

using testing::GitWorld;

/// A repository whose configuration names a program wherever git has room for one; the program leaves a mark.
struct HostileWorld : GitWorld {
    HostileWorld()
    {
        with_repository();
        write("sub/x.txt", "text\n");
        write("c.bin", "filtered\n");
        write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
        commit_all("second");
        mark = root() / "pwned";
        std::filesystem::path const program = root() / "evil.sh";
        write_at(program, "#!/bin/sh\necho \"$0 $@\" >> " + mark.string() + "\ncat 2>/dev/null\n");
        std::filesystem::permissions(program, std::filesystem::perms::all);
        std::string const run_it = program.string();
        for (auto const* key : {"core.fsmonitor",
                                "core.pager",
                                "core.editor",
                                "core.sshCommand",
                                "core.askPass",
                                "core.alternateRefsCommand",
                                "diff.external",
                                "diff.evil.command",
                                "diff.evil.textconv",
                                "filter.evil.clean",
                                "filter.evil.smudge",
                                "filter.evil.process",
                                "merge.evil.driver",
                                "gpg.program",
                                "credential.helper",
                                "pager.diff",
                                "pager.log",
                                "pager.status",
                                "sequence.editor",
                                "interactive.diffFilter",
                                "remote.origin.uploadpack",
                                "uploadpack.packObjectsHook",
                                "gpg.ssh.program",
                                "difftool.evil.cmd"})
            run({"config", key, run_it});
        run({"config", "filter.evil.required", "true"});
        run({"config", "log.showSignature", "true"});
        run({"config", "core.hooksPath", (root() / "hooks").string()});
        run({"config", "remote.origin.url", "ext::" + run_it});
        run({"config", "remote.origin.promisor", "true"});
        run({"config", "remote.origin.partialclonefilter", "blob:none"});
        run({"config", "alias.status", "!" + run_it});
        std::filesystem::create_directories(root() / "hooks");
        for (auto const* hook : {"post-index-change", "fsmonitor-watchman", "reference-transaction", "pre-commit"})
            std::filesystem::copy_file(program, root() / "hooks" / hook);
        write("a", "one\nchanged\nthree\n");
        write("new", "untracked\n");
        // A file of the same size with another time: git has to look inside, and would filter it.
        std::filesystem::last_write_time(folder() / "c.bin", std::filesystem::file_time_type::clock::now());
        std::filesystem::remove(mark);
    }
    bool was_run() const { return std::filesystem::exists(mark); }
    std::filesystem::path mark;
};

TEST(GitHostile, repository_that_is_looked_at_runs_nothing)
{
    HostileWorld world;
    ASSERT_TRUE(world.loop.run(world.git->status("p")));
    ASSERT_TRUE(world.loop.run(world.git->status("p")));
    ASSERT_TRUE(world.loop.run(world.git->branches("p")));
    DiffQuestion question;
    auto const diff = world.loop.run(world.git->diff("p", question));
    ASSERT_TRUE(diff);
    EXPECT_TRUE(diff->text.contains("+changed"));
    question.staged = true;
    ASSERT_TRUE(world.loop.run(world.git->diff("p", question)));
    question.staged = false;
    question.file = "a";
    ASSERT_TRUE(world.loop.run(world.git->diff("p", question)));
    question.file.clear();
    question.commit = "HEAD";
    ASSERT_TRUE(world.loop.run(world.git->diff("p", question)));
    ASSERT_TRUE(world.loop.run(world.git->log("p", {})));
    ASSERT_TRUE(world.loop.run(world.git->show("p", "HEAD")));
    ASSERT_TRUE(world.loop.run(world.git->blame("p", "a", "")));
    ASSERT_TRUE(world.loop.run(world.git->file_at("p", "a", "HEAD")));
    ASSERT_TRUE(world.loop.run(world.git->versions("p", "a")));
    ASSERT_TRUE(world.loop.run(world.git->stashes("p")));
    ASSERT_TRUE(world.loop.run(world.git->conflicts("p")));
    ASSERT_TRUE(world.loop.run(world.git->worktrees("p")));
    ASSERT_TRUE(world.loop.run(world.git->remotes("p")));
    ASSERT_TRUE(world.loop.run(world.git->discarded("p")));
    EXPECT_FALSE(world.was_run()) << world.read("../pwned");
}

TEST(GitHostile, missing_objects_are_not_fetched_while_looking)
{
    HostileWorld world;
    std::string const blob = world.run({"-c", "alias.status=", "rev-parse", "HEAD:sub/x.txt"}).substr(0, 40);
    std::filesystem::remove(world.folder() / ".git/objects" / blob.substr(0, 2) / blob.substr(2));
    std::filesystem::remove(world.mark);
    DiffQuestion question;
    question.commit = "HEAD";
    EXPECT_FALSE(world.loop.run(world.git->diff("p", question)));
    EXPECT_FALSE(world.was_run()) << world.read("../pwned");
}

TEST(GitHostile, filters_of_the_user_stay_in_force)
{
    auto const guards = guards_against(std::string("global\0filter.lfs.clean\ngit-lfs clean\0"
                                                   "local\0filter.lfs.clean\nevil\0"
                                                   "local\0filter.x=y.process\nevil\0"
                                                   "local\0filter.x=y.required\ntrue\0",
                                                   125));
    GitSettings const expected{
        {"filter.lfs.clean", "git-lfs clean"}, {"filter.x=y.process", ""}, {"filter.x=y.required", "false"}};
    EXPECT_EQ(guards, expected);
}

TEST(GitHostile, working_tree_elsewhere_is_refused)
{
    GitWorld world;
    world.with_repository();
    world.run({"config", "core.worktree", "/etc"});
    auto const status = world.loop.run(world.git->status("p"));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().name, "GIT_FAILED");
}

TEST(GitHostile, bare_repository_in_a_folder_is_not_opened)
{
    GitWorld world;
    world.run({"init", "--quiet", "--bare"});
    auto const status = world.loop.run(world.git->status("p"));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().name, "GIT_FAILED");
    EXPECT_EQ(world.loop.run(world.git->init("p")).error().name, "GIT_FAILED");
}

TEST(GitHostile, sockets_and_pipes_in_the_tree_block_nothing)
{
    GitWorld world;
    world.with_repository();
    ASSERT_EQ(::mkfifo((world.folder() / "pipe").c_str(), 0600), 0);
    EXPECT_TRUE(world.loop.run(world.git->status("p")));
    DiffQuestion question;
    question.file = "pipe";
    EXPECT_EQ(world.loop.run(world.git->diff("p", question)).error().code, core::Errc::invalid);
    EXPECT_FALSE(world.loop.run(world.git->versions("p", "pipe")));
}

} // namespace
} // namespace pix::workbench
