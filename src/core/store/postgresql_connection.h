#pragma once
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/store/session.h"

struct pg_conn;
struct pg_result;

namespace pix::store {

/// A connection to PostgreSQL 15 or newer; statements are prepared once and kept.
///
/// Runs on: one store thread at a time.
/// Units:   whole numbers travel as bigint, numbers as double precision, text as text, bytes as bytea.
/// Source:  PostgreSQL 15 manual, chapter 34 (libpq) and appendix A (error codes).
class PostgresqlConnection final : public Session {
public:
    static core::Result<std::unique_ptr<PostgresqlConnection>> open(const OpenOptions& options);
    ~PostgresqlConnection() override;

    Dialect dialect() const override { return Dialect::postgresql; }
    bool is_usable() const override;
    void release_memory() override {}

    /// True if the schema has no table yet.
    core::Result<bool> is_empty();
    /// What is wrong with the database, one sentence each.
    core::Result<std::vector<std::string>> check();

private:
    struct Statement {
        std::string key; ///< one letter for each argument's type, a colon, the statement
        std::string name;
    };
    using Statements = std::list<Statement>;

    explicit PostgresqlConnection(OpenOptions::BeforeStatement before_statement) : Session(std::move(before_statement))
    {}

    core::Result<Rows> do_query(std::string_view sql, const Args& args) override;
    core::Result<std::int64_t> do_execute(std::string_view sql, const Args& args) override;
    core::Result<void> do_run_script(std::string_view sql) override;
    core::Result<void> do_begin(Access access, Durability durability) override;
    core::Result<void> do_commit() override;
    void do_rollback() override;

    using Answer = std::unique_ptr<pg_result, void (*)(pg_result*)>;
    core::Result<std::string> prepare(std::string_view sql, const Args& args);
    core::Result<Answer> run(std::string_view sql, const Args& args);
    core::Result<Answer> simple(const char* sql);
    core::Result<Answer> checked(Answer answer, std::string_view sql);

    pg_conn* handle_ = nullptr;
    Statements statements_; ///< most recently used first
    std::unordered_map<std::string_view, Statements::iterator> by_key_;
    std::uint64_t next_name_ = 1;
};

} // namespace pix::store
