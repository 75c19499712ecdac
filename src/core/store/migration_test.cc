#include "core/store/migration.h"

#include "core/store/testing/test_database.h"

namespace pix::store {
namespace {

using testing::TestDatabase;

const Migration first{9901, "first", "CREATE TABLE a (id {id}, n {int});"};
const Migration second{9902, "second", "ALTER TABLE a ADD COLUMN t {text};"};

std::vector<std::filesystem::path> backups_in(const std::filesystem::path& folder)
{
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().filename().string().find(".before-") != std::string::npos) found.push_back(entry.path());
    }
    return found;
}

class Migrations : public testing::OnEachDatabase {};
PIX_ON_EACH_DATABASE(Migrations);

TEST_P(Migrations, run_once_each_in_the_order_of_their_numbers)
{
    TestDatabase database(GetParam());
    auto const done = migrate(*database, std::array{second, first});
    ASSERT_TRUE(done) << done.error().detail;
    ASSERT_TRUE(migrate(*database, std::array{second, first}));
    auto const rows = database->read_now(
        [](Connection& tx) { return tx.query("SELECT number, name FROM schema_migrations ORDER BY number"); });
    ASSERT_EQ(rows->size(), 2U);
    EXPECT_EQ(rows->at(1).integer(0), 9902);
    EXPECT_EQ(rows->at(1).text(1), "second");
}

TEST_P(Migrations, a_step_that_fails_leaves_nothing_and_runs_again)
{
    TestDatabase database(GetParam());
    Migration broken = second;
    broken.sql = "CREATE TABLE b (n {int}); CREATE TABLE b (n {int});";
    auto const failed = migrate(*database, std::array{first, broken});
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message.find("9902"), std::string::npos);
    broken.sql = "CREATE TABLE b (n {int});";
    auto const done = migrate(*database, std::array{first, broken});
    EXPECT_TRUE(done) << done.error().detail;
}

TEST_P(Migrations, a_database_of_a_newer_pix_is_refused)
{
    TestDatabase database(GetParam(), std::array{first, second});
    EXPECT_EQ(migrate(*database, std::array{first}).error().code, core::Errc::conflict);
    // Another area's numbers are its own business.
    EXPECT_TRUE(migrate(*database, std::array{Migration{9801, "other", "CREATE TABLE o (n {int});"}}));
}

TEST_P(Migrations, run_each_database_s_own_part_on_it_alone)
{
    TestDatabase database(GetParam());
    Migration both = first;
    both.sqlite_sql = "CREATE TABLE of_sqlite (n {int});";
    both.postgresql_sql = "CREATE TABLE of_postgresql (n {int});";
    ASSERT_TRUE(migrate(*database, std::array{both}));
    std::string const mine = GetParam() == Dialect::sqlite ? "of_sqlite" : "of_postgresql";
    std::string const other = GetParam() == Dialect::sqlite ? "of_postgresql" : "of_sqlite";
    EXPECT_TRUE(database->read_now([&](Connection& tx) { return tx.query("SELECT n FROM " + mine); }));
    EXPECT_FALSE(database->read_now([&](Connection& tx) { return tx.query("SELECT n FROM " + other); }));
}

TEST_P(Migrations, two_servers_that_start_at_once_do_not_collide)
{
    TestDatabase database(GetParam());
    auto const another = database.open_another();
    core::Result<void> theirs;
    std::thread other([&] { theirs = migrate(*another, std::array{first, second}); });
    auto const ours = migrate(*database, std::array{first, second});
    other.join();
    EXPECT_TRUE(ours) << ours.error().detail;
    EXPECT_TRUE(theirs) << theirs.error().detail;
}

TEST(SqliteMigrations, copy_an_existing_database_first)
{
    TestDatabase database(Dialect::sqlite, std::array{first});
    EXPECT_TRUE(backups_in(database.folder()).empty()) << "a new database needs no copy";
    ASSERT_TRUE(database->write_now([](Connection& tx) { return tx.execute("INSERT INTO a (n) VALUES (7)"); }));
    database.reopen();
    ASSERT_TRUE(migrate(*database, std::array{first, second}));
    auto const backups = backups_in(database.folder());
    ASSERT_EQ(backups.size(), 1U);
    OpenOptions options;
    options.url = "sqlite:" + backups.at(0).string();
    auto const copy = Database::open(options);
    ASSERT_TRUE(copy);
    auto const rows = (*copy)->read_now([](Connection& tx) { return tx.query("SELECT * FROM a"); });
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ(rows->at(0).size(), 2U) << "the copy is from before the change";
    EXPECT_EQ(rows->at(0).integer(1), 7);
}

TEST(SqliteMigrations, make_strict_tables)
{
    TestDatabase database(Dialect::sqlite, std::array{first});
    EXPECT_FALSE(database->write_now([](Connection& tx) { return tx.execute("INSERT INTO a (n) VALUES ('x')"); }));
}

TEST(Ddl, is_translated_outside_of_quotes_and_comments)
{
    EXPECT_EQ(translate_ddl("CREATE TABLE t (a {int} DEFAULT 0, b {text} DEFAULT '{text};'); -- {int};\n"
                            "create  table u (c {bytes}, PRIMARY KEY (c)) WITHOUT ROWID;\nCREATE INDEX i ON t (a);",
                            Dialect::sqlite),
              "CREATE TABLE t (a INTEGER DEFAULT 0, b TEXT DEFAULT '{text};') STRICT; -- {int};\n"
              "create  table u (c BLOB, PRIMARY KEY (c)) WITHOUT ROWID, STRICT;\nCREATE INDEX i ON t (a);");
    EXPECT_EQ(translate_ddl("CREATE TABLE t (a {id}, b {real}, c {bytes});", Dialect::postgresql),
              "CREATE TABLE t (a bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, b double precision, c bytea);");
}

} // namespace
} // namespace pix::store
