#include "core/events/live_stream.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/base/testing/temporary_folder.h"

namespace pix::events {
namespace {

/// Streams over a folder; run() lets everything that was started finish.
struct Streams {
    Streams() : Streams(nullptr) {}
    explicit Streams(const Streams* before)
        : own_folder(before != nullptr ? nullptr : std::make_unique<pix::testing::TemporaryFolder>()),
          folder(before != nullptr ? before->folder : own_folder->path()), live(io, pool, folder)
    {}
    void run()
    {
        io.restart();
        io.run();
    }
    LivePage read_back(LiveStream& stream, std::int64_t after, std::size_t max = 1000)
    {
        LivePage page;
        asio::co_spawn(io, stream.read_back(after, max),
                       [&](std::exception_ptr, LivePage read) { page = std::move(read); });
        run();
        return page;
    }

    std::unique_ptr<pix::testing::TemporaryFolder> own_folder;
    std::filesystem::path folder;
    asio::io_context io;
    asio::thread_pool pool{1};
    LiveStreams live;
};

TEST(LiveStream, a_reader_gets_what_follows_its_number)
{
    Streams streams;
    auto const stream = streams.live.open("run/1");
    EXPECT_EQ(stream->append("text", "a"), 1);
    EXPECT_EQ(stream->append("text", "b"), 2);
    auto const page = stream->read(1);
    EXPECT_EQ(page.events, (std::vector<LiveEvent>{{2, "text", "b"}}));
    EXPECT_FALSE(page.resync);
    EXPECT_FALSE(page.closed);
    stream->close();
    EXPECT_TRUE(stream->read(1).closed);
    EXPECT_FALSE(stream->read(0, 1).closed) << "one event is still to be read";
    EXPECT_EQ(stream->append("text", "late"), 0);
    streams.run();
}

TEST(LiveStream, a_reader_that_fell_out_of_memory_is_told_and_reads_on_from_the_spool)
{
    Streams streams;
    auto const stream = streams.live.open("run/1", {.ring_events = 10});
    for (int i = 1; i <= 100; ++i) stream->append("line", std::to_string(i));
    auto const page = stream->read(5);
    EXPECT_TRUE(page.resync);
    EXPECT_EQ(page.events.front().number, 91);
    auto const spooled = streams.read_back(*stream, 5);
    EXPECT_FALSE(spooled.resync);
    ASSERT_EQ(spooled.events.size(), 95U);
    EXPECT_EQ(spooled.events.front().data, "6");
}

TEST(LiveStream, memory_and_disk_stay_within_their_limits)
{
    Streams streams;
    auto const stream = streams.live.open("run/1", {.ring_events = 1000, .ring_bytes = 10'000, .spool_bytes = 100'000});
    for (int i = 0; i < 2000; ++i) {
        stream->append("line", std::string(500, 'x'));
        if (i % 50 == 0) streams.run();
    }
    streams.run();
    EXPECT_LE(stream->read(0).events.size(), 20U);
    std::uintmax_t bytes = 0;
    for (auto const& entry : std::filesystem::directory_iterator(streams.folder)) bytes += entry.file_size();
    EXPECT_LE(bytes, 130'000U);
    auto const page = streams.read_back(*stream, 0);
    EXPECT_TRUE(page.resync);
    EXPECT_EQ(streams.read_back(*stream, 1990).events.size(), 10U);
}

TEST(LiveStream, a_restart_goes_on_where_the_spool_ends)
{
    Streams before;
    auto const first = before.live.open("run/1");
    for (int i = 0; i < 5; ++i) first->append("line", std::to_string(i));
    before.run();
    Streams after(&before);
    auto const again = after.live.open("run/1");
    EXPECT_EQ(again->last_number(), 5);
    EXPECT_EQ(again->read(3).events, (std::vector<LiveEvent>{{4, "line", "3"}, {5, "line", "4"}}));
    EXPECT_EQ(again->append("line", "5"), 6);
    after.run();
}

TEST(LiveStream, a_damaged_spool_is_read_up_to_the_damage)
{
    Streams before;
    auto const first = before.live.open("run/1");
    for (int i = 0; i < 5; ++i) first->append("line", std::to_string(i));
    before.run();
    auto const file = std::filesystem::directory_iterator(before.folder)->path();
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 3);
    Streams after(&before);
    EXPECT_EQ(after.live.open("run/1")->last_number(), 4);
}

TEST(LiveStream, what_is_written_after_a_damage_is_found_by_the_next_restart)
{
    Streams before;
    auto const first = before.live.open("run/1");
    for (int i = 0; i < 5; ++i) first->append("line", std::to_string(i));
    before.run();
    auto const file = std::filesystem::directory_iterator(before.folder)->path();
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 3);
    Streams between(&before);
    EXPECT_EQ(between.live.open("run/1")->append("line", "again"), 5);
    between.run();
    Streams after(&before);
    EXPECT_EQ(after.live.open("run/1")->read(3).events,
              (std::vector<LiveEvent>{{4, "line", "3"}, {5, "line", "again"}}));
}

TEST(LiveStream, a_gap_in_the_spool_costs_what_is_before_it)
{
    Streams before;
    auto const first = before.live.open("run/1");
    for (int i = 0; i < 5; ++i) first->append("line", std::to_string(i));
    before.run();
    auto const file = std::filesystem::directory_iterator(before.folder)->path();
    std::ifstream in(file, std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(in), {}};
    std::size_t const record = content.size() / 5;
    std::ofstream(file, std::ios::binary) << content.erase(2 * record, record);
    Streams after(&before);
    auto const page = after.live.open("run/1")->read(0);
    EXPECT_TRUE(page.resync);
    EXPECT_EQ(page.events, (std::vector<LiveEvent>{{4, "line", "3"}, {5, "line", "4"}}));
}

TEST(LiveStream, small_pieces_of_text_become_one_event)
{
    Streams streams;
    auto const stream =
        streams.live.open("run/1", {.spool_bytes = 0, .text_pause = std::chrono::hours(1), .text_bytes = 8});
    for (auto const* piece : {"a", "b", "c"}) stream->append_text("text", piece);
    EXPECT_EQ(stream->read(0).events, (std::vector<LiveEvent>{{1, "text", "a"}})) << "the first one is not held back";
    stream->append_text("thought", "d");
    EXPECT_EQ(stream->append("step", "e"), 4);
    stream->append_text("text", "more than 8");
    stream->append_text("text", "f");
    stream->close();
    stream->append_text("text", "late");
    EXPECT_EQ(
        stream->read(1).events,
        (std::vector<LiveEvent>{
            {2, "text", "bc"}, {3, "thought", "d"}, {4, "step", "e"}, {5, "text", "more than 8"}, {6, "text", "f"}}));
    EXPECT_TRUE(stream->read(6).closed);
}

TEST(LiveStream, text_is_not_held_back_for_longer_than_the_pause)
{
    Streams streams;
    auto const stream = streams.live.open("run/1", {.text_pause = std::chrono::milliseconds(1)});
    for (int i = 0; i < 100; ++i) stream->append_text("text", "x");
    streams.run();
    std::string all;
    for (auto const& event : stream->read(0).events) all += event.data;
    EXPECT_EQ(all, std::string(100, 'x'));
}

TEST(LiveStream, a_waiter_wakes_when_something_comes_and_when_it_ends)
{
    Streams streams;
    auto const stream = streams.live.open("run/1");
    int woken = 0;
    auto const count = [&](std::exception_ptr) { ++woken; };
    asio::co_spawn(streams.io, stream->wait(0, std::chrono::hours(1)), count);
    streams.io.poll();
    EXPECT_EQ(woken, 0);
    stream->append("text", "a");
    streams.run();
    EXPECT_EQ(woken, 1);
    asio::co_spawn(streams.io, stream->wait(1, std::chrono::hours(1)), count);
    streams.io.restart();
    streams.io.poll();
    EXPECT_EQ(woken, 1);
    stream->close();
    streams.run();
    EXPECT_EQ(woken, 2);
}

TEST(LiveStream, the_past_of_another_server_can_be_read_and_removed)
{
    Streams before;
    before.live.open("run/1")->append("text", "a");
    before.run();
    Streams after(&before);
    auto const past = after.live.find_spooled("run/1");
    ASSERT_NE(past, nullptr);
    EXPECT_TRUE(past->read(0).closed);
    EXPECT_EQ(after.live.find_spooled("run/2"), nullptr);
    after.live.remove("run/1");
    EXPECT_EQ(after.live.find_spooled("run/1"), nullptr);
}

TEST(ParseSpool, nonsense_gives_nothing)
{
    EXPECT_TRUE(parse_spool("").empty());
    EXPECT_TRUE(parse_spool(std::string(100, '\xff')).empty());
    EXPECT_TRUE(parse_spool(std::string(100, '\0')).empty());
}

} // namespace
} // namespace pix::events
