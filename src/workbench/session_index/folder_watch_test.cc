#include "workbench/session_index/folder_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace pix::workbench {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

TEST(FolderWatch, does_not_follow_the_snapshots_of_opencode)
{
    std::string pattern = "/tmp/pix-watch-XXXXXX";
    fs::path const home = ::mkdtemp(pattern.data());
    fs::create_directories(home / "opencode/snapshot/repository");
    fs::create_directories(home / "opencode/storage/snapshot");
    {
        FolderWatch watch({home / "opencode"});
        std::ofstream(home / "opencode/snapshot/repository/HEAD") << "ref";
        fs::create_directories(home / "opencode/snapshot/another");
        std::ofstream(home / "opencode/snapshot/another/HEAD") << "ref";
        std::ofstream(home / "opencode/storage/snapshot/kept.json") << "{}";
        auto const heard = watch.wait(std::chrono::seconds(10));
        EXPECT_THAT(heard.files, ElementsAre(home / "opencode/storage/snapshot/kept.json"));
        EXPECT_FALSE(heard.lost);
    }
    fs::remove_all(home);
}

} // namespace
} // namespace pix::workbench
