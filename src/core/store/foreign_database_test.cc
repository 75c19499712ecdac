#include "core/store/foreign_database.h"

#include <sys/stat.h>

#include <fstream>

#include <gtest/gtest.h>

#include "core/base/testing/temporary_folder.h"
#include "core/store/testing/other_program.h"

namespace pix::store {
namespace {

namespace fs = std::filesystem;
using testing::OtherProgram;
using testing::TemporaryFolder;

/// All values of the first column of a query, joined by commas, or the name of the failure.
std::string read_all(const fs::path& path, std::string_view sql, const ForeignOptions& options = {})
{
    std::string all;
    auto const done = ForeignDatabase::read(path, options, [&](ForeignDatabase& database) {
        return database.each(sql, {}, [&](const ForeignRow& row) -> core::Result<bool> {
            if (!all.empty()) all += ',';
            all += row.integer(0) ? std::to_string(*row.integer(0)) : std::string(row.text(0));
            return true;
        });
    });
    return done ? all : core::name_of(done.error().code);
}

/// Every file of a folder with its bytes.
std::map<std::string, std::string> snapshot_of(const fs::path& folder)
{
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        files[entry.path().filename()] = std::string(std::istreambuf_iterator<char>(file), {});
    }
    return files;
}

TEST(ForeignDatabase, sees_rows_that_are_in_the_log_only)
{
    TemporaryFolder const folder;
    OtherProgram program(folder.path() / "a.db");
    program.run("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)");
    EXPECT_EQ(read_all(folder.path() / "a.db", "SELECT x FROM t"), "1,2");
    program.run("INSERT INTO t VALUES (3)");
    EXPECT_EQ(read_all(folder.path() / "a.db", "SELECT x FROM t"), "1,2,3");
    // The program goes on as if nobody had looked.
    program.run("INSERT INTO t VALUES (4); PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO t VALUES (5)");
    EXPECT_EQ(read_all(folder.path() / "a.db", "SELECT x FROM t"), "1,2,3,4,5");
}

TEST(ForeignDatabase, leaves_the_folder_of_an_ended_program_as_it_is)
{
    TemporaryFolder const folder;
    OtherProgram program(folder.path() / "a.db");
    program.run("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)");
    program.end();
    auto const before = snapshot_of(folder.path());
    ASSERT_EQ(before.size(), 1U);
    EXPECT_EQ(read_all(folder.path() / "a.db", "SELECT x FROM t"), "1,2");
    EXPECT_EQ(snapshot_of(folder.path()), before);
}

TEST(ForeignDatabase, reads_what_a_dead_program_left_in_its_log)
{
    TemporaryFolder const folder;
    OtherProgram program(folder.path() / "a.db");
    program.run("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    program.die();
    auto const before = snapshot_of(folder.path());
    ASSERT_EQ(before.size(), 3U);
    EXPECT_EQ(read_all(folder.path() / "a.db", "SELECT x FROM t"), "1");
    EXPECT_EQ(snapshot_of(folder.path()), before);
}

TEST(ForeignDatabase, reads_a_copy_whose_log_has_no_index)
{
    TemporaryFolder const folder;
    OtherProgram program(folder.path() / "a.db");
    program.run("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    program.die();
    fs::remove(folder.path() / "a.db-shm");
    auto const before = snapshot_of(folder.path());
    EXPECT_EQ(read_all(folder.path() / "a.db", "SELECT x FROM t"), "1");
    EXPECT_EQ(snapshot_of(folder.path()), before);
}

TEST(ForeignDatabase, reads_a_name_with_signs_that_mean_something_in_addresses)
{
    TemporaryFolder const folder;
    fs::path const path = folder.path() / "a?b#c%20 d.db";
    OtherProgram program(path, false);
    program.run("CREATE TABLE t (x); INSERT INTO t VALUES ('here')");
    EXPECT_EQ(read_all(path, "SELECT x FROM t"), "here");
}

TEST(ForeignDatabase, says_unavailable_when_locked)
{
    TemporaryFolder const folder;
    OtherProgram program(folder.path() / "a.db", false);
    program.run("CREATE TABLE t (x); BEGIN EXCLUSIVE");
    ForeignOptions options;
    options.busy_timeout = std::chrono::milliseconds(1);
    EXPECT_EQ(read_all(folder.path() / "a.db", "SELECT x FROM t", options), "unavailable");
}

TEST(ForeignDatabase, says_unavailable_for_what_is_being_made_or_is_none)
{
    TemporaryFolder const folder;
    OtherProgram program(folder.path() / "a.db");
    EXPECT_EQ(read_all(folder.path() / "a.db", "SELECT x FROM t"), "unavailable");
    std::ofstream(folder.path() / "b.db") << std::string(5000, 'x');
    EXPECT_EQ(read_all(folder.path() / "b.db", "SELECT x FROM t"), "unavailable");
    ::mkfifo((folder.path() / "c.db").c_str(), 0600);
    EXPECT_EQ(read_all(folder.path() / "c.db", "SELECT x FROM t"), "unavailable");
}

TEST(ForeignDatabase, creates_no_file_for_a_name_that_is_missing)
{
    TemporaryFolder const folder;
    EXPECT_EQ(read_all(folder.path() / "a.db", "SELECT 1"), "not_found");
    EXPECT_TRUE(snapshot_of(folder.path()).empty());
    auto const written =
        ForeignDatabase::transaction(folder.path() / "a.db", {}, [](ForeignDatabase&) { return core::Result<void>(); });
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, core::Errc::not_found);
    EXPECT_TRUE(snapshot_of(folder.path()).empty());
}

TEST(ForeignDatabase, cannot_write_while_reading)
{
    TemporaryFolder const folder;
    OtherProgram program(folder.path() / "a.db");
    program.run("CREATE TABLE t (x)");
    auto const done =
        ForeignDatabase::read(folder.path() / "a.db", {}, [](ForeignDatabase& database) -> core::Result<void> {
            PIX_CHECK(database.execute("INSERT INTO t VALUES (1)"));
            return {};
        });
    EXPECT_FALSE(done);
    EXPECT_EQ(read_all(folder.path() / "a.db", "SELECT count(*) FROM t"), "0");
}

TEST(ForeignDatabase, knows_the_columns_of_tables_and_no_others)
{
    TemporaryFolder const folder;
    OtherProgram program(folder.path() / "a.db");
    program.run("CREATE TABLE \"odd table\" (id TEXT, \"b c\" INT); CREATE VIEW v AS SELECT 1 AS id; "
                "CREATE INDEX i ON \"odd table\" (\"b c\", id)");
    auto const done =
        ForeignDatabase::read(folder.path() / "a.db", {}, [](ForeignDatabase& database) -> core::Result<void> {
            PIX_TRY(auto const columns, database.columns("odd table"));
            EXPECT_EQ(columns, (std::set<std::string, std::less<>>{"b c", "id"}));
            PIX_TRY(auto const of_view, database.columns("v"));
            EXPECT_TRUE(of_view.empty());
            PIX_TRY(auto const of_none, database.columns("nothing"));
            EXPECT_TRUE(of_none.empty());
            PIX_TRY(bool const by_b, database.has_index("odd table", "b c"));
            EXPECT_TRUE(by_b);
            PIX_TRY(bool const by_id, database.has_index("odd table", "id"));
            EXPECT_FALSE(by_id);
            return {};
        });
    EXPECT_TRUE(done) << done.error().detail;
}

TEST(ForeignDatabase, reads_values_of_any_type)
{
    TemporaryFolder const folder;
    OtherProgram program(folder.path() / "a.db");
    program.run("CREATE TABLE t (x); INSERT INTO t VALUES (NULL), (7), (7.0), (7.5), ('seven'), (x'00ff'), (9e999)");
    std::string seen;
    auto const done = ForeignDatabase::read(folder.path() / "a.db", {}, [&](ForeignDatabase& database) {
        return database.each("SELECT x FROM t", {}, [&](const ForeignRow& row) -> core::Result<bool> {
            seen += (row.is_null(0) ? "n" : "") + std::to_string(row.integer(0).value_or(-1)) + "/" +
                    std::to_string(int(row.real(0).value_or(-1) * 10)) + "/" + std::to_string(row.text(0).size()) + " ";
            return true;
        });
    });
    EXPECT_TRUE(done);
    EXPECT_EQ(seen, "n-1/-10/0 7/70/0 7/70/0 -1/75/0 -1/-10/5 -1/-10/2 -1/-10/0 ");
}

TEST(ForeignDatabase, refuses_huge_values)
{
    TemporaryFolder const folder;
    OtherProgram program(folder.path() / "a.db");
    program.run("CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(100000))");
    ForeignOptions options;
    options.max_value_bytes = 50'000;
    EXPECT_EQ(read_all(folder.path() / "a.db", "SELECT x FROM t", options), "too_large");
}

TEST(ForeignDatabase, stops_a_statement_that_never_ends)
{
    TemporaryFolder const folder;
    OtherProgram program(folder.path() / "a.db");
    program.run("CREATE TABLE t (x)");
    ForeignOptions options;
    options.deadline = std::chrono::milliseconds(1);
    EXPECT_EQ(read_all(folder.path() / "a.db",
                       "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT count(*) FROM n", options),
              "unavailable");
}

TEST(ForeignDatabase, notices_that_the_file_was_replaced)
{
    TemporaryFolder const folder;
    fs::path const path = folder.path() / "a.db";
    OtherProgram program(path, false);
    program.run("CREATE TABLE t (x)");
    program.end();
    fs::copy_file(path, folder.path() / "b.db");
    auto const done = ForeignDatabase::read(path, {}, [&](ForeignDatabase& database) -> core::Result<void> {
        fs::rename(folder.path() / "b.db", path);
        PIX_CHECK(database.columns("t"));
        return {};
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, core::Errc::unavailable);
}

TEST(ForeignDatabase, runs_a_statement_inside_its_own_rows)
{
    TemporaryFolder const folder;
    OtherProgram program(folder.path() / "a.db");
    program.run("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)");
    int seen = 0;
    auto const done = ForeignDatabase::read(folder.path() / "a.db", {}, [&](ForeignDatabase& database) {
        return database.each("SELECT x FROM t", {}, [&](const ForeignRow&) -> core::Result<bool> {
            PIX_CHECK(database.each("SELECT x FROM t", {}, [&](const ForeignRow&) -> core::Result<bool> {
                ++seen;
                return true;
            }));
            return true;
        });
    });
    EXPECT_TRUE(done);
    EXPECT_EQ(seen, 4);
}

TEST(ForeignDatabase, removes_rows_in_one_transaction_or_none)
{
    TemporaryFolder const folder;
    fs::path const path = folder.path() / "a.db";
    OtherProgram program(path);
    program.run("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2), (3)");
    auto const failed = ForeignDatabase::transaction(path, {}, [](ForeignDatabase& database) -> core::Result<void> {
        PIX_CHECK(database.execute("DELETE FROM t WHERE x = ?1", {1}));
        return core::fail(core::Errc::conflict, "no");
    });
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, core::Errc::conflict);
    EXPECT_EQ(read_all(path, "SELECT x FROM t"), "1,2,3");
    auto const done = ForeignDatabase::transaction(path, {}, [](ForeignDatabase& database) -> core::Result<void> {
        PIX_TRY(auto const rows, database.execute("DELETE FROM t WHERE x < ?1", {3}));
        EXPECT_EQ(rows, 2);
        return {};
    });
    EXPECT_TRUE(done) << done.error().detail;
    EXPECT_EQ(read_all(path, "SELECT x FROM t"), "3");
    program.run("BEGIN IMMEDIATE");
    ForeignOptions options;
    options.busy_timeout = std::chrono::milliseconds(1);
    auto const locked =
        ForeignDatabase::transaction(path, options, [](ForeignDatabase&) { return core::Result<void>(); });
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().code, core::Errc::unavailable);
}

} // namespace
} // namespace pix::store
