#pragma once
#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/store/connection.h"

namespace pix::store {

/// What a transaction may do.
enum class Access { read, write };

struct OpenOptions {
    std::string url;                              ///< "sqlite:/path/pix.db" or "postgresql://user@host/name"
    int readers = 4;                              ///< SQLite: most connections that read at once
    int connections = 8;                          ///< PostgreSQL: most connections at once
    std::chrono::milliseconds busy_timeout{5000}; ///< how long a lock of another program is waited for
    std::chrono::milliseconds connect_timeout{5000};
    std::size_t max_waiting = 4096; ///< transactions that may wait; one more is refused with Errc::unavailable
    std::int64_t max_pages = 0;     ///< SQLite: most pages of the file, 0 for no limit (fault tests: disk full)
    /// Called before every statement, BEGIN and COMMIT too; a failure makes that statement fail (fault tests).
    using BeforeStatement = std::function<core::Result<void>(std::string_view sql)>;
    BeforeStatement before_statement{};
};

/// The database of this server: every transaction goes through here.
///
/// Runs on: write and read are for the io thread and resume there; the function given runs on a store thread.
///          SQLite has one writer thread, in order, and a few readers; PostgreSQL a thread a connection.
/// Owns:    the threads and connections until close(); connections and threads are made when first needed.
/// Errors:  those of Connection; Errc::unavailable when too many transactions wait or the database is closed.
///          An exception thrown by the function rolls back and reaches the caller.
///
/// The function given to write may be called again when PostgreSQL reports a deadlock or a lost connection before
/// the commit: it must not move its captures away and must change nothing but the database.
/// PostgreSQL: write runs in READ COMMITTED, read in a read-only REPEATABLE READ snapshot.
class Database {
public:
    static core::Result<std::unique_ptr<Database>> open(OpenOptions options);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Runs `fn(Connection&) -> core::Result<T>` in a writing transaction and gives back its result.
    template <class F>
    auto write(F fn, Durability durability = Durability::normal) -> awaitable<std::invoke_result_t<F&, Connection&>>
    {
        return run(Access::write, durability, std::move(fn));
    }

    /// The same over a snapshot that `fn` cannot change.
    template <class F>
    auto read(F fn) -> awaitable<std::invoke_result_t<F&, Connection&>>
    {
        return run(Access::read, Durability::normal, std::move(fn));
    }

    /// Blocking forms for start-up, the command line and tests; never on the io thread of a server that answers.
    template <class F>
    auto write_now(F fn, Durability durability = Durability::normal) -> std::invoke_result_t<F&, Connection&>
    {
        return run_now(Access::write, durability, fn);
    }
    template <class F>
    auto read_now(F fn) -> std::invoke_result_t<F&, Connection&>
    {
        return run_now(Access::read, Durability::normal, fn);
    }

    Dialect dialect() const;
    /// The SQLite file; empty for PostgreSQL.
    const std::string& path() const;
    const std::string& url() const;
    /// True if open() made the SQLite file, or found no table in the PostgreSQL schema.
    bool is_new() const;

    /// SQLite: writes a consistent copy of the database to `path`, replacing it. PostgreSQL: Errc::unsupported.
    core::Result<void> backup_now(const std::string& path);
    /// What is wrong with the database, one sentence each; empty when it is sound. May read all of it.
    core::Result<std::vector<std::string>> check_now();

    /// Finishes what waits, then closes connections and threads. Later transactions fail with Errc::unavailable.
    void close();

    struct Backend;

private:
    using Body = std::move_only_function<core::Result<void>(Connection&)>;

    explicit Database(std::unique_ptr<Backend> backend);
    awaitable<core::Result<void>> submit(Access access, Durability durability, Body body);
    core::Result<void> submit_and_wait(Access access, Durability durability, Body body);

    /// `fn` as a Body that leaves its result in `result`.
    template <class F, class R>
    static Body body_of(F fn, std::shared_ptr<std::optional<R>> result)
    {
        return [fn = std::move(fn), result = std::move(result)](Connection& connection) mutable -> core::Result<void> {
            result->emplace(fn(connection));
            if (!**result) return std::unexpected((*result)->error());
            return {};
        };
    }

    template <class F>
    auto run(Access access, Durability durability, F fn) -> awaitable<std::invoke_result_t<F&, Connection&>>
    {
        using R = std::invoke_result_t<F&, Connection&>;
        auto result = std::make_shared<std::optional<R>>();
        Body body = body_of<F, R>(std::move(fn), result);
        core::Result<void> const done = co_await submit(access, durability, std::move(body));
        if (!done) co_return std::unexpected(done.error());
        co_return std::move(**result);
    }

    template <class F>
    auto run_now(Access access, Durability durability, F& fn) -> std::invoke_result_t<F&, Connection&>
    {
        using R = std::invoke_result_t<F&, Connection&>;
        auto result = std::make_shared<std::optional<R>>();
        core::Result<void> const done = submit_and_wait(access, durability, body_of<F, R>(std::move(fn), result));
        if (!done) return std::unexpected(done.error());
        return std::move(**result);
    }

    std::unique_ptr<Backend> backend_;
};

} // namespace pix::store
