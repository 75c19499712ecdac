#include "workbench/file/file_tree.h"

#include <gtest/gtest.h>
#include <sys/fsuid.h>

#include <thread>

#include "workbench/file/testing/project_in_temp.h"

namespace pix::workbench {
namespace {

using testing::ProjectInTemp;
namespace json = boost::json;

core::Result<FileTree> tree_of(const ProjectInTemp& temp, TreeRequest request = {}, TreeLimits limits = {},
                               const std::string& folder = "")
{
    auto const project = temp.open();
    request.folder = *project.contained(folder);
    return read_tree(project, request, limits);
}

/// "src/ src/a.cc b.txt": paths in their order, folders with a slash.
std::string flat(const json::array& entries)
{
    std::string text;
    for (const json::value& entry : entries) {
        if (!text.empty()) text += ' ';
        text += entry.at("path").as_string();
        if (entry.at("type").as_string() == "directory") text += '/';
        if (const json::value* const children = entry.as_object().if_contains("children"))
            if (std::string const inner = flat(children->as_array()); !inner.empty()) text += " " + inner;
    }
    return text;
}

std::string paths(const ProjectInTemp& temp, TreeRequest request = {}, const std::string& folder = "")
{
    auto const tree = tree_of(temp, std::move(request), {}, folder);
    return tree ? flat(tree->entries) : tree.error().name;
}

TEST(FileTree, lists_one_level_folders_first_then_by_name_without_case)
{
    ProjectInTemp temp;
    temp.file("b.txt");
    temp.file("A.txt");
    temp.file("zoo/x");
    temp.file("Bar/x");
    temp.file(".hidden");
    EXPECT_EQ(paths(temp), "Bar/ zoo/ .hidden A.txt b.txt");
    auto const tree = tree_of(temp);
    EXPECT_FALSE(tree->entries[0].as_object().contains("children"));
    EXPECT_TRUE(tree->entries[0].at("size").is_null());
    EXPECT_EQ(tree->entries[2].at("size").as_int64(), 0);
}

TEST(FileTree, says_what_the_mode_and_the_time_are)
{
    ProjectInTemp temp;
    temp.file("a");
    ::chmod((temp.path() / "a").c_str(), 0754);
    timespec const times[2] = {{1'700'000'000, 5'000'000}, {1'700'000'000, 5'000'000}};
    ::utimensat(AT_FDCWD, (temp.path() / "a").c_str(), times, 0);
    auto const tree = tree_of(temp);
    const json::value& entry = tree->entries.at(0);
    EXPECT_EQ(entry.at("permissions").as_string(), "754");
    EXPECT_EQ(entry.at("permissionsRwx").as_string(), "rwxr-xr--");
    EXPECT_EQ(entry.at("modified").as_string(), "2023-11-14T22:13:20.005Z");
    EXPECT_FALSE(entry.at("isSymlink").as_bool());
}

TEST(FileTree, gives_children_down_to_the_depth)
{
    ProjectInTemp temp;
    temp.file("a/b/c/d");
    temp.file("a/x");
    temp.folder("empty");
    TreeRequest request;
    request.depth = 2;
    EXPECT_EQ(paths(temp, request), "a/ a/b/ a/x empty/");
    auto const tree = tree_of(temp, request);
    EXPECT_FALSE(tree->entries[0].at("children").at(0).as_object().contains("children"));
    EXPECT_TRUE(tree->entries[1].at("children").as_array().empty());
    request.depth = 10;
    EXPECT_EQ(paths(temp, request), "a/ a/b/ a/b/c/ a/b/c/d a/x empty/");
    EXPECT_EQ(paths(temp, request, "a/b"), "a/b/c/ a/b/c/d");
}

TEST(FileTree, leaves_out_what_is_installed_or_built)
{
    ProjectInTemp temp;
    for (const char* const name :
         {"node_modules/x", ".git/x", ".svn/x", ".hg/x", "dist/x", "src/build/x", "docs/build/y"})
        temp.file(name);
    TreeRequest request;
    request.depth = 3;
    EXPECT_EQ(paths(temp, request), "docs/ src/");
    // Without a .gitignore nothing else decides.
    request.leave_out = LeaveOut::by_gitignore;
    EXPECT_EQ(paths(temp, request), "docs/ src/");
    temp.file(".gitignore", "/src/build\n*.log\n");
    temp.file("docs/.gitignore", "!kept.log\n");
    temp.file("docs/kept.log");
    temp.file("docs/other.log");
    EXPECT_EQ(paths(temp, request),
              "dist/ dist/x docs/ docs/build/ docs/build/y docs/.gitignore docs/kept.log src/ .gitignore");
    // The rules above a folder count when it is listed by itself, too.
    EXPECT_EQ(paths(temp, request, "docs"), "docs/build/ docs/build/y docs/.gitignore docs/kept.log");
}

TEST(FileTree, does_not_open_ignored_folders_or_go_through_links)
{
    ProjectInTemp temp;
    temp.file(".gitignore", "closed/\n");
    temp.file("closed/x");
    temp.file("src/x");
    temp.link("link", "src");
    temp.link("up", "..");
    temp.link("lost", "none");
    temp.link("circle", "circle");
    TreeRequest request;
    request.depth = 10;
    request.leave_out = LeaveOut::by_gitignore;
    EXPECT_EQ(paths(temp, request), "link/ src/ src/x .gitignore circle lost up");
    auto const tree = tree_of(temp, request);
    const json::object& link = tree->entries[0].as_object();
    EXPECT_TRUE(link.at("isSymlink").as_bool());
    EXPECT_FALSE(link.contains("children"));
    EXPECT_TRUE(tree->entries[5].at("isBroken").as_bool());
    EXPECT_EQ(paths(temp, request, "link"), "link/x");
    EXPECT_EQ(paths(temp, request, "up"), "PATH_OUTSIDE_PROJECT");
}

TEST(FileTree, shows_names_that_are_not_utf8_so_that_they_can_be_asked_for)
{
    ProjectInTemp temp;
    temp.file("caf\xe9.txt", "x");
    auto const tree = tree_of(temp);
    const json::value& entry = tree->entries.at(0);
    EXPECT_EQ(entry.at("name").as_string(), "caf\xEF\xBF\xBD.txt");
    EXPECT_EQ(entry.at("encodedPath").as_string(), "caf%E9.txt");
}

TEST(FileTree, lists_sockets_and_fifos_without_opening_them)
{
    ProjectInTemp temp;
    ASSERT_EQ(::mkfifo((temp.path() / "fifo").c_str(), 0600), 0);
    auto const tree = tree_of(temp);
    EXPECT_EQ(tree->entries[0].at("type").as_string(), "file");
    EXPECT_TRUE(tree->entries[0].at("size").is_null());
    EXPECT_TRUE(tree->entries[0].at("isSpecial").as_bool());
    EXPECT_EQ(paths(temp, {}, "fifo"), "NOT_A_FOLDER");
}

TEST(FileTree, has_a_limit_over_all_levels)
{
    ProjectInTemp temp;
    for (int i = 0; i < 5; ++i) temp.file("a/" + std::to_string(i));
    for (int i = 0; i < 5; ++i) temp.file("b/" + std::to_string(i));
    TreeLimits limits;
    limits.items = 11;
    TreeRequest request;
    request.depth = 2;
    auto const tree = tree_of(temp, request, limits);
    ASSERT_FALSE(tree);
    EXPECT_EQ(tree.error().name, "FILE_TREE_TOO_LARGE");
    EXPECT_EQ(tree.error().code, core::Errc::too_large);
    request.truncate = true;
    auto const cut = tree_of(temp, request, limits);
    ASSERT_TRUE(cut);
    EXPECT_TRUE(cut->truncated);
    limits.items = 12;
    EXPECT_FALSE(tree_of(temp, request, limits)->truncated);
    limits.time = std::chrono::milliseconds(0);
    EXPECT_TRUE(tree_of(temp, request, limits)->truncated);
}

TEST(FileTree, goes_on_after_folders_that_may_not_be_read)
{
    ProjectInTemp temp;
    temp.file("closed/x");
    temp.file("open/x");
    ::chmod((temp.path() / "closed").c_str(), 0);
    ::chmod(temp.temp.path.c_str(), 0755);
    std::string found;
    std::string asked;
    std::thread([&] {
        ::setfsuid(65534);
        TreeRequest request;
        request.depth = 2;
        found = paths(temp, request);
        asked = paths(temp, {}, "closed");
    }).join();
    EXPECT_EQ(found, "closed/ open/ open/x");
    EXPECT_EQ(asked, "PERMISSION_DENIED");
    ::chmod((temp.path() / "closed").c_str(), 0700);
}

} // namespace
} // namespace pix::workbench
