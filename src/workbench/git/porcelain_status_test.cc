#include "workbench/git/porcelain_status.h"

#include <gtest/gtest.h>

using namespace std::string_literals;

namespace pix::workbench {
namespace {

TEST(PorcelainStatus, reads_every_kind_of_line)
{
    auto const text = "# branch.oid 1234567890\0# branch.head main\0# branch.upstream origin/main\0# branch.ab +2 -3\0"
                      "1 M. N... 100644 100644 100644 aaa bbb a b\nc\0"
                      "2 R. N... 100644 100644 100644 aaa bbb R100 new\0old\0"
                      "u UU N... 100644 100644 100644 100644 a b c both\0"
                      "1 .M S.M. 160000 160000 160000 aaa aaa sub\0"
                      "? folder/\0"s;
    auto const status = parse_status(text);
    ASSERT_TRUE(status);
    EXPECT_EQ(status->branch, "main");
    EXPECT_EQ(status->upstream, "origin/main");
    EXPECT_EQ(status->ahead, 2);
    EXPECT_EQ(status->behind, 3);
    ASSERT_EQ(status->entries.size(), 5u);
    EXPECT_EQ(status->entries[0].path, "a b\nc");
    EXPECT_EQ(status->entries[0].index, 'M');
    EXPECT_EQ(status->entries[1].path, "new");
    EXPECT_EQ(status->entries[1].old_path, "old");
    EXPECT_TRUE(status->entries[2].conflicted);
    EXPECT_TRUE(status->entries[3].submodule);
    EXPECT_TRUE(status->entries[4].untracked);
}

TEST(PorcelainStatus, knows_an_unborn_and_a_detached_head)
{
    auto const status = parse_status("# branch.oid (initial)\0# branch.head (detached)\0"s);
    ASSERT_TRUE(status);
    EXPECT_EQ(status->commit, "");
    EXPECT_EQ(status->branch, "");
}

TEST(PorcelainStatus, refuses_what_git_does_not_write)
{
    EXPECT_FALSE(parse_status("1 M. N..."s));
    EXPECT_FALSE(parse_status("1 M. N...\0"s));
    EXPECT_FALSE(parse_status("2 R. N... 1 2 3 a b R100 new\0"s));
}

} // namespace
} // namespace pix::workbench
