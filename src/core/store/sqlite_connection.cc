#include "core/store/sqlite_connection.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstring>
#include <mutex>

namespace pix::store {

namespace {

constexpr std::size_t kept_statements = 64;
// Page caches in KiB: the writer's working set is a few hundred pages; large reads go to the kernel's cache.
constexpr int writer_cache_kib = 1024;
constexpr int reader_cache_kib = 512;

core::Errc kind_of(int code)
{
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_FOREIGNKEY: return core::Errc::conflict;
    default: break;
    }
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_NOMEM: return core::Errc::unavailable;
    case SQLITE_TOOBIG: return core::Errc::too_large;
    default: return core::Errc::internal;
    }
}

core::Error error_of(int code, int system_error, const std::string& path, std::string detail)
{
    core::Error error{kind_of(code), "", "", std::move(detail)};
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        if (code == SQLITE_CONSTRAINT_FOREIGNKEY) {
            error.message = "something that this refers to does not exist, or is still referred to";
        } else if (error.code == core::Errc::conflict) {
            error.message = "this exists already";
        } else {
            error.message = "the database refused a value";
        }
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        error.message = "the database is locked by another program: " + path;
        error.hint = "Close the program that has " + path + " open, or wait for it.";
        break;
    case SQLITE_FULL:
        error.message = "the disk is full: nothing was stored in " + path;
        error.hint = "Free some space and try again.";
        break;
    case SQLITE_IOERR:
        error.message = "the disk failed while reading or writing " + path;
        if (system_error != 0) error.message += std::string(": ") + std::strerror(system_error);
        break;
    case SQLITE_CORRUPT:
        error.message = "the database is damaged: " + path;
        error.hint = "Run `pix doctor`; a copy from before the last update may lie beside it.";
        break;
    case SQLITE_NOTADB:
        error.message = path + " is not a database of Pix";
        error.hint = "Move it away, or name another home.";
        break;
    case SQLITE_READONLY: error.message = "the database cannot be written: " + path; break;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        error.message = "the database cannot be opened: " + path;
        if (system_error != 0) error.message += std::string(": ") + std::strerror(system_error);
        break;
    case SQLITE_NOMEM: error.message = "not enough memory for the database"; break;
    case SQLITE_TOOBIG: error.message = "a value is too large for the database"; break;
    default: error.message = "the database refused a statement"; break;
    }
    return error;
}

/// Once a process, before SQLite is first used.
void configure_sqlite()
{
    static std::once_flag once;
    std::call_once(once, [] {
        // By default every page cache begins with one block of 20 pages, also the small one behind RETURNING and IN
        // (...): allocated and given back to the kernel by each statement, a third of its cost here.
        sqlite3_config(SQLITE_CONFIG_PAGECACHE, nullptr, 0, 0);
    });
}

Value column_of(sqlite3_stmt* statement, int column)
{
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return {sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT: return {sqlite3_column_double(statement, column)};
    case SQLITE_TEXT: {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
        return {std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)))};
    }
    case SQLITE_BLOB: {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
        auto const size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
        return {Bytes{size == 0 ? std::string() : std::string(bytes, size)}};
    }
    default: return {};
    }
}

/// Resets a statement whatever happens, so that it holds no lock and no argument.
class ResetAtEnd {
public:
    explicit ResetAtEnd(sqlite3_stmt* statement) : statement_(statement) {}
    ~ResetAtEnd()
    {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }
    ResetAtEnd(const ResetAtEnd&) = delete;
    ResetAtEnd& operator=(const ResetAtEnd&) = delete;

private:
    sqlite3_stmt* statement_;
};

} // namespace

