#include "workbench/file/contained_path.h"

#include <gtest/gtest.h>

namespace pix::workbench {
namespace {

std::string read(std::string_view text, std::string_view root = "/home/ada/app")
{
    auto const path = ContainedPath::read(root, text);
    return path ? path->text() : path.error().name;
}

TEST(ContainedPath, takes_relative_paths_and_absolute_ones_inside)
{
    EXPECT_EQ(read("src/main.cc"), "src/main.cc");
    EXPECT_EQ(read("./src//lib/../main.cc/"), "src/main.cc");
    EXPECT_EQ(read("/home/ada/app/src"), "src");
    EXPECT_EQ(read("/home/ada/app"), "");
    EXPECT_EQ(read(""), "");
    EXPECT_EQ(read("/etc/passwd", "/"), "etc/passwd");
}

TEST(ContainedPath, refuses_every_spelling_that_climbs_out)
{
    for (const char* const text : {"..", "../x", "a/../../x", "a/b/../../../x", "./..", "/", "/etc/passwd", "/home/ada",
                                   "/home/ada/application", "/home/ada/app/../other", "//etc/passwd"})
        EXPECT_EQ(read(text), "PATH_OUTSIDE_PROJECT") << text;
}

TEST(ContainedPath, takes_what_is_only_odd_as_a_name)
{
    EXPECT_EQ(read("..\\..\\etc"), "..\\..\\etc");
    EXPECT_EQ(read("%2e%2e/etc"), "%2e%2e/etc");
    EXPECT_EQ(read("-rf"), "-rf");
    EXPECT_EQ(read("~/.ssh"), "~/.ssh");
    EXPECT_EQ(read("a\xff"), "a\xff");
}

TEST(ContainedPath, refuses_nul_and_excessive_length)
{
    EXPECT_EQ(read(std::string_view("a\0b", 3)), "INVALID_PATH");
    EXPECT_EQ(read(std::string(5000, 'a')), "INVALID_PATH");
    EXPECT_EQ(read(std::string(256, 'a')), "INVALID_PATH");
}

TEST(ContainedPath, knows_its_parts)
{
    auto const path = *ContainedPath::read("/p", "a/b/c");
    EXPECT_EQ(path.name(), "c");
    EXPECT_EQ(path.parent().text(), "a/b");
    EXPECT_EQ(path.parent().parent().parent().text(), "");
    EXPECT_EQ(ContainedPath().child("x").text(), "x");
    EXPECT_TRUE(path.is_below(path.parent()));
    EXPECT_TRUE(path.is_below(path));
    EXPECT_FALSE(path.parent().child("cc").is_below(path));
}

TEST(NewName, refuses_what_other_systems_cannot_have)
{
    for (const char* const name : {"",   "  ", ".",  "..",  "...",  "a/b", "a\\b",    "a:b",  "a|b", "a?",
                                   "a*", "<a", "a>", "a\"", "a\nb", "CON", "con.txt", "Lpt9", "nul", "a\xff"})
        EXPECT_FALSE(check_new_name(name)) << name;
    EXPECT_FALSE(check_new_name(std::string(256, 'a')));
}

TEST(NewName, takes_what_people_call_their_files)
{
    for (const char* const name :
         {"main.cc", ".gitignore", "-rf", "--help", "a b", "ä.txt", "console.log", "com", "com10", "$HOME"})
        EXPECT_TRUE(check_new_name(name)) << name;
}

} // namespace
} // namespace pix::workbench
