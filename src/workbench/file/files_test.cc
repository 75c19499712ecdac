#include "workbench/file/files.h"

#include <gtest/gtest.h>

#include "workbench/file/files_options.h"
#include "workbench/file/filesystem_handlers.h"
#include "workbench/file/testing/project_in_temp.h"

namespace pix::workbench {
namespace {

using testing::FilesInTemp;

std::size_t hits(FilesInTemp& area, const std::string& query)
{
    auto const found = area.ask(search_files, "/?q=" + query);
    return found ? area.json_of(*found).at("results").as_array().size() : 999;
}

TEST(Files, run_work_on_the_pool_with_the_project_open)
{
    FilesInTemp area;
    auto const here = std::this_thread::get_id();
    auto work = [](const ProjectFolder& project) -> core::Result<std::pair<std::string, std::thread::id>> {
        return std::pair(project.path(), std::this_thread::get_id());
    };
    auto const found = area.run(area.files.in_project("app", work));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->first, area.path().string());
    EXPECT_NE(found->second, here);
    EXPECT_EQ(area.run(area.files.in_project("none", work)).error().name, "PROJECT_NOT_FOUND");
    std::filesystem::remove_all(area.path());
    EXPECT_EQ(area.run(area.files.in_project("app", work)).error().name, "PROJECT_NOT_FOUND");
}

TEST(Files, remember_names_until_they_change_them_themselves)
{
    FilesInTemp area;
    area.file("one.txt");
    EXPECT_EQ(hits(area, "txt"), 1U);
    area.file("two.txt");
    EXPECT_EQ(hits(area, "txt"), 1U);
    ASSERT_TRUE(area.ask(create_file, "/", R"({"path": "three.txt", "type": "file"})"));
    EXPECT_EQ(hits(area, "txt"), 3U);
    ASSERT_TRUE(area.ask(delete_file, "/", R"({"path": "one.txt"})"));
    EXPECT_EQ(hits(area, "txt"), 2U);
    EXPECT_EQ(area.ask(search_files, "/?limit=0").error().code, core::Errc::invalid);
}

TEST(Files, bring_back_what_was_deleted)
{
    FilesInTemp area;
    area.file("a.txt", "text");
    auto const gone = area.ask(delete_file, "/", R"({"path": "a.txt"})");
    ASSERT_TRUE(gone);
    std::string const undo(area.json_of(*gone).at("undo").as_string());
    EXPECT_FALSE(area.has("a.txt"));
    ASSERT_TRUE(area.ask(restore_file, "/", R"({"undo": ")" + undo + R"("})"));
    EXPECT_EQ(area.bytes("a.txt"), "text");
    auto const for_good = area.ask(delete_file, "/?permanent=1", R"({"path": "a.txt"})");
    EXPECT_TRUE(area.json_of(*for_good).at("undo").is_null());
    EXPECT_TRUE(area.json_of(*area.ask(list_trash, "/")).as_array().empty());
}

TEST(FilesOptions, come_from_the_environment)
{
    auto const plain = files_options("/h", "/u", {});
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->trash, "/h/trash");
    EXPECT_EQ(plain->browse.user_home, "/u");
    EXPECT_EQ(plain->tree.items, 10'000U);
    auto const set = files_options(
        "/h", "/u",
        {{"PIXCODE_FILE_TREE_MAX_ITEMS", "5"}, {"PIXCODE_FILE_TREE_SCAN_MAX_MS", "7"}, {"WORKSPACES_ROOT", "/w"}});
    ASSERT_TRUE(set);
    EXPECT_EQ(set->tree.items, 5U);
    EXPECT_EQ(set->tree.time.count(), 7);
    EXPECT_EQ(set->browse.workspaces, "/w");
    for (const char* const bad : {"0", "-1", "x", "9999999999"})
        EXPECT_FALSE(files_options("/h", "/u", {{"PIXCODE_FILE_TREE_MAX_ITEMS", bad}})) << bad;
    EXPECT_FALSE(files_options("/h", "/u", {{"WORKSPACES_ROOT", "code"}}));
}

} // namespace
} // namespace pix::workbench