core::Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path, SqliteRole role,
                                                                       const OpenOptions& options)
{
    configure_sqlite();
    if (role == SqliteRole::writer) {
        // SQLite would make the file readable by everyone; its -wal and -shm files take over this one's mode.
        int const file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (file < 0) {
            return core::fail_errno(core::Errc::unavailable, "the database cannot be opened: " + path, errno);
        }
        ::close(file);
    }
    std::unique_ptr<SqliteConnection> connection(new SqliteConnection(role, options.before_statement));
    connection->path_ = path;
    int const opened = sqlite3_open_v2(path.c_str(), &connection->handle_,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    if (opened != SQLITE_OK) return connection->failure(opened, "open");

    sqlite3* const handle = connection->handle_;
    sqlite3_busy_timeout(handle, static_cast<int>(options.busy_timeout.count()));
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    PIX_CHECK(connection->simple("PRAGMA foreign_keys = ON"));
    PIX_CHECK(connection->simple("PRAGMA journal_mode = WAL"));
    PIX_CHECK(connection->simple("PRAGMA synchronous = NORMAL"));
    // The log is cut back to this after a checkpoint; one large import does not occupy the disk for ever.
    PIX_CHECK(connection->simple("PRAGMA journal_size_limit = 16777216"));
    int const cache = role == SqliteRole::writer ? writer_cache_kib : reader_cache_kib;
    PIX_CHECK(connection->simple(("PRAGMA cache_size = -" + std::to_string(cache)).c_str()));
    if (role == SqliteRole::reader) PIX_CHECK(connection->simple("PRAGMA query_only = ON"));
    if (options.max_pages > 0) {
        PIX_CHECK(connection->simple(("PRAGMA max_page_count = " + std::to_string(options.max_pages)).c_str()));
    }
    return connection;
}

SqliteConnection::~SqliteConnection()
{
    forget_statements();
    sqlite3_close_v2(handle_);
}

void SqliteConnection::forget_statements()
{
    by_sql_.clear();
    for (const Statement& statement : statements_) sqlite3_finalize(statement.handle);
    statements_.clear();
}

void SqliteConnection::release_memory()
{
    // A reader's statements cost a few KiB each and come back on demand; the writer's stay, it is never idle for long.
    if (role_ == SqliteRole::reader) forget_statements();
    sqlite3_db_release_memory(handle_);
}

std::unexpected<core::Error> SqliteConnection::failure(int code, std::string_view sql) const
{
    int const system_error = handle_ == nullptr ? 0 : sqlite3_system_errno(handle_);
    std::string detail = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
    detail += " (" + std::to_string(code) + ") in: " + std::string(sql.substr(0, 500));
    return std::unexpected(error_of(code, system_error, path_, std::move(detail)));
}

core::Result<void> SqliteConnection::simple(const char* sql)
{
    int const code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failure(code, sql);
    return {};
}

core::Result<SqliteConnection::Statement*> SqliteConnection::prepare(std::string_view sql)
{
    if (auto const found = by_sql_.find(sql); found != by_sql_.end()) {
        statements_.splice(statements_.begin(), statements_, found->second);
        return &statements_.front();
    }
    statements_.push_front(Statement{std::string(sql), nullptr, {}, 0});
    Statement& statement = statements_.front();
    const char* tail = nullptr;
    int const code = sqlite3_prepare_v3(handle_, statement.sql.c_str(), static_cast<int>(statement.sql.size()) + 1,
                                        SQLITE_PREPARE_PERSISTENT, &statement.handle, &tail);
    bool const one =
        statement.handle != nullptr && std::string_view(tail).find_first_not_of("; \t\r\n") == std::string_view::npos;
    if (code != SQLITE_OK || !one) {
        auto failed = code != SQLITE_OK ? failure(code, sql)
                                        : core::fail(core::Errc::internal, "the database refused a statement", "",
                                                     "not exactly one statement: " + std::string(sql.substr(0, 500)));
        sqlite3_finalize(statement.handle);
        statements_.pop_front();
        return failed;
    }
    // SQLite numbers "$2" by where it stands; PostgreSQL by its name. The name decides here too.
    int const parameters = sqlite3_bind_parameter_count(statement.handle);
    for (int i = 1; i <= parameters; ++i) {
        const char* name = sqlite3_bind_parameter_name(statement.handle, i);
        long const number = name != nullptr && name[0] == '$' ? std::strtol(name + 1, nullptr, 10) : 0;
        if (number < 1) {
            sqlite3_finalize(statement.handle);
            auto detail = "a placeholder is not $1, $2 ...: " + std::string(sql.substr(0, 500));
            statements_.pop_front();
            return core::fail(core::Errc::internal, "the database refused a statement", "", std::move(detail));
        }
        statement.arguments.push_back(static_cast<std::size_t>(number - 1));
        statement.argument_count = std::max(statement.argument_count, static_cast<std::size_t>(number));
    }
    by_sql_.emplace(statement.sql, statements_.begin());
    if (statements_.size() > kept_statements) {
        by_sql_.erase(statements_.back().sql);
        sqlite3_finalize(statements_.back().handle);
        statements_.pop_back();
    }
    return &statement;
}

core::Result<void> SqliteConnection::bind(const Statement& statement, const Args& args)
{
    if (statement.argument_count != args.size()) {
        return core::fail(core::Errc::internal, "the database refused a statement", "",
                          std::to_string(args.size()) + " arguments for: " + statement.sql.substr(0, 500));
    }
    for (std::size_t i = 0; i < statement.arguments.size(); ++i) {
        int const parameter = static_cast<int>(i) + 1;
        const Value& value = args[statement.arguments[i]];
        int code = SQLITE_OK;
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
            code = sqlite3_bind_int64(statement.handle, parameter, *number);
        } else if (const auto* real = std::get_if<double>(&value)) {
            code = sqlite3_bind_double(statement.handle, parameter, *real);
        } else if (const auto* text = std::get_if<std::string>(&value)) {
            code = sqlite3_bind_text64(statement.handle, parameter, text->data(), text->size(), SQLITE_STATIC,
                                       SQLITE_UTF8);
        } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
            // A null pointer would bind NULL.
            const char* data = bytes->data.empty() ? "" : bytes->data.data();
            code = sqlite3_bind_blob64(statement.handle, parameter, data, bytes->data.size(), SQLITE_STATIC);
        } else {
            code = sqlite3_bind_null(statement.handle, parameter);
        }
        if (code != SQLITE_OK) return failure(code, statement.sql);
    }
    return {};
}

