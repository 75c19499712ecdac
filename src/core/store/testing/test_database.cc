#include "core/store/testing/test_database.h"

#include <cstdlib>
#include <stdexcept>

#include "core/base/id.h"
#include "core/base/text.h"

namespace pix::store::testing {

namespace {

std::string server_url()
{
    const char* url = std::getenv("PIX_TEST_POSTGRESQL");
    return url == nullptr ? "" : url;
}

std::unique_ptr<Database> opened(const OpenOptions& options)
{
    auto database = Database::open(options);
    if (!database) throw std::runtime_error(database.error().message + " " + database.error().detail);
    return *std::move(database);
}

void run_on_server(const std::string& sql)
{
    OpenOptions options;
    options.url = server_url();
    auto const database = opened(options);
    auto const done = database->write_now([&sql](Connection& tx) { return tx.run_script(sql); });
    if (!done) throw std::runtime_error(done.error().detail);
}

} // namespace

bool TestDatabase::has_postgresql()
{
    return !server_url().empty();
}

TestDatabase::TestDatabase(Dialect dialect, std::span<const Migration> migrations, OpenOptions options)
    : options_(std::move(options))
{
    std::string const name = "pix_test_" + core::sortable_id();
    folder_ = std::filesystem::temp_directory_path() / name;
    std::filesystem::create_directories(folder_);
    if (dialect == Dialect::sqlite) {
        options_.url = "sqlite:" + (folder_ / "pix.db").string();
    } else {
        schema_ = name;
        run_on_server("CREATE SCHEMA " + schema_);
        std::string const url = server_url();
        options_.url = url + (url.find('?') == std::string::npos ? "?" : "&") + "options=-csearch_path%3D" + schema_;
    }
    database_ = opened(options_);
    if (migrations.empty()) return;
    auto const migrated = migrate(*database_, migrations);
    if (!migrated) throw std::runtime_error(migrated.error().message + " " + migrated.error().detail);
}

TestDatabase::~TestDatabase()
{
    database_.reset();
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
    if (schema_.empty()) return;
    try {
        run_on_server("DROP SCHEMA " + schema_ + " CASCADE");
    } catch (const std::exception&) {
        // The server goes with the test run; a test that stopped it has nothing left to drop.
        return;
    }
}

void TestDatabase::reopen()
{
    database_.reset();
    database_ = opened(options_);
}

std::unique_ptr<Database> TestDatabase::open_another()
{
    return opened(options_);
}

std::vector<Dialect> dialects_to_test()
{
    std::vector<Dialect> dialects{Dialect::sqlite};
    if (TestDatabase::has_postgresql()) dialects.push_back(Dialect::postgresql);
    return dialects;
}

std::string name_of_dialect(const ::testing::TestParamInfo<Dialect>& info)
{
    return info.param == Dialect::sqlite ? "sqlite" : "postgresql";
}

} // namespace pix::store::testing
