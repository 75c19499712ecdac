#include "core/events/journal.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "core/store/testing/test_database.h"

namespace pix::events {
namespace {

using core::Result;
using store::Connection;
using store::testing::run_to_end;
using store::testing::TestDatabase;

core::json::object data_of(int n)
{
    return {{"n", n}};
}

class JournalTest : public store::testing::OnEachDatabase {
protected:
    TestDatabase database{GetParam(), journal_migrations};
    Journal journal{*database};

    std::int64_t append(const std::string& stream, int n)
    {
        auto const number = database->write_now(
            [&](Connection& tx) { return journal.append(tx, stream, "thing_happened", data_of(n), {"user", "7"}); });
        EXPECT_TRUE(number) << number.error().message;
        return number.value_or(0);
    }
    std::vector<Event> read(const std::string& stream, std::int64_t after = 0, int limit = 1000)
    {
        return run_to_end(journal.read(stream, after, limit)).value();
    }
    // Any open transaction of the database server, one of its own housekeeping too, holds newer events back for a
    // moment.
    void wait_for_others()
    {
        if (GetParam() == store::Dialect::sqlite) return;
        auto const until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
        auto const is_quiet = [](Connection& tx) -> Result<bool> {
            PIX_TRY(auto const rows,
                    tx.query("SELECT CASE WHEN pg_snapshot_xmin(s) = pg_snapshot_xmax(s) THEN 1 ELSE 0 END "
                             "FROM pg_current_snapshot() AS s"));
            return rows.at(0).integer(0) == 1;
        };
        while (!database->read_now(is_quiet).value() && std::chrono::steady_clock::now() < until)
            std::this_thread::yield();
    }
};

TEST_P(JournalTest, what_was_appended_is_read_back_in_order)
{
    EXPECT_EQ(append("jobs", 10), 1);
    EXPECT_EQ(append("jobs", 11), 2);
    EXPECT_EQ(append("other", 12), 1);
    auto const events = read("jobs");
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].data, R"({"n":10})");
    EXPECT_EQ(events[1].number, 2);
    EXPECT_EQ(events[1].kind, "thing_happened");
    EXPECT_EQ(events[1].actor, (core::Actor{"user", "7"}));
    EXPECT_EQ(read("jobs", 1).size(), 1U);
    EXPECT_EQ(read("jobs", 0, 1).size(), 1U);
    EXPECT_EQ(run_to_end(journal.last_number("jobs")), 2);
    EXPECT_EQ(run_to_end(journal.last_number("none")), 0);
}

TEST_P(JournalTest, a_rollback_leaves_no_gap_and_wakes_nobody)
{
    std::vector<std::string> woken;
    journal.on_append([&](const std::string& stream) { woken.push_back(stream); });
    append("jobs", 1);
    auto const refused = database->write_now([&](Connection& tx) -> Result<void> {
        PIX_CHECK(journal.append(tx, "jobs", "lost", data_of(2), {}));
        return core::fail(core::Errc::conflict, "changed my mind");
    });
    EXPECT_FALSE(refused);
    EXPECT_EQ(append("jobs", 3), 2);
    EXPECT_EQ(woken, (std::vector<std::string>{"jobs", "jobs"}));
}

TEST_P(JournalTest, many_writers_make_one_gapless_stream)
{
    constexpr int writers = 4;
    constexpr int each = 50;
    {
        std::vector<std::jthread> threads;
        for (int w = 0; w < writers; ++w)
            threads.emplace_back([&, w] {
                for (int n = 0; n < each; ++n) append("busy", w * 1000 + n);
            });
    }
    auto const events = read("busy");
    ASSERT_EQ(events.size(), static_cast<std::size_t>(writers * each));
    for (std::size_t i = 0; i < events.size(); ++i) {
        EXPECT_EQ(events[i].number, static_cast<std::int64_t>(i + 1));
        EXPECT_TRUE(i == 0 || events[i].id > events[i - 1].id);
    }
}

