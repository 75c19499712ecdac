#include "core/events/relay.h"

#include <gtest/gtest.h>

#include "core/store/testing/test_database.h"

namespace pix::events {
namespace {

using store::testing::TestDatabase;

/// A server of its own on a shared database.
struct Server {
    explicit Server(store::Database& shared)
        : database(shared), journal(database), bus(io), relay(Relay::open(io, database, journal, bus).value())
    {
        journal.on_append([this](const std::string& stream) {
            bus.wake_from_any_thread(stream);
            if (relay) relay->appended();
        });
        if (relay) asio::co_spawn(io, relay->run(), asio::detached);
    }

    asio::io_context io;
    store::Database& database;
    Journal journal;
    Bus bus;
    std::unique_ptr<Relay> relay;
};

TEST(Relay, sqlite_has_one_server_and_needs_none)
{
    TestDatabase database(store::Dialect::sqlite, journal_migrations);
    Server server(*database);
    EXPECT_EQ(server.relay, nullptr);
}

TEST(Relay, what_one_server_appends_wakes_the_other)
{
    if (!TestDatabase::has_postgresql()) GTEST_SKIP() << "no PostgreSQL";
    TestDatabase database(store::Dialect::postgresql, journal_migrations);
    auto const second = database.open_another();
    Server writer(*database);
    Server reader(*second);
    auto subscription = reader.bus.subscribe("jobs");
    std::optional<Subscription::Moved> heard;
    asio::co_spawn(reader.io, subscription.changed(std::chrono::seconds(20)),
                   [&](std::exception_ptr, Subscription::Moved moved) {
                       heard = std::move(moved);
                       reader.relay->stop();
                       writer.relay->stop();
                   });
    auto const appended = database->write_now([&](store::Connection& tx) {
        return writer.journal.append(tx, "jobs", "job_started", core::json::object{}, core::Actor::system());
    });
    ASSERT_TRUE(appended) << appended.error().message;
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!heard && std::chrono::steady_clock::now() < end) {
        writer.io.run_for(std::chrono::milliseconds(5));
        reader.io.run_for(std::chrono::milliseconds(5));
    }
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->streams, std::vector<std::string>{"jobs"});
}

} // namespace
} // namespace pix::events
