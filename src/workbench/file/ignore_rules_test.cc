#include "workbench/file/ignore_rules.h"

#include <gtest/gtest.h>

namespace pix::workbench {
namespace {

bool ignores(std::string_view rules, std::string_view path, bool is_folder = false)
{
    return IgnoreRules("", rules).ignores(path, is_folder);
}

TEST(IgnoreRules, name_files_at_every_level_unless_anchored)
{
    EXPECT_TRUE(ignores("*.log", "a.log"));
    EXPECT_TRUE(ignores("*.log", "x/y/a.log"));
    EXPECT_FALSE(ignores("/*.log", "x/a.log"));
    EXPECT_TRUE(ignores("/*.log", "a.log"));
    EXPECT_TRUE(ignores("doc/frotz", "doc/frotz"));
    EXPECT_FALSE(ignores("doc/frotz", "a/doc/frotz"));
    EXPECT_FALSE(ignores("*.log", "a.log.txt"));
}

TEST(IgnoreRules, name_folders_only_with_a_slash_at_the_end)
{
    EXPECT_TRUE(ignores("out/", "out", true));
    EXPECT_FALSE(ignores("out/", "out", false));
    EXPECT_TRUE(ignores("out/", "x/out", true));
    EXPECT_FALSE(ignores("/out/", "x/out", true));
}

TEST(IgnoreRules, let_the_last_match_decide)
{
    EXPECT_FALSE(ignores("*.log\n!keep.log\n", "keep.log"));
    EXPECT_TRUE(ignores("!keep.log\n*.log\n", "keep.log"));
    EXPECT_FALSE(ignores("docs/*\n!docs/build\n", "docs/build", true));
}

TEST(IgnoreRules, span_folders_with_two_stars)
{
    EXPECT_TRUE(ignores("**/foo", "foo"));
    EXPECT_TRUE(ignores("**/foo", "a/b/foo"));
    EXPECT_TRUE(ignores("abc/**", "abc/d"));
    EXPECT_TRUE(ignores("abc/**", "abc/d/e"));
    EXPECT_FALSE(ignores("abc/**", "abc", true));
    EXPECT_TRUE(ignores("a/**/b", "a/b"));
    EXPECT_TRUE(ignores("a/**/b", "a/x/y/b"));
    EXPECT_FALSE(ignores("a/**/b", "a/x/bb"));
}

TEST(IgnoreRules, read_comments_blanks_and_escapes)
{
    EXPECT_FALSE(ignores("# a\n\n   \n", "# a"));
    EXPECT_TRUE(ignores("\\#a", "#a"));
    EXPECT_TRUE(ignores("\\!a", "!a"));
    EXPECT_TRUE(ignores("a  ", "a"));
    EXPECT_TRUE(ignores("a\\ ", "a "));
    EXPECT_TRUE(ignores("\xEF\xBB\xBF*.o\r\nx\r\n", "a.o"));
    EXPECT_TRUE(ignores("a\r\n", "a"));
}

TEST(IgnoreRules, read_classes)
{
    EXPECT_TRUE(matches_glob("a[0-9].c", "a7.c"));
    EXPECT_FALSE(matches_glob("a[!0-9].c", "a7.c"));
    EXPECT_TRUE(matches_glob("a[^0-9].c", "ax.c"));
    EXPECT_TRUE(matches_glob("[]]", "]"));
    EXPECT_TRUE(matches_glob("[a-]", "-"));
    EXPECT_TRUE(matches_glob("[\\]]", "]"));
    EXPECT_FALSE(matches_glob("[a", "[a"));
    EXPECT_TRUE(matches_glob("a?c", "abc"));
    EXPECT_FALSE(matches_glob("a?c", "ac"));
    EXPECT_TRUE(matches_glob("*a*b*", "xxaxxbxx"));
    EXPECT_FALSE(matches_glob("*a*b", "xxaxxbxx"));
    EXPECT_TRUE(matches_glob("a\\*", "a*"));
    EXPECT_FALSE(matches_glob("a\\*", "ab"));
    EXPECT_TRUE(matches_glob("*", ""));
    EXPECT_FALSE(matches_glob("?", ""));
}

TEST(IgnoreRules, of_inner_folders_come_before_those_of_outer_ones)
{
    auto const outer = std::make_shared<const IgnoreRules>("", "*.log\n*.tmp\n");
    IgnoreRules const inner("sub", "!keep.log\n/only\n", outer);
    EXPECT_FALSE(inner.ignores("sub/keep.log", false));
    EXPECT_TRUE(inner.ignores("sub/x.log", false));
    EXPECT_TRUE(inner.ignores("sub/a.tmp", false));
    EXPECT_TRUE(inner.ignores("sub/only", false));
    EXPECT_FALSE(inner.ignores("sub/x/only", false));
}

TEST(IgnoreRules, stay_fast_on_patterns_made_to_be_slow)
{
    std::string pattern;
    for (int i = 0; i < 60; ++i) pattern += "*a";
    pattern += "b";
    EXPECT_FALSE(matches_glob(pattern, std::string(250, 'a')));
    std::string folders;
    for (int i = 0; i < 30; ++i) folders += "**/a/";
    std::string path = "a";
    for (int i = 0; i < 500; ++i) path += "/a";
    EXPECT_FALSE(ignores(folders + "b", path));
}

} // namespace
} // namespace pix::workbench
