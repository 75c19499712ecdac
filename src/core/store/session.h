#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/connection.h"
#include "core/store/database.h"

namespace pix::store {

/// One open connection with its transaction: what the SQLite and PostgreSQL connections share.
///
/// Runs on: one store thread at a time.
/// Owns:    the driver's connection.
class Session : public Connection {
public:
    core::Result<Rows> query(std::string_view sql, const Args& args = {}) final;
    core::Result<std::int64_t> execute(std::string_view sql, const Args& args = {}) final;
    core::Result<void> run_script(std::string_view sql) final;

    core::Result<void> begin(Access access, Durability durability);
    /// Fails with the transaction's first failure if a statement failed.
    core::Result<void> commit();
    void rollback();
    /// What after_commit collected; called once after a commit.
    void run_after_commit();

    /// False once the connection is lost: it is thrown away.
    virtual bool is_usable() const = 0;
    /// True if the last failure says that running the whole transaction again may succeed.
    bool may_retry() const { return may_retry_; }
    /// Gives caches back; called when idle.
    virtual void release_memory() = 0;

protected:
    explicit Session(OpenOptions::BeforeStatement before_statement) : before_statement_(std::move(before_statement)) {}

    virtual core::Result<Rows> do_query(std::string_view sql, const Args& args) = 0;
    virtual core::Result<std::int64_t> do_execute(std::string_view sql, const Args& args) = 0;
    virtual core::Result<void> do_run_script(std::string_view sql) = 0;
    virtual core::Result<void> do_begin(Access access, Durability durability) = 0;
    virtual core::Result<void> do_commit() = 0;
    virtual void do_rollback() = 0;

    bool may_retry_ = false; ///< set by the driver for deadlocks and connections lost before COMMIT

private:
    core::Result<void> guard(std::string_view sql, const Args& args);
    template <class T>
    core::Result<T> keep_failure(core::Result<T> result);

    OpenOptions::BeforeStatement before_statement_;
    std::optional<core::Error> first_failure_;
};

/// What came of one transaction: its result, or the exception that the function threw.
struct Outcome {
    core::Result<void> result;
    std::exception_ptr exception;
};

/// Runs `body` in one transaction of `session`, once.
Outcome run_transaction(Session& session, Access access, Durability durability,
                        std::move_only_function<core::Result<void>(Connection&)>& body);

} // namespace pix::store
