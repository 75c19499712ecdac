#include "core/process/message.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "core/base/testing/temporary_folder.h"
#include "core/process/channel.h"
#include "core/process/spool.h"

namespace pix::process {
namespace {

Spawn a_spawn()
{
    Spawn spawn;
    spawn.ticket = 0x1122334455667788;
    spawn.argv = {"program", "", "a b"};
    spawn.env = {"A=b"};
    spawn.folder = "/tmp";
    spawn.job = "job_1";
    spawn.input = Spawn::pipe;
    spawn.pty = PtySize{3, 4};
    spawn.limits.cpu = std::chrono::seconds(5);
    spawn.on_server_loss = OnServerLoss::keep;
    return spawn;
}

TEST(Message, is_read_as_it_was_written)
{
    const auto read = decode(encode(a_spawn()));
    ASSERT_TRUE(read);
    const auto& spawn = std::get<Spawn>(*read);
    EXPECT_EQ(spawn.ticket, 0x1122334455667788U);
    EXPECT_EQ(spawn.argv, (std::vector<std::string>{"program", "", "a b"}));
    EXPECT_EQ(spawn.input, Spawn::pipe);
    EXPECT_EQ(spawn.pty, (PtySize{3, 4}));
    EXPECT_EQ(spawn.limits.cpu, std::chrono::seconds(5));
    EXPECT_EQ(spawn.on_server_loss, OnServerLoss::keep);
}

TEST(Message, is_refused_when_cut_anywhere_or_too_long)
{
    Kept kept;
    kept.argv = {"x"};
    kept.exited = Exited{7, Exit::signalled, 9};
    for (const Message& message :
         {Message(a_spawn()), Message(kept), Message(Refused{1, core::Errc::gone, "m", "h"})}) {
        const std::string whole = encode(message);
        for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(decode(whole.substr(0, size))) << size;
        EXPECT_TRUE(decode(whole));
        EXPECT_FALSE(decode(whole + "x"));
    }
}

TEST(Message, is_refused_with_values_that_do_not_exist)
{
    EXPECT_FALSE(decode("\x7f"));
    std::string exited = encode(Exited{1, Exit::exited, 0});
    exited[9] = 9; // the kind of exit
    EXPECT_FALSE(decode(exited));
    // A list that claims more entries than there are bytes.
    std::string spawn = encode(Spawn{});
    spawn[9] = spawn[10] = spawn[11] = spawn[12] = '\xff';
    EXPECT_FALSE(decode(spawn));
}

TEST(Channel, carries_long_messages_and_descriptors)
{
    int ends[2] = {-1, -1};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    Channel one{Fd(ends[0])};
    Channel two{Fd(ends[1])};
    auto nothing = two.receive();
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(*nothing);

    Spawn spawn = a_spawn();
    spawn.argv.emplace_back(1'000'000, 'x');
    std::vector<Fd> fds;
    fds.push_back(duplicate(0));
    ASSERT_TRUE(one.send(spawn, std::move(fds)));
    auto packet = two.receive();
    ASSERT_TRUE(packet && *packet);
    EXPECT_EQ(std::get<Spawn>((*packet)->message).argv.back().size(), 1'000'000U);
    EXPECT_EQ((*packet)->fds.size(), 1U);

    one.close();
    EXPECT_FALSE(two.receive());
}

TEST(Channel, queues_what_the_other_side_does_not_read_yet)
{
    int ends[2] = {-1, -1};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    Channel one{Fd(ends[0])};
    Channel two{Fd(ends[1])};
    for (std::uint64_t i = 0; i < 2000; ++i) ASSERT_TRUE(one.send(Gone{i}));
    EXPECT_TRUE(one.has_queued());
    std::uint64_t expected = 0;
    while (expected < 2000) {
        auto packet = two.receive();
        ASSERT_TRUE(packet);
        if (*packet)
            EXPECT_EQ(std::get<Gone>((*packet)->message).number, expected++);
        else
            ASSERT_TRUE(one.flush());
    }
}

TEST(Spool, drops_the_oldest_and_keeps_offsets)
{
    pix::testing::TemporaryFolder folder;
    auto spool = Spool::open(folder.path() / "file", 256 * 1024);
    ASSERT_TRUE(spool);
    for (int i = 0; i < 1024; ++i) ASSERT_TRUE(spool->append(std::string(1024, static_cast<char>('a' + i % 26))));
    EXPECT_EQ(spool->size(), 1024U * 1024);
    std::uint64_t found = 0;
    auto oldest = spool->read(0, 10, found);
    ASSERT_TRUE(oldest);
    EXPECT_GE(found, (1024U - 256) * 1024);
    EXPECT_LE(found, (1024U - 128) * 1024);
    EXPECT_EQ(*oldest, std::string(10, static_cast<char>('a' + found / 1024 % 26)));

    auto again = Spool::open(folder.path() / "file", 256 * 1024);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->size(), 1024U * 1024);
    ASSERT_TRUE(again->append("end"));
    EXPECT_EQ(again->read(1024 * 1024, 10, found).value(), "end");
    EXPECT_EQ(found, 1024U * 1024);
}

TEST(Spool, does_not_follow_a_link)
{
    pix::testing::TemporaryFolder folder;
    std::filesystem::create_symlink(folder.path() / "elsewhere", folder.path() / "file");
    EXPECT_FALSE(Spool::open(folder.path() / "file", 1000));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "elsewhere"));
}

} // namespace
} // namespace pix::process
