#include "workbench/git/git.h"

#include <gtest/gtest.h>

#include "workbench/git/git_views.h"
#include "workbench/git/testing/git_world.h"

namespace pix::workbench {
namespace {

using testing::GitWorld;
namespace json = boost::json;

json::object status_view(GitWorld& world)
{
    auto const status = world.loop.run(world.git->status("p"));
    EXPECT_TRUE(status) << (status ? "" : status.error().message + status.error().details);
    return status ? view_of(*status) : json::object();
}

GitDiff diff_of(GitWorld& world, DiffQuestion question)
{
    auto diff = world.loop.run(world.git->diff("p", std::move(question)));
    EXPECT_TRUE(diff) << (diff ? "" : diff.error().message + diff.error().details);
    return diff ? *std::move(diff) : GitDiff();
}

TEST(Git, sorts_changes_as_the_contract_says)
{
    GitWorld world;
    world.run({"init", "--quiet"});
    for (auto const* name : {"a", "b", "c", "e", "f"}) world.write(name, "one\n");
    world.commit_all("first");
    for (auto const* name : {"a", "c"}) world.write(name, "two\n");
    world.write("d", "new\n");
    world.run({"add", "a", "c", "d"});
    world.run({"rm", "--quiet", "e"});
    world.write("b", "two\n");
    world.write("c", "three\n");
    std::filesystem::remove(world.folder() / "f");
    world.write("g", "untracked\n");
    world.write("h h/\xc3\xa4\n", "in a folder\n");
    auto const view = status_view(world);
    EXPECT_EQ(view.at("branch"), "main");
    EXPECT_EQ(view.at("modified"), json::array({"a", "b", "c"}));
    EXPECT_EQ(view.at("added"), json::array({"d"}));
    EXPECT_EQ(view.at("deleted"), json::array({"e", "f"}));
    EXPECT_EQ(view.at("untracked"), json::array({"g", "h h/"}));
    EXPECT_EQ(view.at("staged"), json::array({"a", "c", "d", "e"}));
}

TEST(Git, tells_a_folder_without_repository_from_trouble)
{
    GitWorld world;
    auto view = status_view(world);
    EXPECT_EQ(view.at("notGitRepository"), true);
    EXPECT_EQ(view.at("branch"), "");
    auto const staged = world.loop.run(world.git->stage("p", {"a"}));
    EXPECT_EQ(staged.error().name, "GIT_NOT_A_REPOSITORY");
    EXPECT_EQ(world.loop.run(world.git->status("nobody")).error().code, core::Errc::not_found);
}

TEST(Git, names_the_branch_before_the_first_commit_and_the_hash_of_a_detached_head)
{
    GitWorld world;
    world.run({"init", "--quiet"});
    auto view = status_view(world);
    EXPECT_EQ(view.at("branch"), "main");
    EXPECT_EQ(view.at("hasCommits"), false);
    auto const none = world.loop.run(world.git->branches("p"));
    ASSERT_TRUE(none);
    EXPECT_EQ(none->current, "main");
    EXPECT_TRUE(none->local.empty());
    world.write("a", "one\n");
    world.commit_all("first");
    world.run({"checkout", "--quiet", "--detach"});
    view = status_view(world);
    EXPECT_EQ(view.at("detached"), true);
    EXPECT_EQ(view.at("branch").as_string(), world.run({"rev-parse", "--short=7", "HEAD"}).substr(0, 7));
}

TEST(Git, speaks_of_a_project_inside_a_repository_by_its_own_names)
{
    GitWorld world;
    world.with_repository();
    world.write("sub/x", "one\n");
    world.commit_all("second");
    world.folders.folders["s"] = (world.folder() / "sub").string();
    world.write("sub/x", "two\n");
    world.write("a", "changed outside\n");
    auto const status = world.loop.run(world.git->status("s"));
    ASSERT_TRUE(status);
    ASSERT_EQ(status->entries.size(), 1u);
    EXPECT_EQ(status->entries[0].path, "x");
    auto const diff = world.loop.run(world.git->diff("s", {}));
    ASSERT_TRUE(diff);
    EXPECT_TRUE(diff->text.starts_with("diff --git a/x b/x\n"));
    ASSERT_TRUE(world.loop.run(world.git->stage("s", {"x"})));
    EXPECT_EQ(world.run({"diff", "--cached", "--name-only"}), "sub/x\n");
}

TEST(Git, shows_unstaged_staged_untracked_deleted_and_binary_changes)
{
    GitWorld world;
    world.with_repository();
    world.write("a", "one\nTWO\nthree\n");
    DiffQuestion question;
    question.file = "a";
    EXPECT_TRUE(diff_of(world, question).text.contains("-two\n+TWO\n"));
    question.staged = true;
    EXPECT_EQ(diff_of(world, question).text, "");
    world.run({"add", "a"});
    EXPECT_TRUE(diff_of(world, question).text.contains("+TWO"));
    question.staged = false;
    EXPECT_EQ(diff_of(world, question).text, "");
    question.either = true;
    EXPECT_TRUE(diff_of(world, question).staged);
    world.write("new file", "x\ny");
    question.file = "new file";
    EXPECT_TRUE(diff_of(world, question).text.ends_with("@@ -0,0 +1,2 @@\n+x\n+y\n\\ No newline at end of file\n"));
    world.write("bin", std::string("a\0b", 3));
    question.file = "bin";
    EXPECT_TRUE(diff_of(world, question).binary);
    world.run({"commit", "--quiet", "-m", "second"});
    std::filesystem::remove(world.folder() / "a");
    question.file = "a";
    EXPECT_TRUE(diff_of(world, question).text.contains("-one\n-TWO\n-three\n"));
}

TEST(Git, cuts_a_long_diff_at_the_end_of_a_line)
{
    GitWorld world;
    world.with_repository();
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "line " + std::to_string(i) + "\n";
    world.write("a", text);
    auto const diff = diff_of(world, {});
    EXPECT_TRUE(diff.truncated);
    EXPECT_LE(diff.text.size(), 500'000u);
    EXPECT_TRUE(diff.text.ends_with('\n'));
}

TEST(Git, stages_and_unstages_hunks_and_lines)
{
    GitWorld world;
    world.with_repository();
    std::string text;
    for (int i = 1; i <= 30; ++i) text += std::to_string(i) + "\n";
    world.write("a", text);
    world.commit_all("numbers");
    std::string changed = text;
    changed.replace(changed.find("\n2\n"), 3, "\ntwo\nmore\n");
    changed.replace(changed.find("\n29\n"), 4, "\ntwentynine\n");
    world.write("a", changed);
    DiffQuestion question;
    question.file = "a";
    auto files = parse_patch(diff_of(world, question).text);
    ASSERT_EQ(files.front().hunks.size(), 2u);
    PartRequest second{"a", {{files.front().hunks[1].id(), {}}}};
    ASSERT_TRUE(world.loop.run(world.git->stage_part("p", second)));
    EXPECT_EQ(world.run({"diff", "--cached", "--unified=0"}).find("+two"), std::string::npos);
    EXPECT_NE(world.run({"diff", "--cached"}).find("+twentynine"), std::string::npos);
    EXPECT_EQ(world.loop.run(world.git->stage_part("p", second)).error().name, "GIT_PATCH_FAILED");

    auto const& lines = files.front().hunks[0].lines;
    std::size_t const more = static_cast<std::size_t>(
        std::find_if(lines.begin(), lines.end(), [](auto const& line) { return line.text == "more"; }) - lines.begin());
    PartRequest line{"a", {{files.front().hunks[0].id(), std::vector<std::size_t>{more}}}};
    ASSERT_TRUE(world.loop.run(world.git->stage_part("p", line)));
    EXPECT_NE(world.run({"show", ":a"}).find("\n2\nmore\n3\n"), std::string::npos);

    question.staged = true;
    files = parse_patch(diff_of(world, question).text);
    ASSERT_EQ(files.front().hunks.size(), 2u);
    PartRequest back{"a", {{files.front().hunks[0].id(), {}}}};
    ASSERT_TRUE(world.loop.run(world.git->unstage_part("p", back)));
    EXPECT_EQ(world.run({"show", ":a"}).find("more"), std::string::npos);
    EXPECT_NE(world.run({"show", ":a"}).find("twentynine"), std::string::npos);
}

TEST(Git, stages_lines_of_files_that_are_new_or_gone)
{
    GitWorld world;
    world.with_repository();
    world.write("n", "x\ny\nz\n");
    DiffQuestion question;
    question.file = "n";
    auto files = parse_patch(diff_of(world, question).text);
    PartRequest one{"n", {{files.front().hunks[0].id(), std::vector<std::size_t>{1}}}};
    auto const staged = world.loop.run(world.git->stage_part("p", one));
    ASSERT_TRUE(staged) << staged.error().details;
    EXPECT_EQ(world.run({"show", ":n"}), "y\n");
    std::filesystem::remove(world.folder() / "a");
    question.file = "a";
    files = parse_patch(diff_of(world, question).text);
    PartRequest gone{"a", {{files.front().hunks[0].id(), std::vector<std::size_t>{0, 2}}}};
    auto const removed = world.loop.run(world.git->stage_part("p", gone));
    ASSERT_TRUE(removed) << removed.error().details;
    EXPECT_EQ(world.run({"show", ":a"}), "two\n");
}

TEST(Git, unstages_before_the_first_commit_too)
{
    GitWorld world;
    world.run({"init", "--quiet"});
    world.write("a", "one\n");
    ASSERT_TRUE(world.loop.run(world.git->stage("p", {"a"})));
    EXPECT_EQ(status_view(world).at("staged"), json::array({"a"}));
    ASSERT_TRUE(world.loop.run(world.git->unstage("p", {"a"})));
    EXPECT_EQ(status_view(world).at("untracked"), json::array({"a"}));
}

TEST(Git, commits_only_the_files_named)
{
    GitWorld world;
    world.with_repository();
    world.write("a", "changed\n");
    world.write("b", "new\n");
    world.write("c", "staged\n");
    world.run({"add", "c"});
    CommitRequest request;
    request.message = "-m $(touch /tmp/never) `x`\n\n# not a comment";
    request.files = {"a", "b"};
    auto const done = world.loop.run(world.git->commit("p", request));
    ASSERT_TRUE(done) << done.error().details;
    EXPECT_EQ(world.run({"rev-parse", "HEAD"}), done->hash + "\n");
    EXPECT_EQ(world.run({"show", "--name-only", "--format=%B", "HEAD"}),
              "-m $(touch /tmp/never) `x`\n\n# not a comment\n\n\na\nb\n");
    EXPECT_EQ(status_view(world).at("added"), json::array({"c"}));
    std::filesystem::remove(world.folder() / "a");
    request.message = "remove";
    request.files = {"a"};
    ASSERT_TRUE(world.loop.run(world.git->commit("p", request)));
    EXPECT_EQ(world.run({"ls-files"}), "b\nc\n");
}

TEST(Git, says_why_it_did_not_commit)
{
    GitWorld world;
    world.with_repository();
    CommitRequest request;
    request.message = "nothing";
    EXPECT_EQ(world.loop.run(world.git->commit("p", request)).error().name, "GIT_NOTHING_TO_COMMIT");
    world.write("a", "changed\n");
    request.all = true;
    world.write(".git/hooks/pre-commit", "#!/bin/sh\necho Permission denied by me >&2\nexit 1\n");
    std::filesystem::permissions(world.folder() / ".git/hooks/pre-commit", std::filesystem::perms::all);
    auto const refused = world.loop.run(world.git->commit("p", request));
    EXPECT_EQ(refused.error().name, "GIT_HOOK_FAILED");
    EXPECT_EQ(refused.error().code, core::Errc::unprocessable);
    EXPECT_EQ(refused.error().details, "Permission denied by me");
    std::filesystem::remove(world.folder() / ".git/hooks/pre-commit");
    GitWorld::write_at(world.home() / ".gitconfig", "");
    EXPECT_EQ(world.loop.run(world.git->commit("p", request)).error().name, "GIT_IDENTITY_UNKNOWN");
}

TEST(Git, refuses_paths_out_of_the_project)
{
    GitWorld world;
    world.with_repository();
    for (auto const* path : {"../x", "/etc/passwd", "a/../../x", ".git/config", "sub/.GIT/config"}) {
        DiffQuestion question;
        question.file = path;
        EXPECT_EQ(world.loop.run(world.git->diff("p", question)).error().code, core::Errc::forbidden) << path;
        EXPECT_FALSE(world.loop.run(world.git->stage("p", {path}))) << path;
    }
    std::filesystem::create_directory_symlink("/etc", world.folder() / "link");
    DiffQuestion question;
    question.file = "link/passwd";
    EXPECT_FALSE(world.loop.run(world.git->diff("p", question)));
}

} // namespace
} // namespace pix::workbench
