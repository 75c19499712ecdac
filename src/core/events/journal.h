#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/actor.h"
#include "core/base/async.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/store/database.h"
#include "core/store/migration.h"

namespace pix::events {

/// The tables of the journal; numbers 100 to 199.
extern const std::vector<store::Migration> journal_migrations;

/// Where a reader of all streams is. PostgreSQL gives out ids before it is settled which transaction ends first, so
/// the order is that of the transactions and then of the ids; SQLite has one writer and the ids alone are enough.
struct Position {
    std::int64_t transaction = 0; ///< 0 on SQLite
    std::int64_t id = 0;
    auto operator<=>(const Position&) const = default;
};

/// A fact that was committed.
struct Event {
    std::int64_t id = 0; ///< gaps are possible
    std::int64_t transaction = 0;
    std::string stream;      ///< "jobs", "tool-run/<id>" …
    std::int64_t number = 0; ///< 1, 2, 3 … within its stream, without gaps
    std::string kind;        ///< past tense: job_started
    std::string data;        ///< JSON text
    core::Millis at = 0;
    core::Actor actor;

    Position position() const { return {transaction, id}; }
};

/// Facts in numbered streams, each written in the transaction of the change that it tells of.
///
/// Runs on: functions with a Connection inside a transaction; the coroutines on the io thread. Thread-safe.
/// Units:   an event's data is at most 64 KiB of JSON.
/// Errors:  Errc::too_large, Errc::invalid (an empty or overlong name), and those of the store.
class Journal {
public:
    static constexpr std::size_t max_data_bytes = 64 * 1024;
    static constexpr int max_page = 1000;

    explicit Journal(store::Database& database);

    /// Called on a store thread after each commit that appended to `stream`; it must only post. Set before any append.
    void on_append(std::function<void(const std::string& stream)> wake);

    /// The number that the event got in its stream. It exists for others once the transaction has been committed.
    core::Result<std::int64_t> append(store::Connection& tx, std::string_view stream, std::string_view kind,
                                      const core::json::value& data, const core::Actor& actor);

    /// Events of one stream after a number, oldest first, at most max_page.
    core::Result<std::vector<Event>> read(store::Connection& connection, std::string_view stream, std::int64_t after,
                                          int limit);
    awaitable<core::Result<std::vector<Event>>> read(std::string stream, std::int64_t after, int limit);

    /// Events of all streams after a position, in one order for all readers. On PostgreSQL only those of transactions
    /// before which none is still open are given, so that a reader that goes on from the last position misses none.
    awaitable<core::Result<std::vector<Event>>> read_all(Position after, int limit);
    /// The position of the newest event that read_all would give.
    core::Result<Position> newest(store::Connection& connection);

    /// The number of the newest event of a stream, 0 if it has none.
    awaitable<core::Result<std::int64_t>> last_number(std::string stream);

    /// Deletes a stream with its owner. Its numbers are never used again as long as the name is not.
    core::Result<void> remove_stream(store::Connection& tx, std::string_view stream);
    /// Deletes the events of `stream` that are older than its newest `keep`; how many.
    core::Result<std::int64_t> trim(store::Connection& tx, std::string_view stream, std::int64_t keep);

private:
    store::Database& database_;
    std::function<void(const std::string&)> wake_;
    core::SystemClock clock_;
};

} // namespace pix::events