TEST_P(JournalTest, a_reader_of_all_streams_misses_no_event_of_a_slow_transaction)
{
    // While a transaction that took an id is open, a later one commits. A reader that went past the later id would
    // never see the earlier. SQLite has one writer, so only PostgreSQL can get here.
    if (GetParam() == store::Dialect::sqlite) return;
    std::vector<Event> before;
    auto const slow = database->write_now([&](Connection& tx) -> Result<void> {
        PIX_CHECK(journal.append(tx, "slow", "started", data_of(1), {}));
        std::jthread([&] { append("quick", 2); }).join();
        std::jthread([&] { before = run_to_end(journal.read_all({}, 100)).value(); }).join();
        return {};
    });
    ASSERT_TRUE(slow) << slow.error().message;
    EXPECT_TRUE(before.empty());
    wait_for_others();
    EXPECT_EQ(run_to_end(journal.read_all({}, 100)).value().size(), 2U);
}

TEST_P(JournalTest, a_reader_of_all_streams_misses_no_event_whose_id_is_lower_than_one_it_has_read)
{
    // The older transaction appends after the younger one and commits first: ids and transactions disagree.
    if (GetParam() == store::Dialect::sqlite) return;
    wait_for_others();
    std::promise<void> older_has_begun, younger_has_appended, reader_is_done;
    std::jthread older([&] {
        auto const written = database->write_now([&](Connection& tx) -> Result<void> {
            PIX_CHECK(tx.query("SELECT pg_current_xact_id()"));
            older_has_begun.set_value();
            younger_has_appended.get_future().wait();
            PIX_CHECK(journal.append(tx, "older", "done", data_of(1), {}));
            return {};
        });
        EXPECT_TRUE(written);
    });
    older_has_begun.get_future().wait();
    std::jthread younger([&] {
        auto const written = database->write_now([&](Connection& tx) -> Result<void> {
            PIX_CHECK(journal.append(tx, "younger", "done", data_of(2), {}));
            younger_has_appended.set_value();
            reader_is_done.get_future().wait();
            return {};
        });
        EXPECT_TRUE(written);
    });
    older.join();
    auto const first = run_to_end(journal.read_all({}, 100)).value();
    auto const newest = database->read_now([&](Connection& connection) { return journal.newest(connection); });
    reader_is_done.set_value();
    younger.join();
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].stream, "older");
    EXPECT_EQ(newest, first[0].position());
    wait_for_others();
    auto const then = run_to_end(journal.read_all(first[0].position(), 100)).value();
    ASSERT_EQ(then.size(), 1U);
    EXPECT_EQ(then[0].stream, "younger");
    EXPECT_LT(then[0].id, first[0].id);
    EXPECT_TRUE(run_to_end(journal.read_all(then[0].position(), 100)).value().empty());
}

TEST_P(JournalTest, all_streams_are_read_page_by_page)
{
    for (int n = 0; n < 5; ++n) append(n % 2 == 0 ? "even" : "odd", n);
    wait_for_others();
    auto const first = run_to_end(journal.read_all({}, 3)).value();
    ASSERT_EQ(first.size(), 3U);
    auto const rest = run_to_end(journal.read_all(first.back().position(), 3)).value();
    ASSERT_EQ(rest.size(), 2U);
    EXPECT_EQ(rest.back().stream, "even");
    auto const newest = database->read_now([&](Connection& connection) { return journal.newest(connection); });
    EXPECT_EQ(newest, rest.back().position());
}

TEST_P(JournalTest, an_event_too_large_to_keep_is_refused)
{
    auto const refused = database->write_now([&](Connection& tx) {
        return journal.append(tx, "jobs", "big", core::json::string(Journal::max_data_bytes, 'x'), {});
    });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Errc::too_large);
}

TEST_P(JournalTest, a_stream_goes_with_its_owner_and_can_be_cut)
{
    for (int n = 0; n < 10; ++n) append("long", n);
    append("gone", 1);
    ASSERT_TRUE(database->write_now([&](Connection& tx) -> Result<void> {
        PIX_TRY(auto const cut, journal.trim(tx, "long", 3));
        EXPECT_EQ(cut, 7);
        return journal.remove_stream(tx, "gone");
    }));
    EXPECT_EQ(read("long").front().number, 8);
    EXPECT_TRUE(read("gone").empty());
    EXPECT_EQ(append("long", 11), 11);
}

PIX_ON_EACH_DATABASE(JournalTest);

} // namespace
} // namespace pix::events
