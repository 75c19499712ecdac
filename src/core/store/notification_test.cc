#include "core/store/notification.h"

#include <condition_variable>

#include "core/store/testing/test_database.h"

namespace pix::store {
namespace {

using testing::TestDatabase;

/// Counts calls from another thread; waits for the n-th.
class Calls {
public:
    void add()
    {
        std::lock_guard const lock(mutex_);
        ++count_;
        changed_.notify_all();
    }
    bool reaches(int count)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return count_ >= count; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int count_ = 0;
};

TEST(NotificationListener, hears_a_notification_and_a_reconnect)
{
    if (!TestDatabase::has_postgresql()) GTEST_SKIP() << "PIX_TEST_POSTGRESQL is not set";
    TestDatabase database(Dialect::postgresql);
    Calls calls;
    auto const listener = NotificationListener::open(database.url(), "pix_test", [&] { calls.add(); });
    ASSERT_TRUE(listener);
    ASSERT_TRUE(calls.reaches(1)) << "connected";
    ASSERT_TRUE(database->write_now([](Connection& tx) { return tx.query("SELECT pg_notify('pix_test', '')"); }));
    EXPECT_TRUE(calls.reaches(2));
    ASSERT_TRUE(database->write_now([](Connection& tx) {
        return tx.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pix listener'");
    }));
    EXPECT_TRUE(calls.reaches(3)) << "connected again";
}

TEST(NotificationListener, refuses_a_channel_that_is_no_name)
{
    EXPECT_EQ(NotificationListener::open("postgresql:///x", "a; DROP", [] {}).error().code, core::Errc::invalid);
}

TEST(NotificationListener, stops_while_the_server_is_away)
{
    auto const listener = NotificationListener::open("postgresql:///x?host=/nonexistent", "pix", [] {});
    EXPECT_TRUE(listener);
}

} // namespace
} // namespace pix::store
