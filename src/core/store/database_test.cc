#include "core/store/database.h"

#include <future>
#include <thread>

#include "core/store/testing/test_database.h"

namespace pix::store {
namespace {

using testing::run_to_end;
using testing::TestDatabase;

const std::vector<Migration> things{{9901, "things", R"(
CREATE TABLE things (id {id}, name {text} NOT NULL UNIQUE, size {int}, share {real}, data {bytes});
CREATE TABLE parts (thing {int} NOT NULL REFERENCES things (id));
)"}};

class DatabaseOn : public testing::OnEachDatabase {
protected:
    TestDatabase database{GetParam(), things};

    core::Result<std::int64_t> insert(const std::string& name)
    {
        return database->write_now([&](Connection& tx) -> core::Result<std::int64_t> {
            PIX_TRY(auto const rows, tx.query("INSERT INTO things (name) VALUES ($1) RETURNING id", {name}));
            return rows.at(0).integer(0);
        });
    }
    std::int64_t count()
    {
        auto const rows = database->read_now([](Connection& tx) { return tx.query("SELECT count(*) FROM things"); });
        return rows ? rows->at(0).integer(0) : -1;
    }
};
PIX_ON_EACH_DATABASE(DatabaseOn);

TEST_P(DatabaseOn, keeps_every_kind_of_value)
{
    std::string const binary("\0\xff'\\", 4);
    auto const rows = database->write_now([&](Connection& tx) -> core::Result<Rows> {
        PIX_CHECK(tx.execute("INSERT INTO things (data, name, share, size) VALUES ($4, $3, $2, $1)",
                             {std::int64_t{1} << 62, 0.1, "it's é", Bytes{binary}}));
        PIX_CHECK(tx.execute("INSERT INTO things (name, size, data) VALUES ($1, $2, $3)",
                             {"", std::optional<int>(), Bytes{}}));
        return tx.query("SELECT id, size, share, name, data, sum(size) OVER () FROM things ORDER BY id");
    });
    ASSERT_TRUE(rows) << rows.error().detail;
    const Row& first = rows->at(0);
    EXPECT_EQ(first.integer(1), std::int64_t{1} << 62);
    EXPECT_EQ(first.real(2), 0.1);
    EXPECT_EQ(first.text(3), "it's é");
    EXPECT_EQ(first.bytes(4), binary);
    EXPECT_EQ(first.integer(5), std::int64_t{1} << 62) << "a sum of whole numbers is one";
    const Row& second = rows->at(1);
    EXPECT_EQ(second.integer(0), 2);
    EXPECT_EQ(second.maybe_integer(1), std::nullopt);
    EXPECT_EQ(second.text(3), "");
    EXPECT_EQ(second.bytes(4), "");
    EXPECT_THROW(static_cast<void>(second.integer(1)), std::logic_error);
    EXPECT_THROW(static_cast<void>(second.text(9)), std::logic_error);
}

TEST_P(DatabaseOn, takes_arguments_by_number_and_repeats_them)
{
    auto const rows =
        database->read_now([](Connection& tx) { return tx.query("SELECT $2, $1, $2 || $1", {"a", "b"}); });
    ASSERT_TRUE(rows) << rows.error().detail;
    EXPECT_EQ(rows->at(0).text(0), "b");
    EXPECT_EQ(rows->at(0).text(1), "a");
    EXPECT_EQ(rows->at(0).text(2), "ba");
}

TEST_P(DatabaseOn, counts_the_rows_that_a_statement_changed)
{
    ASSERT_TRUE(insert("a") && insert("b"));
    auto const counts = database->write_now([](Connection& tx) -> core::Result<std::vector<std::int64_t>> {
        PIX_TRY(auto const two, tx.execute("UPDATE things SET size = $1", {5}));
        PIX_TRY(auto const none, tx.execute("UPDATE things SET size = 1 WHERE name = $1", {"zzz"}));
        PIX_TRY(auto const ddl, tx.execute("CREATE INDEX things_by_size ON things (size)"));
        PIX_TRY(auto const one, tx.execute("DELETE FROM things WHERE name = $1", {"a"}));
        return std::vector{two, none, ddl, one};
    });
    ASSERT_TRUE(counts) << counts.error().detail;
    EXPECT_EQ(*counts, (std::vector<std::int64_t>{2, 0, 0, 1}));
}

TEST_P(DatabaseOn, takes_everything_back_when_the_function_fails_or_throws)
{
    auto const failed = database->write_now([](Connection& tx) -> core::Result<void> {
        PIX_CHECK(tx.execute("INSERT INTO things (name) VALUES ('a')"));
        return core::fail(core::Errc::gone, "no");
    });
    EXPECT_EQ(failed.error().code, core::Errc::gone);
    auto const throwing = [](Connection& tx) -> core::Result<void> {
        PIX_CHECK(tx.execute("INSERT INTO things (name) VALUES ('b')"));
        throw std::runtime_error("bug");
    };
    EXPECT_THROW(static_cast<void>(database->write_now(throwing)), std::runtime_error);
    EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseOn, a_transaction_with_a_failed_statement_cannot_commit)
{
    ASSERT_TRUE(insert("a"));
    auto const done = database->write_now([](Connection& tx) -> core::Result<void> {
        static_cast<void>(tx.execute("INSERT INTO things (name) VALUES ('b')"));
        static_cast<void>(tx.execute("INSERT INTO things (name) VALUES ('a')"));
        EXPECT_FALSE(tx.query("SELECT 1"));
        return {};
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, core::Errc::conflict);
    EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseOn, says_what_kind_of_failure_it_was)
{
    ASSERT_TRUE(insert("a"));
    EXPECT_EQ(insert("a").error().code, core::Errc::conflict);
    EXPECT_EQ(insert(std::string("x\0y", 3)).error().code, core::Errc::invalid);
    EXPECT_EQ(insert("\xc3(").error().code, core::Errc::invalid);
    auto const code_of = [&](std::string sql, Args args = {}) {
        auto const done = database->write_now([&](Connection& tx) { return tx.execute(sql, args); });
        return done ? "fine" : name_of(done.error().code);
    };
    EXPECT_STREQ(code_of("INSERT INTO parts (thing) VALUES (77)"), "conflict");
    EXPECT_STREQ(code_of("DELETE FROM things WHERE name = 'a'"), "fine");
    EXPECT_STREQ(code_of("INSERT INTO things (size) VALUES (1)"), "internal");
    EXPECT_STREQ(code_of("SELEC 1"), "internal");
    EXPECT_STREQ(code_of("DELETE FROM things; DELETE FROM parts"), "internal");
    EXPECT_STREQ(code_of("DELETE FROM things WHERE id = $1"), "internal");
    EXPECT_STREQ(code_of("DELETE FROM things WHERE id = $1", {1}), "fine");
}

TEST_P(DatabaseOn, a_reader_cannot_write_and_sees_one_moment)
{
    auto const refused =
        database->read_now([](Connection& tx) { return tx.execute("INSERT INTO things (name) VALUES ('a')"); });
    EXPECT_FALSE(refused);
    auto const counts = database->read_now([&](Connection& tx) -> core::Result<std::pair<std::int64_t, std::int64_t>> {
        PIX_TRY(auto const before, tx.query("SELECT count(*) FROM things"));
        std::thread other([&] { EXPECT_TRUE(insert("b")); });
        other.join();
        PIX_TRY(auto const after, tx.query("SELECT count(*) FROM things"));
        return std::pair(before.at(0).integer(0), after.at(0).integer(0));
    });
    ASSERT_TRUE(counts) << counts.error().detail;
    EXPECT_EQ(counts->first, 0);
    EXPECT_EQ(counts->second, 0);
    EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseOn, runs_what_was_asked_for_after_the_commit_and_only_then)
{
    int calls = 0;
    auto const write = [&](bool fail) {
        return database->write_now([&, fail](Connection& tx) -> core::Result<void> {
            tx.after_commit([&] { ++calls; });
            PIX_CHECK(tx.execute("INSERT INTO things (name) VALUES ($1)", {fail ? "b" : "a"}));
            EXPECT_EQ(calls, 0);
            if (fail) return core::fail(core::Errc::gone, "no");
            return {};
        });
    };
    EXPECT_FALSE(write(true));
    EXPECT_EQ(calls, 0);
    EXPECT_TRUE(write(false));
    EXPECT_EQ(calls, 1);
}

TEST_P(DatabaseOn, resumes_a_coroutine_on_its_own_thread)
{
    auto const work = [](Database& db) -> awaitable<core::Result<bool>> {
        auto const here = std::this_thread::get_id();
        auto other_thread = [here](Connection&) -> core::Result<bool> { return std::this_thread::get_id() != here; };
        auto const elsewhere = co_await db.write(other_thread);
        if (!elsewhere || !*elsewhere) co_return false;
        auto const elsewhere_too = co_await db.read(other_thread);
        if (!elsewhere_too || !*elsewhere_too) co_return false;
        co_return std::this_thread::get_id() == here;
    };
    auto const result = run_to_end(work(*database));
    ASSERT_TRUE(result);
    EXPECT_TRUE(*result);
}

TEST_P(DatabaseOn, an_exception_reaches_the_coroutine)
{
    auto const work = [](Database& db) -> awaitable<core::Result<void>> {
        auto throwing = [](Connection&) -> core::Result<void> { throw std::runtime_error("bug"); };
        co_return co_await db.write(throwing);
    };
    EXPECT_THROW(static_cast<void>(run_to_end(work(*database))), std::runtime_error);
}

TEST_P(DatabaseOn, loses_no_update_of_many_writers_at_once)
{
    ASSERT_TRUE(insert("counter"));
    asio::io_context io;
    int done = 0;
    constexpr int writers = 50;
    for (int i = 0; i < writers; ++i) {
        auto const add = [](Database& db) -> awaitable<core::Result<std::int64_t>> {
            auto one = [](Connection& tx) { return tx.execute("UPDATE things SET size = coalesce(size, 0) + 1"); };
            co_return co_await db.write(one);
        };
        asio::co_spawn(io, add(*database), [&](std::exception_ptr, core::Result<std::int64_t> changed) {
            if (changed && *changed == 1) ++done;
        });
    }
    io.run();
    EXPECT_EQ(done, writers);
    auto const rows = database->read_now([](Connection& tx) { return tx.query("SELECT size FROM things"); });
    EXPECT_EQ(rows->at(0).integer(0), writers);
}

TEST_P(DatabaseOn, refuses_to_wait_for_itself_and_to_work_when_closed)
{
    auto const nested = database->write_now(
        [&](Connection&) { return database->write_now([](Connection&) -> core::Result<void> { return {}; }); });
    EXPECT_EQ(nested.error().code, core::Errc::internal);
    database->close();
    EXPECT_EQ(insert("a").error().code, core::Errc::unavailable);
}

TEST_P(DatabaseOn, refuses_more_waiting_transactions_than_it_may_hold)
{
    OpenOptions options;
    options.max_waiting = 2;
    options.connections = 1;
    TestDatabase small(GetParam(), things, options);
    asio::io_context io;
    std::map<std::string, int> outcomes;
    std::promise<void> release;
    auto held = release.get_future().share();
    std::promise<void> started;
    std::thread holder([&] {
        static_cast<void>(small->write_now([&](Connection&) -> core::Result<void> {
            started.set_value();
            held.wait();
            return {};
        }));
    });
    started.get_future().wait();
    for (int i = 0; i < 5; ++i) {
        auto const nothing = [](Database& db) -> awaitable<core::Result<void>> {
            auto body = [](Connection&) -> core::Result<void> { return {}; };
            co_return co_await db.write(body);
        };
        asio::co_spawn(io, nothing(*small), [&](std::exception_ptr, core::Result<void> done) {
            ++outcomes[done ? "fine" : name_of(done.error().code)];
            if (outcomes["unavailable"] == 3 && !done) release.set_value();
        });
    }
    io.run();
    holder.join();
    EXPECT_EQ(outcomes["fine"], 2);
    EXPECT_EQ(outcomes["unavailable"], 3);
}

TEST_P(DatabaseOn, keeps_what_was_committed_over_a_restart)
{
    ASSERT_TRUE(database->write_now([](Connection& tx) { return tx.execute("INSERT INTO things (name) VALUES ('a')"); },
                                    Durability::full));
    database.reopen();
    EXPECT_FALSE(database->is_new());
    EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseOn, never_uses_a_generated_number_twice)
{
    auto const first = insert("a");
    ASSERT_TRUE(database->write_now([](Connection& tx) { return tx.execute("DELETE FROM things"); }));
    EXPECT_GT(*insert("b"), *first);
}

TEST_P(DatabaseOn, uses_more_statements_than_it_keeps)
{
    for (int i = 0; i < 300; ++i) {
        auto const rows =
            database->read_now([i](Connection& tx) { return tx.query("SELECT $1 + " + std::to_string(i), {i}); });
        ASSERT_TRUE(rows) << rows.error().detail;
        ASSERT_EQ(rows->at(0).integer(0), 2 * i);
    }
}

TEST_P(DatabaseOn, is_sound_when_checked)
{
    auto const problems = database->check_now();
    ASSERT_TRUE(problems);
    EXPECT_TRUE(problems->empty());
}

TEST(Database, refuses_a_url_that_it_does_not_know)
{
    OpenOptions options;
    options.url = "mysql://localhost";
    EXPECT_EQ(Database::open(options).error().code, core::Errc::invalid);
}

TEST(PostgresqlDatabase, runs_a_transaction_again_after_a_deadlock)
{
    if (!TestDatabase::has_postgresql()) GTEST_SKIP() << "PIX_TEST_POSTGRESQL is not set";
    TestDatabase database(Dialect::postgresql, things);
    ASSERT_TRUE(database->write_now(
        [](Connection& tx) { return tx.execute("INSERT INTO things (name, size) VALUES ('a', 0), ('b', 0)"); }));
    std::atomic<int> inside = 0;
    std::atomic<int> tries = 0;
    auto const change = [&](const char* first, const char* second) {
        return database->write_now([&, first, second](Connection& tx) -> core::Result<void> {
            ++tries;
            PIX_CHECK(tx.execute("UPDATE things SET size = size + 1 WHERE name = $1", {first}));
            // Both hold their first row before either wants its second.
            ++inside;
            while (inside < 2) std::this_thread::yield();
            PIX_CHECK(tx.execute("UPDATE things SET size = size + 1 WHERE name = $1", {second}));
            return {};
        });
    };
    core::Result<void> one;
    std::thread other([&] { one = change("a", "b"); });
    auto const two = change("b", "a");
    other.join();
    EXPECT_TRUE(one) << one.error().detail;
    EXPECT_TRUE(two) << two.error().detail;
    EXPECT_GE(tries, 3);
    auto const rows = database->read_now([](Connection& tx) { return tx.query("SELECT sum(size) FROM things"); });
    EXPECT_EQ(rows->at(0).integer(0), 4);
}

TEST(PostgresqlDatabase, connects_again_when_the_connection_was_lost)
{
    if (!TestDatabase::has_postgresql()) GTEST_SKIP() << "PIX_TEST_POSTGRESQL is not set";
    OpenOptions options;
    options.connections = 1;
    TestDatabase database(Dialect::postgresql, things, options);
    int tries = 0;
    auto const done = database->write_now([&](Connection& tx) -> core::Result<void> {
        if (++tries == 1) static_cast<void>(tx.query("SELECT pg_terminate_backend(pg_backend_pid())"));
        PIX_CHECK(tx.execute("INSERT INTO things (name) VALUES ('a')"));
        return {};
    });
    EXPECT_TRUE(done) << done.error().detail;
    EXPECT_EQ(tries, 2);
}

TEST(PostgresqlDatabase, says_that_the_server_is_not_there)
{
    OpenOptions options;
    options.url = "postgresql:///none?host=/nonexistent";
    auto const opened = Database::open(options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, core::Errc::unavailable);
    EXPECT_NE(opened.error().message.find("/nonexistent"), std::string::npos);
}

} // namespace
} // namespace pix::store
