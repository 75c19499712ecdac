#include "core/store/foreign_database.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <cmath>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "core/base/text.h"
#include "core/store/foreign_files.h"

namespace pix::store {

namespace {

// Virtual machine steps between two looks at the clock: about a millisecond's worth.
constexpr int steps_per_look = 20'000;

/// SQLite keeps one description of a database's log index for the whole process. One that was opened for reading only
/// would make a transaction of ours fail, so the two do not overlap.
std::shared_timed_mutex& gate()
{
    static std::shared_timed_mutex mutex;
    return mutex;
}

/// What tells one file from another that took its name.
struct Identity {
    dev_t device = 0;
    ino_t number = 0;
    bool operator==(const Identity&) const = default;
};

core::Result<Identity> identity_of(const std::string& path)
{
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) {
        bool const is_missing = errno == ENOENT || errno == ENOTDIR;
        return core::fail_errno(is_missing ? core::Errc::not_found : core::Errc::unavailable, "cannot open " + path,
                                errno);
    }
    // A FIFO would hold the thread that opens it.
    if (!S_ISREG(status.st_mode)) return core::fail(core::Errc::unavailable, path + " is not a file");
    return Identity{status.st_dev, status.st_ino};
}

bool exists(const std::string& path)
{
    struct stat status = {};
    return ::lstat(path.c_str(), &status) == 0;
}

/// Resets a statement whatever happens; one that is not kept goes.
class Running {
public:
    Running(sqlite3_stmt* statement, bool is_kept) : statement_(statement), is_kept_(is_kept) {}
    ~Running()
    {
        if (!is_kept_) {
            sqlite3_finalize(statement_);
            return;
        }
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

private:
    sqlite3_stmt* statement_;
    bool is_kept_;
};

int bind(sqlite3_stmt* statement, int parameter, const Value& value)
{
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return sqlite3_bind_int64(statement, parameter, *number);
    if (const auto* real = std::get_if<double>(&value)) return sqlite3_bind_double(statement, parameter, *real);
    if (const auto* text = std::get_if<std::string>(&value))
        return sqlite3_bind_text64(statement, parameter, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    if (const auto* bytes = std::get_if<Bytes>(&value))
        return sqlite3_bind_blob64(statement, parameter, bytes->data.empty() ? "" : bytes->data.data(),
                                   bytes->data.size(), SQLITE_STATIC);
    return sqlite3_bind_null(statement, parameter);
}

} // namespace

std::string_view ForeignRow::text(int column) const
{
    int const type = sqlite3_column_type(statement_, column);
    if (type == SQLITE_TEXT) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
        return {text == nullptr ? "" : text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
    }
    if (type == SQLITE_BLOB) {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
        return {bytes == nullptr ? "" : bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
    }
    return {};
}

std::optional<std::int64_t> ForeignRow::integer(int column) const
{
    int const type = sqlite3_column_type(statement_, column);
    if (type == SQLITE_INTEGER) return sqlite3_column_int64(statement_, column);
    if (type != SQLITE_FLOAT) return std::nullopt;
    double const real = sqlite3_column_double(statement_, column);
    if (std::trunc(real) != real || std::abs(real) > 9e15) return std::nullopt;
    return static_cast<std::int64_t>(real);
}

std::optional<double> ForeignRow::real(int column) const
{
    int const type = sqlite3_column_type(statement_, column);
    if (type != SQLITE_INTEGER && type != SQLITE_FLOAT) return std::nullopt;
    double const real = sqlite3_column_double(statement_, column);
    return std::isfinite(real) ? std::optional(real) : std::nullopt;
}

bool ForeignRow::is_null(int column) const
{
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

ForeignDatabase::ForeignDatabase(const std::filesystem::path& path, const ForeignOptions& options)
    : path_(path.string()), options_(options), until_(std::chrono::steady_clock::now() + options.deadline)
{}

ForeignDatabase::~ForeignDatabase()
{
    for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close_v2(handle_);
}

core::Result<void> ForeignDatabase::read(const std::filesystem::path& path, const ForeignOptions& options,
                                         const Use& use)
{
    std::shared_lock const lock(gate(), options.deadline);
    if (!lock.owns_lock()) return core::fail(core::Errc::unavailable, "rows are being removed from " + path.string());
    PIX_TRY(Identity const before, identity_of(path.string()));
    std::string const log_index = path.string() + "-shm";
    bool const had_log_index = exists(log_index);
    {
        ForeignDatabase database(path, options);
        PIX_CHECK(database.open(SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, foreign_files()));
        PIX_CHECK(database.run("BEGIN"));
        PIX_CHECK(use(database));
        PIX_CHECK(database.run("COMMIT"));
    }
    // Without a log index there was nothing to lock, so a program that came meanwhile did not know about this reader.
    if (!had_log_index && exists(log_index))
        return core::fail(core::Errc::unavailable, "another program opened " + path.string() + " while it was read");
    PIX_TRY(Identity const after, identity_of(path.string()));
    if (before != after) return core::fail(core::Errc::unavailable, path.string() + " was replaced while it was read");
    return {};
}

core::Result<void> ForeignDatabase::transaction(const std::filesystem::path& path, const ForeignOptions& options,
                                                const Use& use)
{
    std::unique_lock const lock(gate(), options.deadline);
    if (!lock.owns_lock()) return core::fail(core::Errc::unavailable, path.string() + " is being read");
    PIX_CHECK(identity_of(path.string()));
    ForeignDatabase database(path, options);
    PIX_CHECK(database.open(SQLITE_OPEN_READWRITE, nullptr));
    PIX_CHECK(database.run("PRAGMA foreign_keys = ON"));
    PIX_CHECK(database.run("BEGIN IMMEDIATE"));
    // A failure leaves the transaction open; closing the connection rolls it back.
    PIX_CHECK(use(database));
    return database.run("COMMIT");
}

core::Result<void> ForeignDatabase::open(int flags, const char* vfs)
{
    std::string const name =
        (flags & SQLITE_OPEN_URI) == 0 ? path_ : "file:" + core::percent_encode(path_) + "?mode=ro&readonly_shm=1";
    int const code = sqlite3_open_v2(name.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
    if (code != SQLITE_OK) return failure(code, "open");
    sqlite3_busy_timeout(handle_, static_cast<int>(options_.busy_timeout.count()));
    // The file may have been made to do harm: nothing in its schema may reach functions or files, values are bounded,
    // and a statement that never ends is stopped.
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    sqlite3_limit(handle_, SQLITE_LIMIT_LENGTH, static_cast<int>(options_.max_value_bytes));
    sqlite3_limit(handle_, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_progress_handler(handle_, steps_per_look, &ForeignDatabase::is_overdue, this);
    PIX_CHECK(run("PRAGMA cell_size_check = ON"));
    PIX_CHECK(run("PRAGMA mmap_size = 0"));
    return run("PRAGMA cache_size = -512");
}

int ForeignDatabase::is_overdue(void* self)
{
    return std::chrono::steady_clock::now() > static_cast<ForeignDatabase*>(self)->until_ ? 1 : 0;
}

std::unexpected<core::Error> ForeignDatabase::failure(int code, std::string_view sql) const
{
    std::string detail = std::string(sqlite3_errstr(code)) + ": " +
                         (handle_ == nullptr ? "" : sqlite3_errmsg(handle_)) + ": " + std::string(sql.substr(0, 300));
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return core::fail(core::Errc::unavailable, "the database is locked by the program that it belongs to: " + path_,
                          "", std::move(detail));
    case SQLITE_TOOBIG:
        return core::fail(core::Errc::too_large, "a value is too large in " + path_, "", std::move(detail));
    case SQLITE_INTERRUPT:
        return core::fail(core::Errc::unavailable, "reading took too long: " + path_, "", std::move(detail));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return core::fail(core::Errc::unavailable, "the database is damaged: " + path_, "", std::move(detail));
    default:
        return core::fail(core::Errc::unavailable, "the database cannot be read now: " + path_, "", std::move(detail));
    }
}

core::Result<void> ForeignDatabase::run(const char* sql)
{
    int const code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failure(sqlite3_extended_errcode(handle_), sql);
    return {};
}

core::Result<sqlite3_stmt*> ForeignDatabase::prepare(std::string_view sql)
{
    sqlite3_stmt* statement = nullptr;
    int const code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &statement, nullptr);
    if (code != SQLITE_OK) return failure(code, sql);
    return statement;
}

core::Result<std::set<std::string, std::less<>>> ForeignDatabase::columns(std::string_view table)
{
    std::set<std::string, std::less<>> names;
    bool is_table = false;
    PIX_CHECK(each("SELECT type FROM pragma_table_list WHERE schema = 'main' AND name = ?1", {table},
                   [&](const ForeignRow& row) -> core::Result<bool> {
                       is_table = row.text(0) == "table";
                       return false;
                   }));
    if (!is_table) return names;
    PIX_CHECK(each("SELECT name FROM pragma_table_info(?1)", {table}, [&](const ForeignRow& row) -> core::Result<bool> {
        names.emplace(row.text(0));
        return true;
    }));
    return names;
}

core::Result<bool> ForeignDatabase::has_index(std::string_view table, std::string_view column)
{
    bool found = false;
    PIX_CHECK(each("SELECT 1 FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS i "
                   "WHERE i.seqno = 0 AND i.name = ?2 AND l.partial = 0",
                   {table, column}, [&](const ForeignRow&) -> core::Result<bool> {
                       found = true;
                       return false;
                   }));
    return found;
}

core::Result<void> ForeignDatabase::each(std::string_view sql, const Args& args, const Each& row)
{
    sqlite3_stmt* statement = nullptr;
    auto const known = statements_.find(sql);
    // A statement that is running (the caller is inside its rows) cannot be begun again.
    bool const is_busy = known != statements_.end() && sqlite3_stmt_busy(known->second) != 0;
    if (known != statements_.end() && !is_busy) {
        statement = known->second;
    } else {
        PIX_TRY(statement, prepare(sql));
        if (!is_busy) statements_.emplace(std::string(sql), statement);
    }
    Running const running(statement, !is_busy);
    for (std::size_t i = 0; i < args.size(); ++i)
        if (int const code = bind(statement, static_cast<int>(i) + 1, args[i]); code != SQLITE_OK)
            return failure(code, sql);
    for (;;) {
        int const code = sqlite3_step(statement);
        if (code == SQLITE_DONE) return {};
        if (code != SQLITE_ROW) return failure(code, sql);
        PIX_TRY(bool const more, row(ForeignRow(statement)));
        if (!more) return {};
    }
}

core::Result<std::int64_t> ForeignDatabase::execute(std::string_view sql, const Args& args)
{
    std::int64_t const before = sqlite3_total_changes64(handle_);
    PIX_CHECK(each(sql, args, [](const ForeignRow&) -> core::Result<bool> { return true; }));
    return sqlite3_total_changes64(handle_) - before;
}

} // namespace pix::store
