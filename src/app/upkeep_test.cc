#include "app/upkeep.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "core/store/testing/test_database.h"

namespace pix::app {
namespace {

class LaterClock final : public core::Clock {
public:
    core::Millis now() const override { return core::SystemClock().now() + later; }
    core::Millis later = 0;
};

std::vector<store::Migration> migrations()
{
    auto all = events::journal_migrations;
    all.insert(all.end(), jobs::job_migrations.begin(), jobs::job_migrations.end());
    return all;
}

TEST(Upkeep, removes_finished_jobs_past_their_time_and_no_others)
{
    store::testing::TestDatabase database(store::Dialect::sqlite, migrations(), {});
    events::Journal journal(*database);
    jobs::Queue queue(*database, journal);
    LaterClock clock;
    asio::io_context io;
    Upkeep upkeep(io, *database, queue, journal, clock, std::chrono::hours(24));

    jobs::JobSpec spec;
    spec.kind = "scan";
    spec.title = "Scan";
    spec.area = "security";
    spec.actor = core::Actor::system();
    auto const add = [&](store::Connection& tx) { return queue.enqueue(tx, spec); };
    auto const finished = database->write_now(add);
    auto const waiting = database->write_now(add);
    ASSERT_TRUE(finished && waiting);
    ASSERT_TRUE(database->write_now([&](store::Connection& tx) {
        return tx.execute("UPDATE jobs SET state = 'succeeded', finished_at = $1 WHERE id = $2",
                          {core::SystemClock().now(), finished->text()});
    }));

    auto const tidy = [&] {
        bool done = false;
        asio::co_spawn(io, upkeep.tidy(),
                       [&](std::exception_ptr, const core::Result<void>& result) { done = result.has_value(); });
        io.restart();
        io.run();
        return done;
    };
    auto const count = [&] {
        return database->read_now([](store::Connection& tx) { return tx.query("SELECT count(*) FROM jobs"); })
            ->at(0)
            .integer(0);
    };
    EXPECT_TRUE(tidy());
    EXPECT_EQ(count(), 2);
    clock.later = 25LL * 3600 * 1000;
    EXPECT_TRUE(tidy());
    EXPECT_EQ(count(), 1);
}

} // namespace
} // namespace pix::app
