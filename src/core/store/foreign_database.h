#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/store/value.h"

struct sqlite3;
struct sqlite3_stmt;

namespace pix::store {

/// One row of another program's table. Nothing is known about its types: what is not there, or is of another type,
/// reads as empty.
class ForeignRow {
public:
    explicit ForeignRow(sqlite3_stmt* statement) : statement_(statement) {}

    /// Text, or bytes, as they are; valid until the next row.
    std::string_view text(int column) const;
    /// A whole number, or a real one without a fraction.
    std::optional<std::int64_t> integer(int column) const;
    std::optional<double> real(int column) const;
    bool is_null(int column) const;

private:
    sqlite3_stmt* statement_;
};

struct ForeignOptions {
    std::chrono::milliseconds busy_timeout{250};         ///< how long to wait for a lock of the other program
    std::chrono::milliseconds deadline{20'000};          ///< for all statements together
    std::size_t max_value_bytes = std::size_t(16) << 20; ///< a larger value fails its statement with Errc::too_large
};

/// Another program's SQLite file, while it runs or after it has ended.
///
/// Reading creates nothing, writes nothing, and sees what is committed, also what is still in the write-ahead log only.
/// Runs on: any thread but the io thread; one object belongs to one call.
/// Errors:  Errc::not_found (no such file), Errc::too_large (a value over the limit), Errc::unavailable for all else:
///          locked, being migrated, damaged, replaced while it was read, over the deadline. Trying later may succeed.
/// Source:  sqlite.org/c3ref/open.html, sqlite.org/wal.html#readonly; hardening as sqlite.org/security.html advises.
class ForeignDatabase {
public:
    using Use = std::function<core::Result<void>(ForeignDatabase&)>;
    using Each = std::function<core::Result<bool>(const ForeignRow&)>; ///< false: no more rows, please

    /// Runs `use` on one snapshot of the database.
    static core::Result<void> read(const std::filesystem::path& path, const ForeignOptions& options, const Use& use);

    /// Runs `use` in one writing transaction; a failure rolls back. Only for what a contract asks for: removing rows.
    static core::Result<void> transaction(const std::filesystem::path& path, const ForeignOptions& options,
                                          const Use& use);

    ~ForeignDatabase();
    ForeignDatabase(const ForeignDatabase&) = delete;
    ForeignDatabase& operator=(const ForeignDatabase&) = delete;

    /// The columns of an ordinary table; none if there is no such table, or it is a view or a virtual table.
    core::Result<std::set<std::string, std::less<>>> columns(std::string_view table);
    /// Whether an index of the table begins with this column.
    core::Result<bool> has_index(std::string_view table, std::string_view column);
    /// Placeholders are ?1, ?2 ...
    core::Result<void> each(std::string_view sql, const Args& args, const Each& row);
    /// Rows changed.
    core::Result<std::int64_t> execute(std::string_view sql, const Args& args = {});

private:
    ForeignDatabase(const std::filesystem::path& path, const ForeignOptions& options);

    core::Result<void> open(int flags, const char* vfs);
    core::Result<sqlite3_stmt*> prepare(std::string_view sql);
    core::Result<void> run(const char* sql);
    std::unexpected<core::Error> failure(int code, std::string_view sql) const;
    static int is_overdue(void* self);

    std::string path_;
    ForeignOptions options_;
    std::chrono::steady_clock::time_point until_;
    sqlite3* handle_ = nullptr;
    std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

} // namespace pix::store