core::Result<Rows> SqliteConnection::run(std::string_view sql, const Args& args, bool keep_rows)
{
    PIX_TRY(Statement* const statement, prepare(sql));
    ResetAtEnd const reset(statement->handle);
    PIX_CHECK(bind(*statement, args));
    Rows rows;
    for (;;) {
        int const code = sqlite3_step(statement->handle);
        if (code == SQLITE_DONE) return rows;
        if (code != SQLITE_ROW) return failure(code, sql);
        if (!keep_rows) continue;
        int const columns = sqlite3_column_count(statement->handle);
        std::vector<Value> cells;
        cells.reserve(static_cast<std::size_t>(columns));
        for (int i = 0; i < columns; ++i) cells.push_back(column_of(statement->handle, i));
        rows.emplace_back(std::move(cells));
    }
}

core::Result<Rows> SqliteConnection::do_query(std::string_view sql, const Args& args)
{
    return run(sql, args, true);
}

core::Result<std::int64_t> SqliteConnection::do_execute(std::string_view sql, const Args& args)
{
    std::int64_t const before = sqlite3_total_changes64(handle_);
    PIX_CHECK(run(sql, args, false));
    // sqlite3_changes would repeat the count of an earlier statement when this one changes nothing.
    return sqlite3_total_changes64(handle_) == before ? 0 : sqlite3_changes64(handle_);
}

core::Result<void> SqliteConnection::do_run_script(std::string_view sql)
{
    std::string const script(sql);
    return simple(script.c_str());
}

core::Result<void> SqliteConnection::do_begin(Access access, Durability durability)
{
    if (access == Access::read) {
        PIX_CHECK(run("BEGIN", {}, false));
        return {};
    }
    if (durability != durability_) {
        PIX_CHECK(simple(durability == Durability::full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"));
        durability_ = durability;
    }
    PIX_CHECK(run("BEGIN IMMEDIATE", {}, false));
    return {};
}

core::Result<void> SqliteConnection::do_commit()
{
    PIX_CHECK(run("COMMIT", {}, false));
    return {};
}

void SqliteConnection::do_rollback()
{
    // A full disk or an I/O error may already have rolled back.
    if (sqlite3_get_autocommit(handle_) == 0) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

core::Result<bool> SqliteConnection::is_empty()
{
    PIX_TRY(Rows const rows, run("SELECT count(*) FROM sqlite_schema", {}, true));
    return rows.at(0).integer(0) == 0;
}

core::Result<void> SqliteConnection::backup(const std::string& path)
{
    std::string const partial = path + ".partial";
    ::unlink(partial.c_str());
    int const file = ::open(partial.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return core::fail_errno(core::Errc::unavailable, "cannot write " + partial, errno);
    ::close(file);

    sqlite3* target = nullptr;
    int code = sqlite3_open_v2(partial.c_str(), &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    if (code == SQLITE_OK) {
        sqlite3_backup* const copy = sqlite3_backup_init(target, "main", handle_, "main");
        if (copy != nullptr) {
            sqlite3_backup_step(copy, -1);
            code = sqlite3_backup_finish(copy);
        } else {
            code = sqlite3_errcode(target);
        }
    }
    // A copy with a log of its own would be two files; this makes it one, and syncs it.
    if (code == SQLITE_OK) code = sqlite3_exec(target, "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
    sqlite3_close_v2(target);
    if (code != SQLITE_OK) {
        ::unlink(partial.c_str());
        return std::unexpected(error_of(code, 0, partial, sqlite3_errstr(code)));
    }
    if (::rename(partial.c_str(), path.c_str()) != 0) {
        return core::fail_errno(core::Errc::unavailable, "cannot write " + path, errno);
    }
    return {};
}

core::Result<std::vector<std::string>> SqliteConnection::check()
{
    std::vector<std::string> problems;
    auto const integrity = run("PRAGMA integrity_check(20)", {}, true);
    if (!integrity) return std::vector{integrity.error().message};
    for (const Row& row : *integrity) {
        if (row.text(0) != "ok") problems.push_back(row.text(0));
    }
    auto const keys = run("PRAGMA foreign_key_check", {}, true);
    if (!keys) return std::vector{keys.error().message};
    for (const Row& row : *keys) {
        problems.push_back("a row of " + row.text(0) + " refers to a row of " + row.text(2) + " that does not exist");
        if (problems.size() >= 20) break;
    }
    return problems;
}

} // namespace pix::store
