#include "workbench/file/project_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <thread>

#include "workbench/file/file_content.h"
#include "workbench/file/testing/project_in_temp.h"

namespace pix::workbench {
namespace {

using testing::ProjectInTemp;

/// The bytes of a file, or the name of the failure.
std::string read(const ProjectFolder& project, const std::string& text)
{
    auto const path = project.contained(text);
    if (!path) return path.error().name;
    auto const content = read_content(project, *path, 1 << 20);
    return content ? content->bytes : content.error().name;
}

TEST(ProjectFolder, follows_links_that_stay_inside)
{
    ProjectInTemp temp;
    temp.file("src/a.txt", "inside");
    temp.link("link", "src/a.txt");
    temp.link("src/up", "../src");
    temp.link("absolute", (temp.path() / "src" / "a.txt").string());
    temp.link("absolute-folder", (temp.path() / "src").string());
    auto const project = temp.open();
    EXPECT_EQ(read(project, "link"), "inside");
    EXPECT_EQ(read(project, "src/up/a.txt"), "inside");
    EXPECT_EQ(read(project, "absolute"), "inside");
    EXPECT_EQ(read(project, "absolute-folder/a.txt"), "inside");
    EXPECT_EQ(read(project, (temp.path() / "src/a.txt").string()), "inside");
}

TEST(ProjectFolder, refuses_links_that_lead_out)
{
    ProjectInTemp temp;
    temp.file("src/a.txt", "inside");
    temp.link("relative", "../secret");
    temp.link("src/deep", "../../secret");
    temp.link("absolute", (temp.temp.path / "secret").string());
    temp.link("etc", "/etc");
    temp.link("root", "/proc/self/root");
    temp.link("chain", "relative");
    temp.link("back", "../app/src/a.txt");
    auto const project = temp.open();
    for (const char* const text : {"relative", "src/deep", "absolute", "etc/passwd", "root/etc/passwd", "chain"})
        EXPECT_EQ(read(project, text), "PATH_OUTSIDE_PROJECT") << text;
    // It leaves and comes back: where it is in the end counts.
    EXPECT_EQ(read(project, "back"), "inside");
}

TEST(ProjectFolder, never_opens_what_is_no_file)
{
    ProjectInTemp temp;
    ASSERT_EQ(::mkfifo((temp.path() / "fifo").c_str(), 0600), 0);
    int const socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string const place = (temp.path() / "socket").string();
    ASSERT_LT(place.size(), sizeof address.sun_path);
    place.copy(address.sun_path, place.size());
    ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    temp.link("null", "/dev/null");
    temp.folder("folder");
    auto const project = temp.open();
    EXPECT_EQ(read(project, "fifo"), "NOT_A_FILE");
    EXPECT_EQ(read(project, "socket"), "NOT_A_FILE");
    EXPECT_EQ(read(project, "null"), "PATH_OUTSIDE_PROJECT");
    EXPECT_EQ(read(project, "folder"), "NOT_A_FILE");
    EXPECT_EQ(read(project, "folder/none"), "FILE_NOT_FOUND");
    EXPECT_EQ(read(project, "fifo/none"), "FILE_NOT_FOUND");
    ::close(socket);
}

TEST(ProjectFolder, ends_links_that_lead_in_a_circle)
{
    ProjectInTemp temp;
    temp.link("a", "b");
    temp.link("b", "a");
    EXPECT_EQ(read(temp.open(), "a"), "LINK_LOOP");
}

TEST(ProjectFolder, says_when_the_project_is_gone)
{
    ProjectInTemp temp;
    auto const gone = ProjectFolder::open((temp.temp.path / "none").string());
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().name, "PROJECT_NOT_FOUND");
    auto const file = ProjectFolder::open((temp.temp.path / "secret").string());
    EXPECT_EQ(file.error().name, "PROJECT_NOT_FOUND");
}

TEST(ProjectFolder, respects_permissions)
{
    ProjectInTemp temp;
    temp.file("closed/a", "x");
    temp.file("b", "x");
    ::chmod((temp.path() / "closed").c_str(), 0);
    ::chmod((temp.path() / "b").c_str(), 0);
    auto const project = temp.open();
    std::string in_folder;
    std::string file;
    // Of this thread alone; root is nobody special then.
    std::thread([&] {
        ::setfsuid(65534);
        in_folder = read(project, "closed/a");
        file = read(project, "b");
    }).join();
    EXPECT_EQ(in_folder, "PERMISSION_DENIED");
    EXPECT_EQ(file, "PERMISSION_DENIED");
    ::chmod((temp.path() / "closed").c_str(), 0700);
}

TEST(ProjectFolder, is_never_left_while_folders_turn_into_links)
{
    ProjectInTemp temp;
    temp.file("x/secret", "inside");
    temp.link("y", "..");
    auto const project = temp.open();
    std::atomic<bool> done = false;
    std::thread swapper([&] {
        std::string const x = (temp.path() / "x").string();
        std::string const y = (temp.path() / "y").string();
        while (!done) ::renameat2(AT_FDCWD, x.c_str(), AT_FDCWD, y.c_str(), RENAME_EXCHANGE);
    });
    int inside = 0;
    int refused = 0;
    for (int i = 0; i < 3000; ++i) {
        std::string const got = read(project, "x/secret");
        if (got == "inside")
            ++inside;
        else
            ++refused;
        ASSERT_NE(got, "do not show");
        if (auto const place = project.place_of(*project.contained("x/new"))) {
            struct stat about{};
            // Whatever it became: it is the folder inside, never the one above.
            ASSERT_EQ(::fstatat(place->folder.number(), "app", &about, 0), -1);
        }
    }
    done = true;
    swapper.join();
    EXPECT_GT(inside + refused, 0);
}

TEST(ProjectFolder, makes_the_folders_of_a_place)
{
    ProjectInTemp temp;
    temp.link("out", "..");
    auto const project = temp.open();
    std::vector<ContainedPath> made;
    auto const place = project.make_place(*project.contained("a/b/c.txt"), &made);
    ASSERT_TRUE(place);
    EXPECT_EQ(place->name, "c.txt");
    ASSERT_EQ(made.size(), 2U);
    EXPECT_EQ(made[0].text(), "a");
    EXPECT_TRUE(temp.has("a/b"));
    EXPECT_EQ(project.make_place(*project.contained("out/new/c.txt")).error().name, "PATH_OUTSIDE_PROJECT");
    EXPECT_EQ(project.make_place(*project.contained("CON/c.txt")).error().name, "INVALID_NAME");
    EXPECT_FALSE(project.place_of(ContainedPath()));
}

} // namespace
} // namespace pix::workbench
