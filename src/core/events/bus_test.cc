#include "core/events/bus.h"

#include <gtest/gtest.h>

namespace pix::events {
namespace {

using Moved = Subscription::Moved;
constexpr std::chrono::hours forever{1};

/// Runs until nothing more can happen and gives what `changed` returned, if it has.
class Listener {
public:
    Listener(asio::io_context& io, Subscription& subscription, std::chrono::milliseconds timeout = forever)
    {
        asio::co_spawn(io, subscription.changed(timeout),
                       [this](std::exception_ptr, Moved moved) { heard = std::move(moved); });
    }
    std::optional<Moved> heard;
};

void run_until_idle(asio::io_context& io)
{
    io.restart();
    while (io.poll() > 0) {
    }
}

TEST(Bus, a_subscriber_hears_its_stream_and_no_other)
{
    asio::io_context io;
    Bus bus(io);
    auto jobs = bus.subscribe("jobs");
    Listener listener(io, jobs);
    run_until_idle(io);
    bus.wake("other");
    run_until_idle(io);
    EXPECT_FALSE(listener.heard);
    bus.wake("jobs");
    run_until_idle(io);
    ASSERT_TRUE(listener.heard);
    EXPECT_EQ(listener.heard->streams, std::vector<std::string>{"jobs"});
}

TEST(Bus, a_prefix_hears_every_stream_below_it)
{
    asio::io_context io;
    Bus bus(io);
    auto runs = bus.subscribe("tool-run/*");
    bus.wake("tool-run/1");
    bus.wake("tool-run/2");
    bus.wake("tool-run/1");
    bus.wake("tool-runs");
    Listener listener(io, runs);
    run_until_idle(io);
    ASSERT_TRUE(listener.heard);
    EXPECT_EQ(listener.heard->streams, (std::vector<std::string>{"tool-run/1", "tool-run/2"}));
}

TEST(Bus, a_wait_ends_at_its_timeout_with_nothing)
{
    asio::io_context io;
    Bus bus(io);
    auto jobs = bus.subscribe("jobs");
    Listener listener(io, jobs, std::chrono::milliseconds(0));
    io.run_one();
    run_until_idle(io);
    ASSERT_TRUE(listener.heard);
    EXPECT_TRUE(listener.heard->streams.empty());
    EXPECT_FALSE(listener.heard->closed);
}

TEST(Bus, a_subscriber_that_does_not_keep_up_is_told_and_costs_a_bounded_amount)
{
    asio::io_context io;
    Bus bus(io);
    auto all = bus.subscribe("*");
    for (std::size_t i = 0; i < Bus::max_pending + 10; ++i) bus.wake("stream/" + std::to_string(i));
    Listener listener(io, all);
    run_until_idle(io);
    ASSERT_TRUE(listener.heard);
    EXPECT_TRUE(listener.heard->lagged);
    EXPECT_EQ(listener.heard->streams.size(), Bus::max_pending);
}

TEST(Bus, wakes_from_other_threads_arrive_on_the_io_thread)
{
    asio::io_context io;
    Bus bus(io);
    auto all = bus.subscribe("*");
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&bus, i] {
                for (int n = 0; n < 1000; ++n) bus.wake_from_any_thread("stream/" + std::to_string(i));
            });
    }
    run_until_idle(io);
    Listener listener(io, all);
    run_until_idle(io);
    ASSERT_TRUE(listener.heard);
    EXPECT_EQ(listener.heard->streams.size(), 4U);
}

TEST(Bus, its_end_ends_every_wait)
{
    asio::io_context io;
    auto bus = std::make_unique<Bus>(io);
    auto jobs = bus->subscribe("jobs");
    Listener listener(io, jobs);
    run_until_idle(io);
    bus.reset();
    run_until_idle(io);
    ASSERT_TRUE(listener.heard);
    EXPECT_TRUE(listener.heard->closed);
}

} // namespace
} // namespace pix::events
