#include "app/config.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/base/testing/temporary_folder.h"

namespace pix::app {
namespace {

/// A home folder that goes with the test.
struct Home {
    pix::testing::TemporaryFolder folder;
    const std::filesystem::path& path = folder.path();
    void write_toml(const std::string& text) const { std::ofstream(path / "pix.toml") << text; }
};

TEST(Config, a_flag_beats_our_variable_which_beats_the_contracts_which_beats_the_file)
{
    Home const home;
    home.write_toml("[tools]\nport = 1\n");
    std::map<std::string, std::string> flags{{"home", home.path.string()}};
    EXPECT_EQ(load_config(flags, {})->tools_port, 1);
    EXPECT_EQ(load_config(flags, {{"PIXIE_PORT", "2"}})->tools_port, 2);
    EXPECT_EQ(load_config(flags, {{"PIXIE_PORT", "2"}, {"PIX_TOOLS_PORT", "3"}})->tools_port, 3);
    flags["tools.port"] = "4";
    EXPECT_EQ(load_config(flags, {{"PIXIE_PORT", "2"}, {"PIX_TOOLS_PORT", "3"}})->tools_port, 4);
}

TEST(Config, the_variable_PORT_is_never_read)
{
    Home const home;
    auto const config = load_config({{"home", home.path.string()}}, {{"PORT", "9"}});
    EXPECT_EQ(config->tools_port, 7860);
    EXPECT_EQ(config->workbench_port, 3001);
}

TEST(Config, the_documented_warm_variable_wins_over_the_other_spelling)
{
    Home const home;
    auto const config =
        load_config({{"home", home.path.string()}}, {{"PIXIE_WARM_KEEP_MAX", "7"}, {"PIXIE_WARM_MAX", "9"}});
    EXPECT_EQ(config->warm_keep_max, 9);
}

TEST(Config, the_tools_door_refuses_what_is_not_a_loopback_literal)
{
    Home const home;
    for (auto const* host : {"0.0.0.0", "localhost", "192.168.1.4", "::", "128.0.0.1"}) {
        auto const config = load_config({{"home", home.path.string()}, {"tools.host", host}}, {});
        ASSERT_FALSE(config) << host;
        EXPECT_TRUE(config.error().message.starts_with("--tools-host: ")) << config.error().message;
    }
    for (auto const* host : {"127.0.0.1", "127.3.2.1", "::1"})
        EXPECT_TRUE(load_config({{"home", home.path.string()}, {"tools.host", host}}, {})) << host;
}

TEST(Config, an_error_names_where_the_value_came_from)
{
    Home const home;
    auto config = load_config({{"home", home.path.string()}}, {{"PIX_TOOLS_PORT", "70000"}});
    ASSERT_FALSE(config);
    EXPECT_TRUE(config.error().message.starts_with("PIX_TOOLS_PORT: ")) << config.error().message;
    home.write_toml("\n[tools]\nprot = 1\n");
    config = load_config({{"home", home.path.string()}}, {});
    ASSERT_FALSE(config);
    EXPECT_NE(config.error().message.find("pix.toml line 3: there is no setting tools.prot"), std::string::npos)
        << config.error().message;
}

TEST(Config, the_home_comes_from_the_flag_then_the_variable_then_the_data_folder)
{
    Home const home;
    EXPECT_EQ(default_home({{"HOME", "/h"}}), "/h/.local/share/pix");
    EXPECT_EQ(default_home({{"HOME", "/h"}, {"XDG_DATA_HOME", "/d"}}), "/d/pix");
    EXPECT_EQ(default_home({{"PIX_HOME", "/p"}, {"XDG_DATA_HOME", "/d"}}), "/p");
    auto const config = load_config({{"home", home.path.string()}}, {{"PIX_HOME", "/p"}});
    EXPECT_EQ(config->home, home.path);
    EXPECT_EQ(config->tools_dir, home.path / "tools");
}

TEST(Config, every_setting_is_documented)
{
    std::ifstream file(std::filesystem::path(PIX_SOURCE_DIR) / "docs/settings.md");
    std::string const text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    ASSERT_FALSE(text.empty());
    for (Setting const& setting : settings()) {
        EXPECT_NE(text.find("`" + std::string(setting.name) + "`"), std::string::npos) << setting.name;
        if (!setting.flag.empty()) {
            EXPECT_NE(text.find("`" + std::string(setting.flag) + "`"), std::string::npos);
        }
        for (auto const variable : setting.variables)
            EXPECT_NE(text.find("`" + std::string(variable) + "`"), std::string::npos) << variable;
    }
}

} // namespace
} // namespace pix::app
