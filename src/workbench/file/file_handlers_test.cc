#include "workbench/file/file_handlers.h"

#include <gtest/gtest.h>

#include "workbench/file/testing/project_in_temp.h"

namespace pix::workbench {
namespace {

using testing::FilesInTemp;

std::string name_of_failure(const core::Result<http::Response>& reply)
{
    return reply ? "none" : reply.error().name;
}

TEST(FileHandlers, list_read_and_write_a_file)
{
    FilesInTemp area;
    area.file("src/main.cc", "int main() {}\n");

    auto const listed = area.ask(list_files, "/?path=src");
    ASSERT_TRUE(listed) << listed.error().message;
    auto const entry = area.json_of(*listed).at(0);
    EXPECT_EQ(entry.at("name").as_string(), "main.cc");
    EXPECT_EQ(entry.at("path").as_string(), "src/main.cc");
    EXPECT_EQ(entry.at("type").as_string(), "file");
    EXPECT_EQ(entry.at("size").as_int64(), 14);

    auto const read = area.ask(read_file, "/?path=src/main.cc");
    ASSERT_TRUE(read) << read.error().message;
    auto const content = area.json_of(*read);
    EXPECT_EQ(content.at("content").as_string(), "int main() {}\n");
    EXPECT_EQ(content.at("encoding").as_string(), "utf-8");

    std::string const etag(content.at("etag").as_string());
    auto const saved = area.ask(write_file, "/", R"({"path": "src/main.cc", "content": "new"})", {{"If-Match", etag}});
    ASSERT_TRUE(saved) << saved.error().message;
    EXPECT_EQ(area.bytes("src/main.cc"), "new");
    EXPECT_EQ(area.count(), 2U);

    auto const late = area.ask(write_file, "/", R"({"path": "src/main.cc", "content": "late"})", {{"If-Match", etag}});
    EXPECT_EQ(name_of_failure(late), "FILE_CHANGED");
    EXPECT_EQ(late.error().code, core::Errc::conflict);
    EXPECT_EQ(area.bytes("src/main.cc"), "new");
}

TEST(FileHandlers, say_which_project_or_file_is_not_there)
{
    FilesInTemp area;
    EXPECT_EQ(name_of_failure(area.ask(read_file, "/?path=none")), "FILE_NOT_FOUND");
    EXPECT_EQ(name_of_failure(area.ask(read_file, "/?path=../secret")), "PATH_OUTSIDE_PROJECT");
    EXPECT_EQ(area.ask(read_file, "/").error().code, core::Errc::invalid);
    area.project = "other";
    EXPECT_EQ(name_of_failure(area.ask(list_files, "/")), "PROJECT_NOT_FOUND");
}

} // namespace
} // namespace pix::workbench
