#include "workbench/file/name_search.h"

#include <gtest/gtest.h>

#include "workbench/file/testing/project_in_temp.h"

namespace pix::workbench {
namespace {

NameList list_of(std::initializer_list<std::string_view> paths)
{
    NameList names;
    for (std::string_view const path : paths) names.add(path);
    return names;
}

std::string first(const NameList& names, std::string_view query)
{
    auto const found = search_names(names, query, 1);
    return found.empty() ? "" : std::string(names[found[0]]);
}

TEST(NameSearch, prefers_the_name_over_the_folders_and_starts_over_middles)
{
    auto const names = list_of({"docs/main/readme.md", "src/domain.cc", "src/main.cc", "src/main_window.cc", "main"});
    EXPECT_EQ(first(names, "main"), "main");
    EXPECT_EQ(first(names, "main.c"), "src/main.cc");
    EXPECT_EQ(first(names, "win"), "src/main_window.cc");
    EXPECT_EQ(first(names, "MAIN.CC"), "src/main.cc");
    auto const all = search_names(names, "main", 10);
    ASSERT_EQ(all.size(), 5U);
    EXPECT_EQ(names[all[3]], "src/domain.cc");
    EXPECT_EQ(names[all[4]], "docs/main/readme.md");
}

TEST(NameSearch, finds_letters_in_their_order)
{
    auto const names = list_of({"src/file_handlers_test.cc", "src/folder_handler.cc", "readme.md"});
    EXPECT_EQ(first(names, "fht"), "src/file_handlers_test.cc");
    EXPECT_EQ(first(names, "sfoldhan"), "src/folder_handler.cc");
    EXPECT_EQ(first(names, "xyz"), "");
    EXPECT_EQ(first(list_of({"src/FileTree.cc"}), "ft"), "src/FileTree.cc");
}

TEST(NameSearch, wants_every_word)
{
    auto const names = list_of({"src/file/tree.cc", "src/git/tree.cc"});
    EXPECT_EQ(first(names, "tree git"), "src/git/tree.cc");
    EXPECT_EQ(first(names, "tree none"), "");
    EXPECT_EQ(search_names(names, "", 10).size(), 2U);
    EXPECT_EQ(search_names(names, "tree", 0).size(), 0U);
}

TEST(NameSearch, takes_any_bytes)
{
    auto const names = list_of({"caf\xe9.txt", std::string_view("\xff", 1), ""});
    EXPECT_EQ(search_names(names, "\xff", 10).size(), 1U);
    EXPECT_EQ(search_names(names, std::string(3000, 'x'), 10).size(), 0U);
}

TEST(NameList, leaves_out_what_is_ignored_and_stops_at_its_limits)
{
    testing::ProjectInTemp temp;
    temp.file(".gitignore", "*.log\n");
    temp.file("a.log");
    temp.file("node_modules/x");
    temp.file("src/a.cc");
    auto const names = NameList::read(temp.open(), {});
    ASSERT_TRUE(names);
    EXPECT_EQ(names->size(), 2U);
    EXPECT_FALSE(names->is_cut());
    NameListLimits limits;
    limits.files = 1;
    EXPECT_EQ(NameList::read(temp.open(), limits)->size(), 1U);
    EXPECT_TRUE(NameList::read(temp.open(), limits)->is_cut());
}

} // namespace
} // namespace pix::workbench
