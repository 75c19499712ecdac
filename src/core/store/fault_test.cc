// What happens to a transaction when the n-th statement, the disk, the lock or the file fails.
#include <sqlite3.h>

#include <fstream>

#include "core/store/testing/test_database.h"

namespace pix::store {
namespace {

using testing::TestDatabase;

const std::vector<Migration> things{{9901, "things", "CREATE TABLE things (id {id}, data {bytes});"}};

std::int64_t count(Database& database)
{
    auto const rows = database.read_now([](Connection& tx) { return tx.query("SELECT count(*) FROM things"); });
    return rows ? rows->at(0).integer(0) : -1;
}

core::Result<void> insert(Database& database, int rows, std::size_t bytes = 10)
{
    return database.write_now([rows, bytes](Connection& tx) -> core::Result<void> {
        for (int i = 0; i < rows; ++i) {
            PIX_CHECK(tx.execute("INSERT INTO things (data) VALUES ($1)", {Bytes{std::string(bytes, 'x')}}));
        }
        return {};
    });
}

class Fault : public testing::OnEachDatabase {};
PIX_ON_EACH_DATABASE(Fault);

TEST_P(Fault, leaves_nothing_half_stored_whichever_statement_fails)
{
    int until_failure = -1;
    OpenOptions options;
    options.before_statement = [&](std::string_view) -> core::Result<void> {
        if (until_failure < 0) return {};
        if (until_failure-- == 0) return core::fail(core::Errc::unavailable, "the disk is full");
        return {};
    };
    TestDatabase database(GetParam(), things, options);
    // BEGIN, three INSERTs and COMMIT fail in turn; then all succeed.
    for (int n = 0; n < 5; ++n) {
        until_failure = n;
        auto const done = insert(*database, 3);
        EXPECT_EQ(done.error().code, core::Errc::unavailable) << n;
        until_failure = -1;
        EXPECT_EQ(count(*database), 0) << n;
    }
    until_failure = 5;
    EXPECT_TRUE(insert(*database, 3));
    until_failure = -1;
    EXPECT_EQ(count(*database), 3);
}

TEST(SqliteFault, a_full_disk_stores_nothing_and_says_so)
{
    OpenOptions options;
    options.max_pages = 60;
    TestDatabase database(Dialect::sqlite, things, options);
    ASSERT_TRUE(insert(*database, 1, 10'000));
    auto const done = insert(*database, 100, 10'000);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, core::Errc::unavailable);
    EXPECT_NE(done.error().message.find("disk is full"), std::string::npos) << done.error().message;
    EXPECT_EQ(count(*database), 1);
    EXPECT_TRUE(insert(*database, 1)) << "goes on after it";
}

TEST(SqliteFault, a_database_locked_by_another_program_says_so)
{
    OpenOptions options;
    options.busy_timeout = std::chrono::milliseconds(20);
    TestDatabase database(Dialect::sqlite, things, options);
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(database->path().c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
    auto const done = insert(*database, 1);
    EXPECT_EQ(count(*database), 0) << "readers are not held up";
    sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
    sqlite3_close(other);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, core::Errc::unavailable);
    EXPECT_NE(done.error().message.find("locked"), std::string::npos) << done.error().message;
    EXPECT_TRUE(insert(*database, 1));
}

TEST(SqliteFault, a_file_that_is_no_database_is_refused)
{
    TestDatabase place(Dialect::sqlite);
    OpenOptions options;
    auto const path = place.folder() / "other.db";
    std::ofstream(path) << std::string(4096, 'x');
    options.url = "sqlite:" + path.string();
    auto const opened = Database::open(options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, core::Errc::unavailable);
    EXPECT_NE(opened.error().message.find("is not a database"), std::string::npos) << opened.error().message;
}

TEST(SqliteFault, a_damaged_file_is_found_by_the_check)
{
    TestDatabase database(Dialect::sqlite, things);
    ASSERT_TRUE(insert(*database, 200, 1000));
    std::string const path = database->path();
    database->close();
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(4096 * 5);
        file << std::string(4096 * 3, '\x7f');
    }
    database.reopen();
    auto const problems = database->check_now();
    ASSERT_TRUE(problems);
    EXPECT_FALSE(problems->empty());
}

TEST(SqliteFault, a_file_made_by_us_is_for_its_owner_only)
{
    TestDatabase database(Dialect::sqlite, things);
    ASSERT_TRUE(insert(*database, 1));
    for (const char* suffix : {"", "-wal"}) {
        auto const mode = std::filesystem::status(database->path() + suffix).permissions();
        EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write) << suffix;
    }
}

} // namespace
} // namespace pix::store
