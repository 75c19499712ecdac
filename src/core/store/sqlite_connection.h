#pragma once
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/store/session.h"

struct sqlite3;
struct sqlite3_stmt;

namespace pix::store {

enum class SqliteRole { writer, reader };

/// A connection to one SQLite file: WAL, foreign keys, a busy timeout, prepared statements kept.
///
/// Runs on: one store thread at a time (opened without SQLite's own mutexes).
/// Source:  https://www.sqlite.org/pragma.html, https://www.sqlite.org/rescode.html.
class SqliteConnection final : public Session {
public:
    static core::Result<std::unique_ptr<SqliteConnection>> open(const std::string& path, SqliteRole role,
                                                                const OpenOptions& options);
    ~SqliteConnection() override;

    Dialect dialect() const override { return Dialect::sqlite; }
    bool is_usable() const override { return true; }
    void release_memory() override;

    /// True if the file has no table yet.
    core::Result<bool> is_empty();
    /// A consistent copy while others read and write. Outside a transaction.
    core::Result<void> backup(const std::string& path);
    /// What is wrong with the file, one sentence each.
    core::Result<std::vector<std::string>> check();

private:
    struct Statement {
        std::string sql;
        sqlite3_stmt* handle = nullptr;
        std::vector<std::size_t> arguments; ///< which argument each of SQLite's parameters takes
        std::size_t argument_count = 0;
    };
    using Statements = std::list<Statement>;

    SqliteConnection(SqliteRole role, OpenOptions::BeforeStatement before_statement)
        : Session(std::move(before_statement)), role_(role)
    {}

    core::Result<Rows> do_query(std::string_view sql, const Args& args) override;
    core::Result<std::int64_t> do_execute(std::string_view sql, const Args& args) override;
    core::Result<void> do_run_script(std::string_view sql) override;
    core::Result<void> do_begin(Access access, Durability durability) override;
    core::Result<void> do_commit() override;
    void do_rollback() override;

    core::Result<Statement*> prepare(std::string_view sql);
    core::Result<void> bind(const Statement& statement, const Args& args);
    core::Result<Rows> run(std::string_view sql, const Args& args, bool keep_rows);
    core::Result<void> simple(const char* sql);
    /// The failure that the connection reported last.
    std::unexpected<core::Error> failure(int code, std::string_view sql) const;
    void forget_statements();

    SqliteRole role_;
    sqlite3* handle_ = nullptr;
    std::string path_;
    Durability durability_ = Durability::normal;
    Statements statements_; ///< most recently used first
    std::unordered_map<std::string_view, Statements::iterator> by_sql_;
};

} // namespace pix::store
