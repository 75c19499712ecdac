#include "workbench/file/file_content.h"

#include <gtest/gtest.h>

#include "workbench/file/media_type.h"
#include "workbench/file/testing/project_in_temp.h"
#include "workbench/file/text_encoding.h"

namespace pix::workbench {
namespace {

using testing::ProjectInTemp;

boost::json::object shown(std::string bytes, bool decode = false)
{
    FileContent content;
    content.bytes = std::move(bytes);
    return to_json(content, *ContainedPath::read("/p", "a"), decode);
}

std::string text(const boost::json::object& object, std::string_view name)
{
    const boost::json::value* const value = object.if_contains(name);
    return value ? std::string(value->as_string()) : "";
}

TEST(FileContent, is_text_when_it_is_utf8_and_else_base64)
{
    EXPECT_EQ(text(shown("h\xc3\xa9llo"), "encoding"), "utf-8");
    EXPECT_EQ(text(shown(""), "encoding"), "utf-8");
    EXPECT_EQ(text(shown(std::string("a\0b", 3)), "encoding"), "base64");
    EXPECT_EQ(text(shown("caf\xe9"), "content"), "Y2Fm6Q==");
    EXPECT_EQ(text(shown(std::string(9000, 'a') + '\0'), "encoding"), "utf-8");
    EXPECT_EQ(text(shown("\xED\xA0\x80"), "encoding"), "base64");
}

TEST(FileContent, is_decoded_when_asked_for)
{
    auto const wide = shown(std::string("\xFF\xFEh\0i\0", 6), true);
    EXPECT_EQ(text(wide, "content"), "hi");
    EXPECT_EQ(text(wide, "charset"), "utf-16le");
    EXPECT_EQ(text(shown("caf\xe9", true), "content"), "caf\xc3\xa9");
    EXPECT_EQ(text(shown("caf\xe9", true), "charset"), "latin1");
    EXPECT_EQ(text(shown("\x89PNG\r\n\x1a\n", true), "encoding"), "base64");
    EXPECT_EQ(text(shown("plain", true), "charset"), "");
}

TEST(FileContent, has_a_limit_and_a_tag_of_its_bytes)
{
    ProjectInTemp temp;
    temp.file("a", "12345");
    auto const project = temp.open();
    auto const path = *project.contained("a");
    EXPECT_EQ(read_content(project, path, 5)->bytes, "12345");
    EXPECT_EQ(read_content(project, path, 4).error().name, "FILE_TOO_LARGE");
    EXPECT_EQ(*etag_of_file(*project.open_file(path), path), etag_of("12345"));
    EXPECT_NE(etag_of("12345"), etag_of("12346"));
    EXPECT_EQ(etag_of("").size(), 34U);
}

TEST(FileContent, is_read_from_files_that_say_they_are_empty)
{
    auto const proc = *ProjectFolder::open("/proc/sys/kernel");
    auto const path = *proc.contained("ostype");
    EXPECT_EQ(read_content(proc, path, 100)->bytes, "Linux\n");
    EXPECT_EQ(read_content(proc, path, 3).error().name, "FILE_TOO_LARGE");
}

TEST(TextEncoding, comes_back_as_it_was)
{
    for (std::string_view const bytes :
         {std::string_view("\xFE\xFF\0a\xD8\x3D\xDE\x00", 8), std::string_view("caf\xe9"),
          std::string_view("\xEF\xBB\xBFx"), std::string_view("\xFF\xFE", 2)}) {
        auto const decoded = decode_text(bytes);
        ASSERT_TRUE(decoded);
        EXPECT_EQ(*encode_text(decoded->text, decoded->charset), bytes);
    }
}

TEST(TextEncoding, is_none_of_broken_bytes)
{
    EXPECT_FALSE(decode_text(std::string_view("\xFF\xFE\x00\xD8", 4)));
    EXPECT_FALSE(decode_text(std::string_view("\xFF\xFE\x00\xDC\x61\x00", 6)));
    EXPECT_FALSE(decode_text(std::string_view("\x00\x01", 2)));
    EXPECT_FALSE(encode_text("\xff", Charset::utf16le));
    EXPECT_EQ(encode_text("\xe2\x82\xac", Charset::latin1).error().code, core::Errc::unprocessable);
}

TEST(MediaType, is_never_one_that_can_act)
{
    for (const char* const name :
         {"a.html", "a.HTM", "a.xhtml", "a.shtml", "a.js", "a.mjs", "a.css", "a.xml", "a.xsl", "a"}) {
        auto const type = media_type_of(name, "<html><script>alert(1)</script>").content_type;
        EXPECT_EQ(type, "text/plain; charset=utf-8") << name;
    }
    EXPECT_FALSE(media_type_of("a.html", "<html>").is_inline);
    EXPECT_TRUE(media_type_of("a.cc", "int a;").is_inline);
    EXPECT_EQ(media_type_of("a.html", std::string_view("\0", 1)).content_type, "application/octet-stream");
    EXPECT_FALSE(media_type_of("a", std::string_view("\0", 1)).is_inline);
}

TEST(MediaType, is_that_of_images_and_documents_by_name)
{
    EXPECT_EQ(media_type_of("a.PNG", "").content_type, "image/png");
    EXPECT_TRUE(media_type_of("a.svg", "<svg>").is_inline);
    EXPECT_TRUE(media_type_of("a.pdf", "").is_inline);
    EXPECT_FALSE(media_type_of("a.zip", "").is_inline);
    // A character that the first bytes cut in two does not make it binary.
    EXPECT_TRUE(media_type_of("a.txt", "caf\xc3").is_inline);
}

} // namespace
} // namespace pix::workbench
