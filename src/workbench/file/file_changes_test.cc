#include "workbench/file/file_changes.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "workbench/file/testing/project_in_temp.h"

namespace pix::workbench {
namespace {

using testing::ProjectInTemp;

std::string outcome(const core::Result<void>& done)
{
    return done ? "done" : done.error().name;
}

std::string create(const ProjectInTemp& temp, const std::string& path, EntryType type = EntryType::file,
                   std::string_view content = "")
{
    auto const project = temp.open();
    return outcome(create_entry(project, *project.contained(path), type, content));
}

std::string move_entry(const ProjectInTemp& temp, const std::string& from, const std::string& to)
{
    auto const project = temp.open();
    return outcome(rename_entry(project, *project.contained(from), *project.contained(to)));
}

std::string remove(const ProjectInTemp& temp, const std::string& path)
{
    auto const project = temp.open();
    auto const place = project.place_of(*project.contained(path));
    return place ? outcome(remove_tree(place->folder.number(), place->name)) : place.error().name;
}

TEST(CreateEntry, makes_files_folders_and_what_is_missing_above)
{
    ProjectInTemp temp;
    EXPECT_EQ(create(temp, "a/b/c.txt", EntryType::file, "text"), "done");
    EXPECT_EQ(temp.bytes("a/b/c.txt"), "text");
    EXPECT_EQ(create(temp, "a/new", EntryType::directory), "done");
    EXPECT_TRUE(std::filesystem::is_directory(temp.path() / "a/new"));
    EXPECT_EQ(create(temp, "-rf"), "done");
    EXPECT_TRUE(temp.has("-rf"));
}

TEST(CreateEntry, replaces_nothing_and_undoes_what_failed)
{
    ProjectInTemp temp;
    temp.file("a", "old");
    temp.link("lost", "nowhere");
    EXPECT_EQ(create(temp, "a"), "ALREADY_EXISTS");
    EXPECT_EQ(create(temp, "a", EntryType::directory), "ALREADY_EXISTS");
    EXPECT_EQ(create(temp, "lost"), "ALREADY_EXISTS");
    EXPECT_EQ(create(temp, ""), "ALREADY_EXISTS");
    EXPECT_EQ(temp.bytes("a"), "old");
    EXPECT_EQ(create(temp, "x/NUL/y"), "INVALID_NAME");
    EXPECT_FALSE(temp.has("x"));
    EXPECT_EQ(create(temp, "a/below"), "FILE_NOT_FOUND");
}

TEST(RenameEntry, moves_inside_the_project_without_replacing)
{
    ProjectInTemp temp;
    temp.file("a/x", "x");
    temp.file("b/y", "y");
    temp.link("link", "a/x");
    EXPECT_EQ(move_entry(temp, "a/x", "b/x"), "done");
    EXPECT_EQ(temp.bytes("b/x"), "x");
    EXPECT_EQ(move_entry(temp, "b/x", "b/y"), "ALREADY_EXISTS");
    EXPECT_EQ(temp.bytes("b/y"), "y");
    EXPECT_EQ(move_entry(temp, "link", "moved"), "done");
    EXPECT_TRUE(std::filesystem::is_symlink(temp.path() / "moved"));
    EXPECT_EQ(move_entry(temp, "a", "c"), "done");
    EXPECT_EQ(move_entry(temp, "none", "d"), "FILE_NOT_FOUND");
    EXPECT_EQ(move_entry(temp, "b/y", "none/y"), "FILE_NOT_FOUND");
    EXPECT_EQ(move_entry(temp, "b/y", "b/y?"), "INVALID_NAME");
    EXPECT_EQ(move_entry(temp, "b", "b/inner"), "INVALID_PATH");
    EXPECT_EQ(move_entry(temp, "", "d"), "PROJECT_ROOT");
    EXPECT_EQ(move_entry(temp, "b", ""), "PROJECT_ROOT");
    EXPECT_EQ(move_entry(temp, "b/y", "b/y"), "ALREADY_EXISTS");
}

TEST(RenameEntry, does_not_leave_by_links)
{
    ProjectInTemp temp;
    temp.file("a", "x");
    temp.link("out", "..");
    EXPECT_EQ(move_entry(temp, "a", "out/a"), "PATH_OUTSIDE_PROJECT");
    EXPECT_EQ(move_entry(temp, "out/secret", "stolen"), "PATH_OUTSIDE_PROJECT");
    EXPECT_TRUE(temp.has("a"));
}

TEST(RemoveTree, removes_folders_and_links_but_not_what_links_lead_to)
{
    ProjectInTemp temp;
    temp.file("kept/x", "x");
    temp.file("gone/deep/y", "y");
    temp.link("gone/link", "../kept");
    temp.link("gone/out", "../../secret");
    temp.link("gone/deep/up", "../..");
    ASSERT_EQ(::mkfifo((temp.path() / "gone/fifo").c_str(), 0600), 0);
    EXPECT_EQ(remove(temp, "gone"), "done");
    EXPECT_FALSE(temp.has("gone"));
    EXPECT_EQ(temp.bytes("kept/x"), "x");
    EXPECT_EQ(ProjectInTemp::read(temp.temp.path / "secret"), "do not show");
    temp.link("link", "kept");
    EXPECT_EQ(remove(temp, "link"), "done");
    EXPECT_TRUE(temp.has("kept/x"));
    EXPECT_EQ(remove(temp, "none"), "FILE_NOT_FOUND");
    EXPECT_EQ(remove(temp, ""), "PROJECT_ROOT");
}

TEST(RemoveTree, removes_folders_deeper_than_it_may_hold_open)
{
    ProjectInTemp temp;
    temp.folder("top");
    Descriptor folder(::open((temp.path() / "top").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (int i = 0; i < 300; ++i) {
        ASSERT_EQ(::mkdirat(folder.number(), "d", 0700), 0);
        Descriptor const file(::openat(folder.number(), "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        folder = Descriptor(::openat(folder.number(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        ASSERT_TRUE(folder);
    }
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit few = before;
    few.rlim_cur = 256;
    ::setrlimit(RLIMIT_NOFILE, &few);
    std::string const done = remove(temp, "top");
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(done, "done");
    EXPECT_EQ(temp.count(), 0U);
}

} // namespace
} // namespace pix::workbench
