#include "core/http/form.h"

#include <gtest/gtest.h>

namespace pix::http {
namespace {

using core::Errc;

const std::string multipart_type = "multipart/form-data; boundary=XX";

std::string part(const std::string& headers, const std::string& body)
{
    return "--XX\r\n" + headers + "\r\n\r\n" + body + "\r\n";
}

TEST(Form, reads_urlencoded_fields)
{
    auto const form = parse_urlencoded("a=1&b=x+y%26z&a=2&empty=&bare&%C3%A4=%C3%B6");
    ASSERT_TRUE(form);
    EXPECT_EQ(form->first("a"), "1");
    EXPECT_EQ(form->all("a"), (std::vector<std::string>{"1", "2"}));
    EXPECT_EQ(form->first("b"), "x y&z");
    EXPECT_EQ(form->first("empty"), "");
    EXPECT_EQ(form->first("bare"), "");
    EXPECT_EQ(form->first("ä"), "ö");
    EXPECT_FALSE(form->first("c"));
    EXPECT_FALSE(form->has("c"));
}

TEST(Form, refuses_broken_urlencoded_text)
{
    for (const char* const text : {"a=%", "a=%4", "a=%zz", "%=1", "a=%ff", "%ff=a"})
        EXPECT_EQ(parse_urlencoded(text).error().code, Errc::invalid) << text;
}

TEST(Form, bounds_fields_names_and_values)
{
    FormLimits limits;
    limits.parts = 2;
    limits.name_bytes = 4;
    limits.value_bytes = 5;
    EXPECT_TRUE(parse_urlencoded("a=1&b=12345", limits));
    EXPECT_EQ(parse_urlencoded("a=1&b=2&c=3", limits).error().code, Errc::too_large);
    EXPECT_EQ(parse_urlencoded("abcde=1", limits).error().code, Errc::too_large);
    EXPECT_EQ(parse_urlencoded("a=123456", limits).error().code, Errc::too_large);

    std::string const one = part("Content-Disposition: form-data; name=\"a\"", "1");
    EXPECT_TRUE(parse_multipart(one + one + "--XX--", multipart_type, limits));
    EXPECT_EQ(parse_multipart(one + one + one + "--XX--", multipart_type, limits).error().code, Errc::too_large);
    std::string const large = part("Content-Disposition: form-data; name=\"a\"", "123456");
    EXPECT_EQ(parse_multipart(large + "--XX--", multipart_type, limits).error().code, Errc::too_large);
    limits.part_header_bytes = 20;
    EXPECT_EQ(parse_multipart(one + "--XX--", multipart_type, limits).error().code, Errc::too_large);
}

TEST(Form, reads_multipart_fields_and_files)
{
    std::string const body = "preamble\r\n" + part("Content-Disposition: form-data; name=\"title\"", "two\r\nlines") +
                             part("content-disposition: form-data; name=file; filename=\"C:\\dir\\a "
                                  "\\\"b\\\".txt\"\r\nContent-Type: text/plain",
                                  std::string("\0\xff--XX", 6)) +
                             part("Content-Disposition: form-data; name=\"none\"; filename=\"\"", "") +
                             "--XX--\r\nepilogue";
    auto const form = parse_multipart(body, "multipart/form-data; boundary=\"XX\"");
    ASSERT_TRUE(form) << form.error().message;
    EXPECT_EQ(form->first("title"), "two\r\nlines");
    EXPECT_FALSE(form->first("file"));
    auto const files = form->files("file");
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0].filename, "a \"b\".txt");
    EXPECT_EQ(files[0].content_type, "text/plain");
    EXPECT_EQ(files[0].bytes, std::string("\0\xff--XX", 6));
    EXPECT_TRUE(form->has("none"));
    EXPECT_TRUE(form->files("none").empty());
}

TEST(Form, leaves_no_folder_in_a_file_name)
{
    for (const char* const name : {"../../etc/passwd", "..\\..\\passwd", "/passwd", "a/../passwd"}) {
        std::string const header = "Content-Disposition: form-data; name=f; filename=\"" + std::string(name) + "\"";
        auto const form = parse_multipart(part(header, "x") + "--XX--", multipart_type);
        ASSERT_TRUE(form);
        EXPECT_EQ(form->files("f").at(0).filename, "passwd") << name;
    }
    auto const dots = parse_multipart(part("Content-Disposition: form-data; name=f; filename=\"..\"", "x") + "--XX--",
                                      multipart_type);
    EXPECT_EQ(dots->files("f").at(0).filename, "");
}

TEST(Form, refuses_broken_multipart_bodies)
{
    std::string const good = part("Content-Disposition: form-data; name=\"a\"", "1");
    for (const std::string& body : {
             std::string(),
             std::string("--XX"),
             std::string("--XX\r\n"),
             good,
             good + "--XX",
             good + "--X",
             std::string("--XX\n\n"),
             part("Content-Type: text/plain", "1") + "--XX--",
             part("Content-Disposition: attachment; name=\"a\"", "1") + "--XX--",
             part("Content-Disposition: form-data", "1") + "--XX--",
             part("no colon", "1") + "--XX--",
             part("Content-Disposition: form-data; name=\"a", "1") + "--XX--",
             std::string("--XX\r\n\r\nx\r\n--XX--"),
             part("Content-Disposition: form-data; name=\"a\"", "\xff") + "--XX--",
             part("Content-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"", "1") +
                 "--XX--",
         })
        EXPECT_EQ(parse_multipart(body, multipart_type).error().code, Errc::invalid) << body;
    EXPECT_FALSE(parse_multipart(good + "--XX--", "multipart/form-data"));
    EXPECT_FALSE(parse_multipart(good + "--XX--", "multipart/form-data; boundary="));
    EXPECT_FALSE(parse_multipart(good + "--XX--", "multipart/form-data; boundary=" + std::string(71, 'a')));
    EXPECT_TRUE(parse_multipart("--XX--", multipart_type));
}

TEST(Form, finds_parameters_of_header_values)
{
    EXPECT_EQ(header_parameter("form-data; a=1; Name=\"x;y\" ; b=2", "name"), "x;y");
    EXPECT_EQ(header_parameter("form-data; a=1; b=2", "b"), "2");
    EXPECT_FALSE(header_parameter("name=1", "name"));
    EXPECT_FALSE(header_parameter("x; name=\"a", "name"));
    EXPECT_FALSE(header_parameter("x; name=\"a\"b", "name"));
}

} // namespace
} // namespace pix::http
