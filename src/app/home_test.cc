#include "app/home.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <thread>

#include "app/control.h"
#include "core/base/testing/temporary_folder.h"

namespace pix::app {
namespace {

namespace json = boost::json;

TEST(HomeLock, a_second_taker_is_told_the_pid_of_the_first)
{
    pix::testing::TemporaryFolder const folder;
    auto first = HomeLock::take(folder.path() / "home");
    ASSERT_TRUE(first);
    EXPECT_TRUE(HomeLock::is_held(folder.path() / "home"));
    auto const second = HomeLock::take(folder.path() / "home");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, core::Errc::conflict);
    EXPECT_NE(second.error().message.find("pid " + std::to_string(::getpid())), std::string::npos)
        << second.error().message;
}

TEST(HomeLock, the_lock_goes_with_its_holder)
{
    pix::testing::TemporaryFolder const folder;
    {
        auto const lock = HomeLock::take(folder.path());
        ASSERT_TRUE(lock);
    }
    EXPECT_FALSE(HomeLock::is_held(folder.path()));
    EXPECT_TRUE(HomeLock::take(folder.path()));
}

TEST(Doors, what_was_written_is_read_back_and_private)
{
    pix::testing::TemporaryFolder const folder;
    EXPECT_EQ(read_doors(folder.path()).error().code, core::Errc::not_found);
    ASSERT_TRUE(write_doors(folder.path(), {"http://127.0.0.1:1", "http://127.0.0.1:2", "https://127.0.0.1:3", 42}));
    auto const doors = read_doors(folder.path());
    ASSERT_TRUE(doors);
    EXPECT_EQ(doors->tools, "http://127.0.0.1:1");
    EXPECT_EQ(doors->security, "https://127.0.0.1:3");
    EXPECT_EQ(doors->pid, 42);
    struct stat info{};
    ASSERT_EQ(::stat((folder.path() / "doors.json").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
    remove_doors(folder.path());
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "doors.json"));
}

awaitable<core::Result<json::value>> echo(json::object arguments)
{
    co_return json::value(std::move(arguments));
}

awaitable<core::Result<json::value>> refuse(json::object)
{
    co_return core::fail(core::Errc::conflict, "already running", "wait for it");
}

TEST(ControlSocket, a_command_is_answered_and_an_error_keeps_its_kind)
{
    pix::testing::TemporaryFolder const folder;
    asio::io_context io;
    auto socket = ControlSocket::open(io, folder.path(), {{"echo", echo}, {"refuse", refuse}});
    ASSERT_TRUE(socket) << socket.error().message;
    (*socket)->start();
    struct stat info{};
    ASSERT_EQ(::stat((folder.path() / "control.sock").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
    std::jthread const server([&] { io.run(); });

    auto const answer = ask_server(folder.path(), "echo", {{"a", 1}});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->at("a").as_int64(), 1);
    auto const refused = ask_server(folder.path(), "refuse", {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Errc::conflict);
    EXPECT_EQ(refused.error().hint, "wait for it");
    EXPECT_EQ(ask_server(folder.path(), "nope", {}).error().code, core::Errc::not_found);

    asio::post(io, [&] { (*socket)->close(); });
    // The server thread ends when its last connection and the acceptor are gone.
}

TEST(ControlSocket, without_a_server_the_answer_says_so)
{
    pix::testing::TemporaryFolder const folder;
    EXPECT_EQ(ask_server(folder.path(), "echo", {}).error().code, core::Errc::unavailable);
}

} // namespace
} // namespace pix::app
