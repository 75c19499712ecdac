#include <gtest/gtest.h>

#include "workbench/git/git.h"
#include "workbench/git/log_text.h"
#include "workbench/git/testing/git_world.h"

namespace pix::workbench {
namespace {

using testing::GitWorld;

template <class T>
std::string why(const GitResult<T>& result)
{
    return result ? "" : result.error().name + ": " + result.error().message + "\n" + result.error().details;
}

TEST(GitHistory, has_parents_refs_messages_and_pages)
{
    GitWorld world;
    world.run({"init", "--quiet"});
    LogQuestion question;
    EXPECT_TRUE(world.loop.run(world.git->log("p", question))->commits.empty());
    world.write("a", "one\n");
    world.commit_all("weird | subject \x1f\twith, commas -> and \"quotes\"\n\nbody");
    world.run({"tag", "v1"});
    world.run({"checkout", "--quiet", "-b", "side"});
    world.write("b", "b\n");
    world.commit_all("on the side");
    world.run({"checkout", "--quiet", "main"});
    world.write("a", "two\n");
    world.commit_all("second");
    world.run({"merge", "--quiet", "--no-edit", "side"});
    auto const log = world.loop.run(world.git->log("p", question));
    ASSERT_TRUE(log) << why(log);
    ASSERT_EQ(log->commits.size(), 4u);
    EXPECT_EQ(log->commits[0].parents.size(), 2u);
    EXPECT_EQ(log->commits[0].stats, "");
    EXPECT_TRUE(log->commits[0].is_head);
    EXPECT_EQ(log->commits[0].refs, std::vector<std::string>{"main"});
    EXPECT_EQ(log->commits[3].message, "weird | subject \x1f\twith, commas -> and \"quotes\"\n\nbody");
    EXPECT_EQ(log->commits[3].refs, std::vector<std::string>{"v1"});
    EXPECT_EQ(log->commits[3].stats, "1 file changed, 1 insertion(+)");
    EXPECT_EQ(log->commits[3].author, "Ada Lovelace");
    question.limit = 2;
    question.skip = 1;
    auto const page = world.loop.run(world.git->log("p", question));
    EXPECT_EQ(page->commits.size(), 2u);
    EXPECT_TRUE(page->has_more);
    EXPECT_EQ(page->commits[0].hash, log->commits[1].hash);
    LogQuestion search;
    search.search = "ON THE";
    EXPECT_EQ(world.loop.run(world.git->log("p", search))->commits.size(), 1u);
    search.search.clear();
    search.branch = "--all";
    EXPECT_EQ(world.loop.run(world.git->log("p", search)).error().code, core::Errc::invalid);
}

TEST(GitHistory, shows_a_commit_and_its_files)
{
    GitWorld world;
    world.with_repository();
    world.write("dir/b c", "b\n");
    world.run({"mv", "a", "z"});
    world.commit_all("move");
    auto const shown = world.loop.run(world.git->show("p", "HEAD"));
    ASSERT_TRUE(shown) << why(shown);
    ASSERT_EQ(shown->second.size(), 2u);
    EXPECT_EQ(shown->second[0].path, "dir/b c");
    EXPECT_EQ(shown->second[0].additions, 1);
    EXPECT_EQ(shown->second[1].status, 'R');
    EXPECT_EQ(shown->second[1].old_path, "a");
    EXPECT_EQ(world.loop.run(world.git->show("p", "abcdef1")).error().name, "GIT_COMMIT_NOT_FOUND");
    DiffQuestion question;
    question.commit = "HEAD~1";
    auto const diff = world.loop.run(world.git->diff("p", question));
    ASSERT_TRUE(diff) << why(diff);
    EXPECT_TRUE(diff->text.contains("+one\n"));
    question.commit.clear();
    question.range = "HEAD~1..HEAD";
    EXPECT_TRUE(world.loop.run(world.git->diff("p", question))->text.contains("rename to z"));
    question.range = "HEAD..--output=x";
    EXPECT_EQ(world.loop.run(world.git->diff("p", question)).error().code, core::Errc::invalid);
}

TEST(GitHistory, knows_a_file_at_a_revision_and_who_wrote_its_lines)
{
    GitWorld world;
    world.with_repository();
    world.write("a", "one\nTWO\nthree\n");
    world.commit_all("second");
    EXPECT_EQ(world.loop.run(world.git->file_at("p", "a", "HEAD~1")).value_or(""), "one\ntwo\nthree\n");
    EXPECT_EQ(world.loop.run(world.git->file_at("p", "gone", "HEAD")).error().name, "GIT_FILE_NOT_FOUND");
    auto const lines = world.loop.run(world.git->blame("p", "a", ""));
    ASSERT_TRUE(lines) << why(lines);
    ASSERT_EQ(lines->size(), 3u);
    EXPECT_EQ(lines->at(1).summary, "second");
    EXPECT_EQ(lines->at(1).first, 2);
    EXPECT_EQ(lines->at(0).hash, lines->at(2).hash);
    world.write("a", "changed\n");
    auto versions = world.loop.run(world.git->versions("p", "a"));
    EXPECT_EQ(versions->current, "changed\n");
    EXPECT_EQ(versions->old, "one\nTWO\nthree\n");
    std::filesystem::remove(world.folder() / "a");
    EXPECT_TRUE(world.loop.run(world.git->versions("p", "a"))->deleted);
    world.write("u", "u\n");
    EXPECT_TRUE(world.loop.run(world.git->versions("p", "u"))->untracked);
}

TEST(GitHistory, last_commit_is_taken_back_even_when_it_is_the_first)
{
    GitWorld world;
    world.with_repository();
    world.write("a", "changed\n");
    world.commit_all("second");
    ASSERT_TRUE(world.loop.run(world.git->undo_commit("p")));
    EXPECT_EQ(world.run({"diff", "--cached", "--name-only"}), "a\n");
    ASSERT_TRUE(world.loop.run(world.git->undo_commit("p")));
    EXPECT_EQ(world.run({"status", "--porcelain"}), "A  a\n");
    EXPECT_EQ(world.loop.run(world.git->undo_commit("p")).error().name, "GIT_NO_COMMITS");
    ASSERT_TRUE(world.loop.run(world.git->initial_commit("p")));
    EXPECT_EQ(world.loop.run(world.git->initial_commit("p")).error().name, "GIT_HAS_COMMITS");
}

TEST(GitStash, keeps_and_gives_back)
{
    GitWorld world;
    world.with_repository();
    EXPECT_EQ(world.loop.run(world.git->stash("p", {})).error().name, "GIT_NOTHING_TO_STASH");
    world.write("a", "changed\n");
    StashRequest request;
    request.message = "for later";
    ASSERT_TRUE(world.loop.run(world.git->stash("p", request)));
    EXPECT_EQ(world.read("a"), "one\ntwo\nthree\n");
    auto const list = world.loop.run(world.git->stashes("p"));
    ASSERT_EQ(list->size(), 1u);
    EXPECT_EQ(list->at(0).message, "On main: for later");
    EXPECT_EQ(world.loop.run(world.git->use_stash("p", "pop", 0, "0123")).error().name, "GIT_STASH_MOVED");
    auto const popped = world.loop.run(world.git->use_stash("p", "pop", 0, list->at(0).hash));
    ASSERT_TRUE(popped) << why(popped);
    EXPECT_EQ(world.read("a"), "changed\n");
    EXPECT_EQ(world.loop.run(world.git->use_stash("p", "drop", 0, "")).error().name, "GIT_STASH_NOT_FOUND");
}

TEST(GitDiscard, can_be_taken_back)
{
    GitWorld world;
    world.with_repository();
    std::string const bytes("binary\0\r\nchange\n", 16);
    world.write("a", bytes);
    world.write("new/file", "untracked\n");
    world.write("added", "added\n");
    world.run({"add", "added"});
    auto const done = world.loop.run(world.git->discard("p", {"a", "new/", "added"}));
    ASSERT_TRUE(done) << why(done);
    EXPECT_EQ(world.read("a"), "one\ntwo\nthree\n");
    EXPECT_FALSE(world.exists("new/file"));
    EXPECT_FALSE(world.exists("added"));
    EXPECT_EQ(world.run({"status", "--porcelain"}), "");
    auto const kept = world.loop.run(world.git->discarded("p"));
    ASSERT_EQ(kept->size(), 1u);
    EXPECT_EQ(kept->at(0).files.size(), 3u);
    auto const back = world.loop.run(world.git->undo_discard("p", done->hash));
    ASSERT_TRUE(back) << why(back);
    EXPECT_EQ(world.read("a"), bytes);
    EXPECT_EQ(world.read("new/file"), "untracked\n");
    EXPECT_EQ(world.read("added"), "added\n");
    EXPECT_EQ(world.loop.run(world.git->undo_discard("p", done->hash)).error().name, "GIT_DISCARD_NOT_FOUND");
}

TEST(GitDiscard, is_not_taken_back_over_newer_changes)
{
    GitWorld world;
    world.with_repository();
    world.write("a", "changed\n");
    auto const done = world.loop.run(world.git->discard("p", {"a"}));
    ASSERT_TRUE(done) << why(done);
    world.write("a", "newer\n");
    EXPECT_EQ(world.loop.run(world.git->undo_discard("p", done->hash)).error().name, "GIT_UNCOMMITTED_CHANGES");
    EXPECT_EQ(world.read("a"), "newer\n");
}

TEST(GitDiscard, takes_hunks_and_brings_deleted_files_back)
{
    GitWorld world;
    world.with_repository();
    world.write("a", "ONE\ntwo\nTHREE\n");
    DiffQuestion question;
    question.file = "a";
    auto const diff = world.loop.run(world.git->diff("p", question));
    auto const hunk = parse_patch(diff->text).at(0).hunks.at(0);
    PartRequest part{"a", {{hunk.id(), std::vector<std::size_t>{0, 1}}}};
    auto const done = world.loop.run(world.git->discard_part("p", part));
    ASSERT_TRUE(done) << why(done);
    EXPECT_EQ(world.read("a"), "one\ntwo\nTHREE\n");
    std::filesystem::remove(world.folder() / "a");
    ASSERT_TRUE(world.loop.run(world.git->discard("p", {"a"})));
    EXPECT_EQ(world.read("a"), "one\ntwo\nthree\n");
    EXPECT_EQ(world.loop.run(world.git->discard("p", {"a"})).error().name, "GIT_NOTHING_TO_DISCARD");
    EXPECT_EQ(world.loop.run(world.git->delete_untracked("p", "a")).error().name, "GIT_FILE_TRACKED");
}

TEST(GitIdentity, is_stored_as_it_is_written)
{
    GitWorld world;
    std::string const name = "$(touch x) `y` \"z\"";
    ASSERT_TRUE(world.loop.run(world.git->set_identity({name, "a@b.c"})));
    auto const stored = world.loop.run(world.git->identity());
    EXPECT_EQ(stored->name, name);
    EXPECT_EQ(stored->email, "a@b.c");
    for (auto const* email : {"", "x", "@", "a@", "a b@c", "a@b@c", "a@b\nc"})
        EXPECT_FALSE(world.loop.run(world.git->set_identity({"n", email}))) << email;
}

TEST(LogText, reads_what_is_cut_off_as_far_as_it_goes)
{
    using namespace std::string_literals;
    EXPECT_TRUE(parse_log("\0\0abc\0"s).empty());
    EXPECT_EQ(parse_log("\0\0abc\0\0n\0e\0d\0c\0\0m\0"s).size(), 1u);
    EXPECT_TRUE(parse_changed_files(":1 2 3 4 R100\0old\0"s).empty());
}

} // namespace
} // namespace pix::workbench
