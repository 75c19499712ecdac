#include "workbench/file/filesystem_browser.h"

#include <gtest/gtest.h>

#include "workbench/file/testing/project_in_temp.h"

namespace pix::workbench {
namespace {

class UserHome {
public:
    UserHome()
    {
        config.user_home = temp.path / "ada";
        std::filesystem::create_directories(config.user_home / "code");
    }
    testing::TempFolder temp;
    BrowseConfig config;
};

std::string outcome(const core::Result<std::string>& made)
{
    return made ? "made" : made.error().name;
}

TEST(BrowseFilesystem, lists_the_home_folders_first_and_hidden_ones_last)
{
    UserHome home;
    std::filesystem::create_directory(home.config.user_home / ".config");
    std::ofstream(home.config.user_home / "a.txt");
    std::filesystem::create_directory_symlink("code", home.config.user_home / "link");
    for (const char* const path : {"~", "", "~/", "~/code/.."}) {
        auto const listed = browse_filesystem(path, home.config);
        ASSERT_TRUE(listed) << listed.error().message;
        EXPECT_EQ(listed->at("path").as_string(), home.config.user_home.string());
        EXPECT_EQ(listed->at("parent").as_string(), home.temp.path.string());
        std::string names;
        for (const auto& entry : listed->at("entries").as_array())
            names += std::string(entry.at("name").as_string()) + ":" + std::string(entry.at("type").as_string()) + " ";
        EXPECT_EQ(names, "code:directory link:directory .config:directory a.txt:file ");
        EXPECT_EQ(listed->at("suggestions").as_array().size(), 3U);
    }
}

TEST(BrowseFilesystem, hides_the_system_at_the_root)
{
    auto const listed = browse_filesystem("/", UserHome().config);
    ASSERT_TRUE(listed);
    EXPECT_TRUE(listed->at("parent").is_null());
    for (const auto& entry : listed->at("entries").as_array()) {
        EXPECT_NE(entry.at("name").as_string(), "proc");
        EXPECT_NE(entry.at("name").as_string(), "etc");
    }
}

TEST(BrowseFilesystem, says_what_is_no_folder_and_what_is_not_there)
{
    UserHome home;
    std::ofstream(home.config.user_home / "a.txt");
    EXPECT_EQ(browse_filesystem("~/a.txt", home.config).error().code, core::Errc::invalid);
    EXPECT_EQ(browse_filesystem("~/none", home.config).error().code, core::Errc::not_found);
    EXPECT_EQ(browse_filesystem("~/a.txt/x", home.config).error().code, core::Errc::not_found);
    EXPECT_EQ(browse_filesystem("code", home.config).error().code, core::Errc::invalid);
    EXPECT_EQ(browse_filesystem(std::string_view("/\0", 2), home.config).error().code, core::Errc::invalid);
    ASSERT_EQ(::mkfifo((home.config.user_home / "fifo").c_str(), 0600), 0);
    EXPECT_EQ(browse_filesystem("~/fifo", home.config).error().code, core::Errc::invalid);
}

TEST(CreateFolder, makes_one_below_the_home_only)
{
    UserHome home;
    home.config.workspaces = home.config.user_home / "code";
    EXPECT_EQ(outcome(create_folder("~/code/new", home.config)), "made");
    EXPECT_TRUE(std::filesystem::is_directory(home.config.user_home / "code/new"));
    EXPECT_EQ(outcome(create_folder("~/code/new", home.config)), "ALREADY_EXISTS");
    EXPECT_EQ(outcome(create_folder("~/code/none/new", home.config)), "FOLDER_NOT_FOUND");
    EXPECT_EQ(outcome(create_folder("~/code/a:b", home.config)), "INVALID_NAME");
    EXPECT_EQ(outcome(create_folder("code", home.config)), "INVALID_PATH");
    EXPECT_EQ(outcome(create_folder("/", home.config)), "ALREADY_EXISTS");
    for (const char* const path : {"/etc/new", "/new", "/usr/local/new", "/opt/new", "/var/new", "/run/new"})
        EXPECT_EQ(outcome(create_folder(path, home.config)), "FORBIDDEN_PLACE") << path;
}

TEST(CreateFolder, looks_at_where_links_lead)
{
    UserHome home;
    std::filesystem::create_directory_symlink("/etc", home.config.user_home / "link");
    EXPECT_EQ(outcome(create_folder("~/link/new", home.config)), "FORBIDDEN_PLACE");
}

TEST(SystemFolder, is_none_in_the_users_home)
{
    EXPECT_TRUE(is_system_folder("/root/x", "/home/ada"));
    EXPECT_FALSE(is_system_folder("/root/x", "/root"));
    EXPECT_TRUE(is_system_folder("/", "/root"));
    EXPECT_TRUE(is_system_folder("/tmp", "/root"));
    EXPECT_FALSE(is_system_folder("/tmp/x", "/root"));
    EXPECT_FALSE(is_system_folder("/var/tmp/x", "/root"));
    EXPECT_TRUE(is_system_folder("/var/lib", "/root"));
    EXPECT_FALSE(is_system_folder("/variety", "/root"));
}

} // namespace
} // namespace pix::workbench
