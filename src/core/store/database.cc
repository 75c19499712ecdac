#include "core/store/database.h"

#include <future>

#include "core/store/lane.h"
#include "core/store/postgresql_connection.h"
#include "core/store/sqlite_connection.h"

namespace pix::store {

struct Database::Backend {
    OpenOptions options;
    Dialect dialect = Dialect::sqlite;
    std::string path;
    bool is_new = false;
    std::unique_ptr<Lane> writers;
    std::unique_ptr<Lane> readers; ///< absent for PostgreSQL, whose connections do both

    Lane& lane_for(Access access) { return access == Access::read && readers ? *readers : *writers; }
};

Database::Database(std::unique_ptr<Backend> backend) : backend_(std::move(backend)) {}

Database::~Database()
{
    close();
}

core::Result<std::unique_ptr<Database>> Database::open(OpenOptions options)
{
    auto backend = std::make_unique<Backend>();
    backend->options = std::move(options);
    // The lanes refer to the backend, which stays where it is.
    Backend& kept = *backend;
    const OpenOptions& wanted = kept.options;

    if (wanted.url.starts_with("sqlite:")) {
        kept.path = wanted.url.substr(7);
        if (kept.path.empty()) return core::fail(core::Errc::invalid, "the database URL names no file: " + wanted.url);
        PIX_TRY(auto writer, SqliteConnection::open(kept.path, SqliteRole::writer, wanted));
        PIX_TRY(kept.is_new, writer->is_empty());
        auto const opener_of = [&kept](SqliteRole role) {
            return [&kept, role]() -> core::Result<std::unique_ptr<Session>> {
                return SqliteConnection::open(kept.path, role, kept.options);
            };
        };
        kept.writers = std::make_unique<Lane>(opener_of(SqliteRole::writer), 1, wanted.max_waiting);
        kept.writers->start_with(std::move(writer));
        kept.readers = std::make_unique<Lane>(
            opener_of(SqliteRole::reader), static_cast<std::size_t>(std::max(1, wanted.readers)), wanted.max_waiting);
    } else if (wanted.url.starts_with("postgresql://") || wanted.url.starts_with("postgres://")) {
        kept.dialect = Dialect::postgresql;
        PIX_TRY(auto first, PostgresqlConnection::open(wanted));
        PIX_TRY(kept.is_new, first->is_empty());
        auto const opener = [&kept]() -> core::Result<std::unique_ptr<Session>> {
            return PostgresqlConnection::open(kept.options);
        };
        kept.writers = std::make_unique<Lane>(opener, static_cast<std::size_t>(std::max(1, wanted.connections)),
                                              wanted.max_waiting);
        kept.writers->start_with(std::move(first));
    } else {
        return core::fail(core::Errc::invalid, "the database URL starts with neither sqlite: nor postgresql://",
                          "Write sqlite:/path/pix.db or postgresql://user@host/name.");
    }
    return std::unique_ptr<Database>(new Database(std::move(backend)));
}

void Database::close()
{
    backend_->writers->stop();
    if (backend_->readers) backend_->readers->stop();
}

awaitable<core::Result<void>> Database::submit(Access access, Durability durability, Body body)
{
    auto initiate = [this, access, durability, body = std::move(body)](auto handler) mutable {
        auto executor = asio::get_associated_executor(handler);
        auto resume = [executor, guard = asio::make_work_guard(executor),
                       handler = std::move(handler)](Outcome outcome) mutable {
            auto finish = [handler = std::move(handler), outcome = std::move(outcome)]() mutable {
                std::move(handler)(outcome.exception, std::move(outcome.result));
            };
            asio::post(executor, std::move(finish));
            guard.reset();
        };
        // Shared, because a refused transaction leaves its callback to be called here.
        auto done = std::make_shared<decltype(resume)>(std::move(resume));
        Transaction transaction{access, durability, std::move(body),
                                [done](Outcome outcome) { (*done)(std::move(outcome)); }};
        auto submitted = backend_->lane_for(access).submit(std::move(transaction));
        if (!submitted) (*done)(Outcome{std::move(submitted), nullptr});
    };
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr, core::Result<void>)>(
        std::move(initiate), asio::use_awaitable);
}

core::Result<void> Database::submit_and_wait(Access access, Durability durability, Body body)
{
    if (Lane::is_store_thread()) {
        return core::fail(core::Errc::internal, "the database was asked to wait for itself", "",
                          "write_now or read_now inside a transaction");
    }
    std::promise<Outcome> promise;
    auto future = promise.get_future();
    PIX_CHECK(backend_->lane_for(access).submit(
        {access, durability, std::move(body), [&promise](Outcome outcome) { promise.set_value(std::move(outcome)); }}));
    Outcome outcome = future.get();
    if (outcome.exception) std::rethrow_exception(outcome.exception);
    return std::move(outcome.result);
}

Dialect Database::dialect() const
{
    return backend_->dialect;
}

const std::string& Database::path() const
{
    return backend_->path;
}

const std::string& Database::url() const
{
    return backend_->options.url;
}

bool Database::is_new() const
{
    return backend_->is_new;
}

core::Result<void> Database::backup_now(const std::string& path)
{
    if (dialect() != Dialect::sqlite) {
        return core::fail(core::Errc::unsupported, "a PostgreSQL database is not backed up by Pix", "Use pg_dump.");
    }
    // A connection of its own: a backup is not a transaction, and neither the writer nor a reader waits for it.
    PIX_TRY(auto const reader, SqliteConnection::open(backend_->path, SqliteRole::reader, backend_->options));
    return reader->backup(path);
}

core::Result<std::vector<std::string>> Database::check_now()
{
    if (dialect() == Dialect::sqlite) {
        PIX_TRY(auto const reader, SqliteConnection::open(backend_->path, SqliteRole::reader, backend_->options));
        return reader->check();
    }
    PIX_TRY(auto const connection, PostgresqlConnection::open(backend_->options));
    return connection->check();
}

} // namespace pix::store
