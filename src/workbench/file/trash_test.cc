#include "workbench/file/trash.h"

#include <gtest/gtest.h>

#include "workbench/file/testing/project_in_temp.h"

namespace pix::workbench {
namespace {

using testing::ProjectInTemp;

class TrashInTemp : public ProjectInTemp {
public:
    std::filesystem::path folder() const { return temp.path / "trash"; }
    Trash trash(TrashLimits limits = {}) const { return Trash(folder(), limits); }
    std::string take(const Trash& trash, const std::string& path, core::Millis at = core::SystemClock().now()) const
    {
        auto const project = open();
        auto const place = project.contained(path);
        auto const id = trash.take(project, *project.place_of(*place), *place, at);
        return id && *id ? **id : "";
    }
    std::size_t kept() const
    {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder()), {}));
    }
};

TEST(Trash, brings_back_what_was_deleted)
{
    TrashInTemp temp;
    temp.file("src/deep/a.txt", "text");
    temp.link("src/link", "/etc");
    auto const trash = temp.trash();
    std::string const id = temp.take(trash, "src");
    ASSERT_FALSE(id.empty());
    EXPECT_EQ(temp.count(), 0U);
    auto const list = trash.list(temp.open());
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].at("path").as_string(), "src");
    EXPECT_EQ(list[0].at("type").as_string(), "directory");
    auto const back = trash.restore(temp.open(), id);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->text(), "src");
    EXPECT_EQ(temp.bytes("src/deep/a.txt"), "text");
    EXPECT_EQ(temp.kept(), 0U);
    EXPECT_EQ(trash.restore(temp.open(), id).error().name, "TRASH_NOT_FOUND");
}

TEST(Trash, makes_the_folders_again_but_replaces_nothing)
{
    TrashInTemp temp;
    temp.file("src/a", "old");
    auto const trash = temp.trash();
    std::string const id = temp.take(trash, "src/a");
    std::filesystem::remove(temp.path() / "src");
    ASSERT_TRUE(trash.restore(temp.open(), id));
    EXPECT_EQ(temp.bytes("src/a"), "old");
    std::string const again = temp.take(trash, "src/a");
    temp.file("src/a", "new");
    EXPECT_EQ(trash.restore(temp.open(), again).error().name, "ALREADY_EXISTS");
    EXPECT_EQ(temp.bytes("src/a"), "new");
    EXPECT_EQ(temp.kept(), 1U);
}

TEST(Trash, gives_nothing_to_other_projects_or_for_strange_ids)
{
    TrashInTemp temp;
    temp.file("a", "x");
    auto const trash = temp.trash();
    std::string const id = temp.take(trash, "a");
    std::filesystem::create_directory(temp.temp.path / "other");
    auto const other = *ProjectFolder::open((temp.temp.path / "other").string());
    EXPECT_EQ(trash.restore(other, id).error().name, "TRASH_NOT_FOUND");
    EXPECT_TRUE(trash.list(other).empty());
    EXPECT_EQ(trash.empty(other), 0U);
    for (const std::string& strange : {std::string(), std::string(".."), "../" + id, id + "/", std::string(26, 'z')})
        EXPECT_EQ(trash.restore(temp.open(), strange).error().name, "TRASH_NOT_FOUND");
    EXPECT_EQ(trash.empty(temp.open()), 1U);
    EXPECT_EQ(temp.kept(), 0U);
}

TEST(Trash, lets_go_of_what_is_old_and_too_much)
{
    TrashInTemp temp;
    TrashLimits limits;
    limits.entries = 3;
    auto const trash = temp.trash(limits);
    for (const char* const name : {"a", "b", "c", "d"}) {
        temp.file(name, name);
        ASSERT_FALSE(temp.take(trash, name).empty());
    }
    EXPECT_EQ(temp.kept(), 3U);
    EXPECT_EQ(trash.list(temp.open()).at(2).at("name").as_string(), "b");
    temp.file("e", "e");
    temp.take(trash, "e", core::SystemClock().now() + std::chrono::milliseconds(std::chrono::hours(24 * 8)).count());
    EXPECT_EQ(temp.kept(), 0U);
}

TEST(Trash, copies_files_to_another_file_system_and_leaves_folders)
{
    TrashInTemp temp;
    std::string shared = "/dev/shm/pix-trash-XXXXXX";
    struct stat here{};
    struct stat there{};
    ASSERT_EQ(::stat(temp.temp.path.c_str(), &here), 0);
    if (::stat("/dev/shm", &there) != 0 || here.st_dev == there.st_dev || !::mkdtemp(shared.data()))
        GTEST_SKIP() << "there is no second file system";
    temp.file("a", "text");
    temp.file("folder/b", "text");
    Trash const trash(shared, {});
    std::string const id = temp.take(trash, "a");
    EXPECT_FALSE(id.empty());
    EXPECT_FALSE(temp.has("a"));
    EXPECT_EQ(temp.take(trash, "folder"), "");
    EXPECT_EQ(temp.bytes("folder/b"), "text");
    EXPECT_TRUE(trash.restore(temp.open(), id));
    EXPECT_EQ(temp.bytes("a"), "text");
    std::filesystem::remove_all(shared);
}

TEST(Trash, without_a_folder_keeps_nothing)
{
    TrashInTemp temp;
    temp.file("a", "x");
    Trash const none({}, {});
    EXPECT_EQ(temp.take(none, "a"), "");
    EXPECT_TRUE(temp.has("a"));
    EXPECT_TRUE(none.list(temp.open()).empty());
}

} // namespace
} // namespace pix::workbench
