#pragma once
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/store/row.h"
#include "core/store/value.h"

namespace pix::store {

/// Which database speaks: only for statements that the two cannot share.
enum class Dialect { sqlite, postgresql };

/// How sure a commit is. SQLite: synchronous NORMAL (a power cut may take the last commits back, a crash of
/// Pix does not) or FULL. PostgreSQL: always as its own configuration says.
enum class Durability { normal, full };

/// What a transaction sees of its database: statements, and what shall happen once it has been committed.
///
/// Runs on: a store thread, only inside the function given to Database::write or read.
/// Units:   placeholders are $1, $2 ... on both databases and may repeat; one statement a call.
/// Errors:  Errc::conflict (unique or foreign key), Errc::unavailable (locked, disk full, connection lost),
///          Errc::invalid (text that is not UTF-8 or holds a NUL byte), Errc::internal (bad SQL). After the first
///          failed statement the transaction can only roll back: every later statement fails and so does the commit,
///          on both databases. What may already exist is inserted with ON CONFLICT.
class Connection {
public:
    virtual ~Connection() = default;
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// SELECT, or a change with RETURNING.
    virtual core::Result<Rows> query(std::string_view sql, const Args& args = {}) = 0;
    /// Any other statement; the number of rows changed.
    virtual core::Result<std::int64_t> execute(std::string_view sql, const Args& args = {}) = 0;
    /// Several statements without arguments, separated by semicolons: migrations and tests.
    virtual core::Result<void> run_script(std::string_view sql) = 0;
    virtual Dialect dialect() const = 0;

    /// `fn` runs on this thread after COMMIT has returned, before the caller of write resumes; dropped on rollback.
    void after_commit(std::function<void()> fn) { after_commit_.push_back(std::move(fn)); }

protected:
    std::vector<std::function<void()>> after_commit_;
};

} // namespace pix::store
