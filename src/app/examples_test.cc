#include "app/examples.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "core/base/testing/temporary_folder.h"

namespace pix::app {
namespace {

/// One ustar member. Source: POSIX.1-2017 pax, ustar interchange format.
std::string tar_member(const std::string& name, const std::string& content, char type = '0')
{
    std::string header(512, '\0');
    name.copy(header.data(), 100);
    std::memcpy(&header[100], "0000755", 7);
    std::memcpy(&header[108], "0000000", 7);
    std::memcpy(&header[116], "0000000", 7);
    std::snprintf(&header[124], 12, "%011zo", content.size());
    std::memcpy(&header[136], "00000000000", 11);
    header[156] = type;
    if (type == '2') std::memcpy(&header[157], "/etc/passwd", 11);
    std::memcpy(&header[257], "ustar\00000", 8);
    std::memset(&header[148], ' ', 8);
    unsigned sum = 0;
    for (char const c : header) sum += static_cast<unsigned char>(c);
    std::snprintf(&header[148], 8, "%06o", sum);
    std::string padded = content;
    padded.resize((content.size() + 511) / 512 * 512);
    return header + padded;
}

std::string tar_of(std::initializer_list<std::string> members)
{
    std::string archive;
    for (auto const& member : members) archive += member;
    return archive + std::string(1024, '\0');
}

std::string content_of(const std::filesystem::path& file)
{
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(Examples, a_fresh_tools_folder_gets_every_tool_and_nothing_else)
{
    pix::testing::TemporaryFolder const folder;
    auto const names =
        unpack_tools(tar_of({tar_member("one/tool.json", "{}"), tar_member("two/main", "x")}), folder.path() / "tools");
    ASSERT_TRUE(names) << names.error().message;
    EXPECT_EQ(*names, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(content_of(folder.path() / "tools/one/tool.json"), "{}");
    auto const mode = std::filesystem::status(folder.path() / "tools/two/main").permissions();
    EXPECT_NE(mode & std::filesystem::perms::owner_exec, std::filesystem::perms::none);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path() / "tools"), {}), 2);
}

TEST(Examples, a_tool_that_is_there_already_keeps_its_files)
{
    pix::testing::TemporaryFolder const folder;
    std::filesystem::create_directory(folder.path() / "one");
    std::ofstream(folder.path() / "one/tool.json") << "mine";
    auto const names =
        unpack_tools(tar_of({tar_member("one/tool.json", "{}"), tar_member("two/x", "")}), folder.path());
    ASSERT_TRUE(names);
    EXPECT_EQ(*names, std::vector<std::string>{"two"});
    EXPECT_EQ(content_of(folder.path() / "one/tool.json"), "mine");
}

TEST(Examples, a_member_that_leaves_the_folder_or_links_is_refused)
{
    for (auto const& member : {tar_member("../evil", "x"), tar_member("/evil", "x"), tar_member(".hidden/x", "x"),
                               tar_member("one/link", "", '2')}) {
        pix::testing::TemporaryFolder const folder;
        EXPECT_FALSE(unpack_tools(tar_of({member}), folder.path() / "tools"));
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path() / "tools"), {}), 0);
    }
}

TEST(Examples, the_archive_in_the_binary_holds_the_lorenz_tool)
{
    pix::testing::TemporaryFolder const folder;
    auto const names = unpack_tools(examples_archive(), folder.path());
    ASSERT_TRUE(names) << names.error().message;
    EXPECT_GE(names->size(), 6u);
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "lorenz-ode-solver/tool.json"));
}

} // namespace
} // namespace pix::app
