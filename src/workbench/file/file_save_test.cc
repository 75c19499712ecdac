#include "workbench/file/file_save.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "workbench/file/file_content.h"
#include "workbench/file/testing/project_in_temp.h"

namespace pix::workbench {
namespace {

using testing::ProjectInTemp;

core::Result<SavedFile> save(const ProjectInTemp& temp, const std::string& path, std::string_view bytes,
                             std::optional<std::string> if_match = {}, bool only_new = false)
{
    auto const project = temp.open();
    SaveRequest request;
    request.path = *project.contained(path);
    request.bytes = bytes;
    request.if_match = std::move(if_match);
    request.only_new = only_new;
    return save_file(project, request);
}

std::string failure(const core::Result<SavedFile>& saved)
{
    return saved ? "none" : saved.error().name;
}

TEST(SaveFile, makes_and_replaces_and_leaves_nothing_else_behind)
{
    ProjectInTemp temp;
    auto const made = save(temp, "a.txt", "one");
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_TRUE(made->created);
    auto const replaced = save(temp, "a.txt", "two");
    ASSERT_TRUE(replaced);
    EXPECT_FALSE(replaced->created);
    EXPECT_EQ(temp.bytes("a.txt"), "two");
    EXPECT_EQ(replaced->etag, etag_of("two"));
    EXPECT_EQ(temp.count(), 1U);
}

TEST(SaveFile, keeps_mode_and_attributes_but_not_the_right_to_run_as_the_owner)
{
    ProjectInTemp temp;
    temp.file("run.sh", "old");
    std::string const path = (temp.path() / "run.sh").string();
    ::chmod(path.c_str(), 04751);
    bool const has_attributes = ::setxattr(path.c_str(), "user.note", "kept", 4, 0) == 0;
    ASSERT_TRUE(save(temp, "run.sh", "new"));
    struct stat about{};
    ::stat(path.c_str(), &about);
    EXPECT_EQ(about.st_mode & 07777, 0751U);
    char value[8] = {};
    if (has_attributes) {
        EXPECT_EQ(::getxattr(path.c_str(), "user.note", value, sizeof value), 4);
    }
}

TEST(SaveFile, keeps_the_owner_where_the_system_lets_it)
{
    ProjectInTemp temp;
    temp.file("a", "old");
    std::string const path = (temp.path() / "a").string();
    if (::chown(path.c_str(), 12345, 12346) != 0) GTEST_SKIP() << "only root gives files away";
    ASSERT_TRUE(save(temp, "a", "new"));
    struct stat about{};
    ::stat(path.c_str(), &about);
    EXPECT_EQ(about.st_uid, 12345U);
    EXPECT_EQ(about.st_gid, 12346U);
}

TEST(SaveFile, writes_through_links_that_stay_inside)
{
    ProjectInTemp temp;
    temp.file("deep/target", "old");
    temp.link("link", "deep/target");
    temp.link("folder", "deep");
    temp.link("out", "../secret");
    temp.link("lost", "nowhere");
    ASSERT_TRUE(save(temp, "link", "one"));
    EXPECT_EQ(temp.bytes("deep/target"), "one");
    EXPECT_TRUE(std::filesystem::is_symlink(temp.path() / "link"));
    ASSERT_TRUE(save(temp, "folder/target", "two"));
    EXPECT_EQ(temp.bytes("deep/target"), "two");
    EXPECT_EQ(failure(save(temp, "out", "x")), "PATH_OUTSIDE_PROJECT");
    EXPECT_EQ(ProjectInTemp::read(temp.temp.path / "secret"), "do not show");
    EXPECT_EQ(failure(save(temp, "lost", "x")), "FILE_NOT_FOUND");
    EXPECT_FALSE(temp.has("nowhere"));
    EXPECT_EQ(temp.count(), 6U);
}

TEST(SaveFile, refuses_what_cannot_be_saved)
{
    ProjectInTemp temp;
    temp.folder("folder");
    ASSERT_EQ(::mkfifo((temp.path() / "fifo").c_str(), 0600), 0);
    EXPECT_EQ(failure(save(temp, "folder", "x")), "NOT_A_FILE");
    EXPECT_EQ(failure(save(temp, "fifo", "x")), "NOT_A_FILE");
    EXPECT_EQ(failure(save(temp, "", "x")), "NOT_A_FILE");
    EXPECT_EQ(failure(save(temp, "none/a", "x")), "FILE_NOT_FOUND");
    EXPECT_EQ(failure(save(temp, "a:b", "x")), "INVALID_NAME");
    EXPECT_EQ(failure(save(temp, "new", "x", "\"abc\"")), "FILE_CHANGED");
    EXPECT_EQ(temp.count(), 2U);
}

TEST(SaveFile, saves_old_files_with_names_that_new_ones_cannot_have)
{
    ProjectInTemp temp;
    temp.file("a:b", "old");
    ASSERT_TRUE(save(temp, "a:b", "new"));
    EXPECT_EQ(temp.bytes("a:b"), "new");
}

TEST(SaveFile, notices_that_somebody_else_was_faster)
{
    ProjectInTemp temp;
    temp.file("a", "one");
    std::string const etag = etag_of("one");
    ASSERT_TRUE(save(temp, "a", "two", etag));
    EXPECT_EQ(failure(save(temp, "a", "three", etag)), "FILE_CHANGED");
    EXPECT_EQ(temp.bytes("a"), "two");
    ASSERT_TRUE(save(temp, "a", "three", "W/" + etag_of("two")));
    ASSERT_TRUE(save(temp, "a", "four", "\"x\", " + etag_of("three")));
    ASSERT_TRUE(save(temp, "a", "five", "*"));
    EXPECT_EQ(failure(save(temp, "a", "six", {}, true)), "ALREADY_EXISTS");
    EXPECT_EQ(temp.bytes("a"), "five");
    EXPECT_EQ(temp.count(), 1U);
}

TEST(SaveFile, lets_one_of_many_at_once_win)
{
    ProjectInTemp temp;
    for (int round = 0; round < 20; ++round) {
        temp.file("a", "start");
        std::atomic<int> won = 0;
        std::string winner;
        std::vector<std::thread> savers;
        for (int i = 0; i < 4; ++i) {
            savers.emplace_back([&, i] {
                std::string const mine = "version " + std::to_string(i);
                if (save(temp, "a", mine, etag_of("start"))) {
                    ++won;
                    winner = mine;
                }
            });
        }
        for (std::thread& saver : savers) saver.join();
        ASSERT_EQ(won, 1);
        ASSERT_EQ(temp.bytes("a"), winner);
        ASSERT_EQ(temp.count(), 1U);
    }
}

TEST(SaveFile, shows_a_reader_the_old_or_the_new_content_whole)
{
    ProjectInTemp temp;
    std::string const old_text(100'000, 'a');
    std::string const new_text(200'000, 'b');
    temp.file("a", old_text);
    std::atomic<bool> done = false;
    std::thread saver([&] {
        for (int i = 0; i < 100; ++i) static_cast<void>(save(temp, "a", i % 2 == 0 ? new_text : old_text));
        done = true;
    });
    auto const project = temp.open();
    bool whole = true;
    while (!done) {
        auto const read = read_content(project, *project.contained("a"), 1 << 20);
        whole = whole && read && (read->bytes == old_text || read->bytes == new_text);
    }
    saver.join();
    EXPECT_TRUE(whole);
}

TEST(SaveFile, keeps_the_old_content_when_the_new_one_finds_no_room)
{
    ProjectInTemp temp;
    temp.file("a", "old");
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit small = before;
    small.rlim_cur = 1000;
    ::setrlimit(RLIMIT_FSIZE, &small);
    auto const saved = save(temp, "a", std::string(5000, 'x'));
    auto const made = save(temp, "b", std::string(5000, 'x'));
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(failure(saved), "FILE_TOO_LARGE");
    EXPECT_FALSE(made);
    EXPECT_EQ(temp.bytes("a"), "old");
    EXPECT_EQ(temp.count(), 1U);
}

TEST(SaveFile, leaves_write_protected_files_alone)
{
    ProjectInTemp temp;
    temp.file("a", "old");
    ::chmod((temp.path() / "a").c_str(), 0444);
    ::chmod(temp.path().c_str(), 0777);
    ::chmod(temp.temp.path.c_str(), 0755);
    std::string got;
    std::string closed;
    std::thread([&] {
        // faccessat asks for the effective user, which this thread alone changes.
        ::syscall(SYS_setresuid, -1, 65534, -1);
        got = failure(save(temp, "a", "new"));
        ::syscall(SYS_setresuid, -1, 0, -1);
        ::chmod(temp.path().c_str(), 0755);
        ::syscall(SYS_setresuid, -1, 65534, -1);
        closed = failure(save(temp, "b", "new"));
    }).join();
    EXPECT_EQ(got, "PERMISSION_DENIED");
    EXPECT_EQ(closed, "PERMISSION_DENIED");
    EXPECT_EQ(temp.bytes("a"), "old");
}

} // namespace
} // namespace pix::workbench
