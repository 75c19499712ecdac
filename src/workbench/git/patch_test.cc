#include "workbench/git/patch.h"

#include <gtest/gtest.h>

namespace pix::workbench {
namespace {

constexpr std::string_view two_hunks = "diff --git a/x y b/x y\n"
                                       "index 1..2 100644\n"
                                       "--- a/x y\t\n"
                                       "+++ b/x y\t\n"
                                       "@@ -1,3 +1,4 @@ head\n"
                                       " one\n"
                                       "-two\n"
                                       "+TWO\n"
                                       "+more\n"
                                       " three\n"
                                       "@@ -10 +11 @@\n"
                                       "-ten\n"
                                       "+TEN\n"
                                       "\\ No newline at end of file\n";

TEST(Patch, reads_files_hunks_and_lines)
{
    auto const files = parse_patch(two_hunks);
    ASSERT_EQ(files.size(), 1u);
    EXPECT_EQ(files[0].path, "x y");
    ASSERT_EQ(files[0].hunks.size(), 2u);
    EXPECT_EQ(files[0].hunks[0].section, "head");
    EXPECT_EQ(files[0].hunks[0].lines.size(), 5u);
    EXPECT_EQ(files[0].hunks[0].lines[3].new_number, 3);
    EXPECT_TRUE(files[0].hunks[1].lines[1].no_newline);
    EXPECT_EQ(files[0].additions(), 3);
    EXPECT_EQ(files[0].deletions(), 2);
}

TEST(Patch, takes_lines_that_look_like_headers_for_what_they_are)
{
    auto const files = parse_patch("diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n--- a/x\n+++ b/x\n same\n");
    ASSERT_EQ(files.size(), 1u);
    EXPECT_EQ(files[0].path, "f");
    ASSERT_EQ(files[0].hunks.size(), 1u);
    EXPECT_EQ(files[0].hunks[0].lines[0].text, "-- a/x");
    EXPECT_EQ(files[0].hunks[0].lines.size(), 3u);
}

TEST(Patch, reads_names_of_renamed_binary_and_quoted_files)
{
    auto const files = parse_patch("diff --git a/old b/new\nsimilarity index 100%\nrename from old\nrename to new\n"
                                   "diff --git a/b.bin b/b.bin\nBinary files a/b.bin and b/b.bin differ\n"
                                   "diff --git \"a/t\\tb\" \"b/t\\tb\"\nnew file mode 100755\n");
    ASSERT_EQ(files.size(), 3u);
    EXPECT_EQ(files[0].kind, PatchFile::renamed);
    EXPECT_EQ(files[0].old_path, "old");
    EXPECT_EQ(files[0].path, "new");
    EXPECT_TRUE(files[1].binary);
    EXPECT_EQ(files[1].path, "b.bin");
    EXPECT_EQ(files[2].path, "t\tb");
    EXPECT_EQ(files[2].kind, PatchFile::added);
}

TEST(Patch, quotes_names_so_that_they_can_be_read_again)
{
    for (auto const* name : {"plain", "with \"quotes\"", "line\nbreak", "back\\slash", "\x01\x7f"})
        EXPECT_EQ(unquote_path(quote_path(name)), name);
    EXPECT_FALSE(unquote_path("\"open"));
    EXPECT_EQ(unquote_path("\"\\303\\244\""), "\xc3\xa4");
}

TEST(Patch, part_of_a_patch_has_only_the_chosen_lines)
{
    auto const file = parse_patch(two_hunks).front();
    HunkChoice const choice{file.hunks[0].id(), std::vector<std::size_t>{3}};
    auto const forward = part_of(file, {choice}, false);
    ASSERT_TRUE(forward);
    EXPECT_TRUE(forward->ends_with("@@ -1,3 +1,4 @@\n one\n two\n+more\n three\n")) << *forward;
    auto const backward = part_of(file, {choice}, true);
    ASSERT_TRUE(backward);
    EXPECT_TRUE(backward->ends_with("@@ -1,3 +1,4 @@\n one\n TWO\n+more\n three\n")) << *backward;
}

TEST(Patch, part_of_a_patch_refuses_hunks_that_are_gone)
{
    auto const file = parse_patch(two_hunks).front();
    EXPECT_EQ(part_of(file, {HunkChoice{"0123", {}}}, false).error().name, "GIT_PATCH_FAILED");
    HunkChoice const context{file.hunks[0].id(), std::vector<std::size_t>{0}};
    EXPECT_EQ(part_of(file, {context}, false).error().name, "INVALID");
}

} // namespace
} // namespace pix::workbench
