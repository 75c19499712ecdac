#include "workbench/file/file_upload.h"

#include <gtest/gtest.h>

#include "workbench/file/attachment_store.h"
#include "workbench/file/testing/project_in_temp.h"

namespace pix::workbench {
namespace {

using testing::ProjectInTemp;

void add_file(http::Form& form, std::string name, std::string bytes, std::string field = "files")
{
    http::Part part;
    part.name = std::move(field);
    part.filename = std::move(name);
    part.bytes = std::move(bytes);
    part.is_file = true;
    form.add(std::move(part));
}

std::string store(const ProjectInTemp& temp, const http::Form& form, UploadLimits limits = {})
{
    auto const project = temp.open();
    auto const upload = read_upload(project, form, limits);
    if (!upload) return upload.error().name;
    auto const stored = store_upload(project, *upload);
    return stored ? "stored" : stored.error().name;
}

TEST(Upload, keeps_the_folders_of_what_is_dropped)
{
    ProjectInTemp temp;
    http::Form form;
    add_file(form, "a.txt", "one");
    add_file(form, "b.txt", "two");
    form.add("targetPath", "in/here");
    form.add("relativePaths", R"(["top/a.txt", "top/deep/b.txt"])");
    EXPECT_EQ(store(temp, form), "stored");
    EXPECT_EQ(temp.bytes("in/here/top/a.txt"), "one");
    EXPECT_EQ(temp.bytes("in/here/top/deep/b.txt"), "two");
}

TEST(Upload, does_not_escape_its_target)
{
    ProjectInTemp temp;
    temp.link("out", "..");
    for (const char* const path : {"../x", "a/../../x", "/etc/x", "..", ""}) {
        http::Form form;
        add_file(form, "..", "bad");
        form.add("targetPath", "in");
        form.add("relativePaths", boost::json::serialize(boost::json::array{path}));
        EXPECT_NE(store(temp, form), "stored") << path;
    }
    http::Form absolute;
    add_file(absolute, "x", "bad");
    absolute.add("relativePaths", boost::json::serialize(boost::json::array{(temp.path() / "x").string()}));
    EXPECT_EQ(store(temp, absolute), "PATH_OUTSIDE_PROJECT");
    http::Form target;
    add_file(target, "a", "bad");
    target.add("targetPath", "../other");
    EXPECT_EQ(store(temp, target), "PATH_OUTSIDE_PROJECT");
    http::Form link;
    add_file(link, "a", "bad");
    link.add("targetPath", "out");
    EXPECT_EQ(store(temp, link), "PATH_OUTSIDE_PROJECT");
    EXPECT_EQ(temp.count(), 1U);
    EXPECT_FALSE(std::filesystem::exists(temp.temp.path / "x"));
}

TEST(Upload, stores_all_or_nothing)
{
    ProjectInTemp temp;
    temp.file("b", "old");
    http::Form form;
    add_file(form, "new/a", "one");
    add_file(form, "b", "two");
    add_file(form, "c", "three");
    form.add("relativePaths", R"(["new/a", "b", "c"])");
    EXPECT_EQ(store(temp, form), "ALREADY_EXISTS");
    EXPECT_EQ(temp.bytes("b"), "old");
    EXPECT_EQ(temp.count(), 1U);
    http::Form twice;
    add_file(twice, "x", "one");
    add_file(twice, "x", "two");
    EXPECT_EQ(store(temp, twice), "ALREADY_EXISTS");
    EXPECT_EQ(temp.count(), 1U);
    form.add("overwrite", "true");
    EXPECT_EQ(store(temp, form), "stored");
    EXPECT_EQ(temp.bytes("b"), "two");
    EXPECT_EQ(temp.bytes("new/a"), "one");
}

TEST(Upload, has_limits_and_checks_names)
{
    ProjectInTemp temp;
    UploadLimits limits;
    limits.files = 2;
    limits.file_bytes = 3;
    http::Form none;
    EXPECT_EQ(store(temp, none, limits), "INVALID_REQUEST");
    http::Form many;
    for (const char* const name : {"a", "b", "c"}) add_file(many, name, "x");
    EXPECT_EQ(store(temp, many, limits), "TOO_MANY_FILES");
    http::Form large;
    add_file(large, "a", "1234");
    EXPECT_EQ(store(temp, large, limits), "FILE_TOO_LARGE");
    http::Form name;
    add_file(name, "a:b", "x");
    EXPECT_EQ(store(temp, name, limits), "INVALID_NAME");
    for (const char* const list : {R"(["a", "b"])", R"({"a": 1})", "[1]", "[", R"([["a"]])"}) {
        http::Form paths;
        add_file(paths, "a", "x");
        paths.add("relativePaths", list);
        EXPECT_EQ(store(temp, paths, limits), "INVALID_REQUEST") << list;
    }
    EXPECT_EQ(temp.count(), 0U);
}

TEST(Attachments, are_kept_under_harmless_names_of_their_own)
{
    ProjectInTemp temp;
    AttachmentStore const store(temp.temp.path / "home" / "attachments");
    for (const char* const name : {"report.pdf", "../../etc/passwd", "a b\n\xc3\xa4.txt", ""}) {
        http::Form form;
        add_file(form, name, "bytes", "file");
        auto const kept = store.keep(form);
        ASSERT_TRUE(kept) << kept.error().message;
        std::filesystem::path const path(std::string(kept->at("path").as_string()));
        EXPECT_EQ(path.parent_path(), temp.temp.path / "home" / "attachments");
        EXPECT_EQ(ProjectInTemp::read(path), "bytes");
        EXPECT_EQ(kept->at("size").to_number<int>(), 5);
    }
    http::Form none;
    EXPECT_EQ(store.keep(none).error().code, core::Errc::invalid);
}

TEST(Images, are_told_by_their_bytes)
{
    http::Form form;
    add_file(form, "a.png", "\x89PNG\r\n\x1a\nrest", "images");
    add_file(form, "b.svg", "<svg xmlns='x'/>", "images");
    auto const images = images_as_data(form);
    ASSERT_TRUE(images);
    auto const first = images->at("images").at(0);
    EXPECT_EQ(first.at("mimeType").as_string(), "image/png");
    EXPECT_EQ(first.at("data").as_string(), "data:image/png;base64,iVBORw0KGgpyZXN0");
    EXPECT_EQ(images->at("images").at(1).at("mimeType").as_string(), "image/svg+xml");
    http::Form page;
    add_file(page, "a.png", "<html>", "images");
    EXPECT_EQ(images_as_data(page).error().name, "NOT_AN_IMAGE");
    http::Form many;
    for (int i = 0; i < 6; ++i) add_file(many, "a.gif", "GIF89a", "images");
    EXPECT_EQ(images_as_data(many).error().name, "TOO_MANY_FILES");
    http::Form large;
    add_file(large, "a.gif", "GIF89a" + std::string(5 << 20, 'x'), "images");
    EXPECT_EQ(images_as_data(large).error().code, core::Errc::too_large);
}

} // namespace
} // namespace pix::workbench
