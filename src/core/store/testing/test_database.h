#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "core/store/database.h"
#include "core/store/migration.h"

namespace pix::store::testing {

/// A fresh, empty database for one test: a SQLite file in a temporary folder, or a schema of its own in the PostgreSQL
/// that PIX_TEST_POSTGRESQL names. Gone, with its folder, at the end.
class TestDatabase {
public:
    /// Options may be given for fault tests; the URL is filled in here.
    explicit TestDatabase(Dialect dialect = Dialect::sqlite, std::span<const Migration> migrations = {},
                          OpenOptions options = {});
    ~TestDatabase();
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;

    Database& operator*() { return *database_; }
    Database* operator->() { return database_.get(); }
    const std::filesystem::path& folder() const { return folder_; }
    const std::string& url() const { return options_.url; }
    /// Closes the database and opens it again, as a restart would.
    void reopen();
    /// A second Database on the same data, as another server would have.
    std::unique_ptr<Database> open_another();

    /// True if PIX_TEST_POSTGRESQL names a server.
    static bool has_postgresql();

private:
    std::filesystem::path folder_;
    std::string schema_;
    OpenOptions options_;
    std::unique_ptr<Database> database_;
};

/// Test fixture for both databases: `class Journal : public OnEachDatabase {}; PIX_ON_EACH_DATABASE(Journal);`, tests
/// are TEST_P. GetParam() is the dialect.
class OnEachDatabase : public ::testing::TestWithParam<Dialect> {};

/// The databases to test: SQLite always, PostgreSQL when there is one.
std::vector<Dialect> dialects_to_test();
std::string name_of_dialect(const ::testing::TestParamInfo<Dialect>& info);

/// Runs a coroutine on an io_context of its own until it ends and gives back its result.
template <class T>
T run_to_end(awaitable<T> work)
{
    asio::io_context io;
    std::optional<T> result;
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown, T value) {
        failure = thrown;
        result.emplace(std::move(value));
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
}

} // namespace pix::store::testing

#define PIX_ON_EACH_DATABASE(Fixture)                                                                                  \
    INSTANTIATE_TEST_SUITE_P(, Fixture, ::testing::ValuesIn(pix::store::testing::dialects_to_test()),                  \
                             pix::store::testing::name_of_dialect)
