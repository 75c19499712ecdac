#include "core/events/journal.h"

#include <algorithm>

namespace pix::events {

using core::Errc;
using core::fail;
using core::Result;
using store::Connection;

const std::vector<store::Migration> journal_migrations = {
    {.number = 100,
     .name = "journal",
     .sql = R"(
        CREATE TABLE streams (
            name {text} NOT NULL PRIMARY KEY,
            last_number {int} NOT NULL
        );
        CREATE TABLE events (
            id {id},
            stream {text} NOT NULL,
            number {int} NOT NULL,
            kind {text} NOT NULL,
            data {text} NOT NULL,
            at {int} NOT NULL,
            actor_kind {text} NOT NULL,
            actor_id {text} NOT NULL,
            UNIQUE (stream, number)
        );
     )",
     // Ids are taken before their transaction commits, and not in the order of the transactions: a reader of all
     // streams goes by both, and must not pass one that is still to come.
     .postgresql_sql = "ALTER TABLE events ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();"
                       "CREATE INDEX events_by_transaction ON events (xid, id);"},
};

namespace {

constexpr std::size_t max_name_bytes = 200;

Event event_of(const store::Row& row)
{
    Event event;
    event.id = row.integer(0);
    event.stream = row.text(1);
    event.number = row.integer(2);
    event.kind = row.text(3);
    event.data = row.text(4);
    event.at = row.integer(5);
    event.actor = {row.text(6), row.text(7)};
    return event;
}

std::vector<Event> events_of(const store::Rows& rows)
{
    std::vector<Event> events;
    events.reserve(rows.size());
    for (auto const& row : rows) events.push_back(event_of(row));
    return events;
}

constexpr std::string_view columns = "id, stream, number, kind, data, at, actor_kind, actor_id";
/// PostgreSQL: no transaction before this row's is still open.
constexpr std::string_view settled = "xid < pg_snapshot_xmin(pg_current_snapshot())";

} // namespace

Journal::Journal(store::Database& database) : database_(database) {}

void Journal::on_append(std::function<void(const std::string&)> wake)
{
    wake_ = std::move(wake);
}

Result<std::int64_t> Journal::append(Connection& tx, std::string_view stream, std::string_view kind,
                                     const core::json::value& data, const core::Actor& actor)
{
    if (stream.empty() || stream.size() > max_name_bytes || kind.empty() || kind.size() > max_name_bytes)
        return fail(Errc::invalid,
                    "a stream and an event need a name of 1 to " + std::to_string(max_name_bytes) + " bytes");
    std::string text = core::to_text(data);
    if (text.size() > max_data_bytes)
        return fail(Errc::too_large, "the event " + std::string(kind) + " has " + std::to_string(text.size()) +
                                         " bytes of data, the limit is " + std::to_string(max_data_bytes));
    // The row lock that this statement takes keeps the numbers gapless: the next writer of the stream waits for our
    // end.
    PIX_TRY(auto const numbers, tx.query("INSERT INTO streams (name, last_number) VALUES ($1, 1) "
                                         "ON CONFLICT (name) DO UPDATE SET last_number = streams.last_number + 1 "
                                         "RETURNING last_number",
                                         {stream}));
    std::int64_t const number = numbers.at(0).integer(0);
    PIX_TRY([[maybe_unused]] auto const written,
            tx.execute("INSERT INTO events (stream, number, kind, data, at, actor_kind, actor_id) "
                       "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                       {stream, number, kind, std::move(text), clock_.now(), actor.kind, actor.id}));
    if (wake_) tx.after_commit([wake = &wake_, name = std::string(stream)] { (*wake)(name); });
    return number;
}

Result<std::vector<Event>> Journal::read(Connection& connection, std::string_view stream, std::int64_t after, int limit)
{
    PIX_TRY(auto const rows,
            connection.query("SELECT " + std::string(columns) +
                                 " FROM events WHERE stream = $1 AND number > $2 ORDER BY number LIMIT $3",
                             {stream, after, std::clamp(limit, 1, max_page)}));
    return events_of(rows);
}

awaitable<Result<std::vector<Event>>> Journal::read(std::string stream, std::int64_t after, int limit)
{
    auto load = [this, stream = std::move(stream), after, limit](Connection& connection) {
        return read(connection, stream, after, limit);
    };
    co_return co_await database_.read(std::move(load));
}

awaitable<Result<std::vector<Event>>> Journal::read_all(Position after, int limit)
{
    auto load = [after, limit](Connection& connection) -> Result<std::vector<Event>> {
        int const most = std::clamp(limit, 1, max_page);
        if (connection.dialect() == store::Dialect::sqlite) {
            PIX_TRY(auto const rows, connection.query("SELECT " + std::string(columns) +
                                                          " FROM events WHERE id > $1 ORDER BY id LIMIT $2",
                                                      {after.id, most}));
            return events_of(rows);
        }
        PIX_TRY(auto const rows, connection.query("SELECT " + std::string(columns) +
                                                      ", xid::text::bigint FROM events "
                                                      "WHERE (xid, id) > ($1::text::xid8, $2) AND " +
                                                      std::string(settled) + " ORDER BY xid, id LIMIT $3",
                                                  {std::to_string(after.transaction), after.id, most}));
        std::vector<Event> events = events_of(rows);
        for (std::size_t i = 0; i < rows.size(); ++i) events[i].transaction = rows[i].integer(8);
        return events;
    };
    co_return co_await database_.read(std::move(load));
}

Result<Position> Journal::newest(Connection& connection)
{
    Position newest;
    if (connection.dialect() == store::Dialect::sqlite) {
        PIX_TRY(auto const rows, connection.query("SELECT coalesce(max(id), 0) FROM events"));
        newest.id = rows.at(0).integer(0);
        return newest;
    }
    PIX_TRY(auto const rows, connection.query("SELECT xid::text::bigint, id FROM events WHERE " + std::string(settled) +
                                              " ORDER BY xid DESC, id DESC LIMIT 1"));
    if (!rows.empty()) newest = {rows[0].integer(0), rows[0].integer(1)};
    return newest;
}

awaitable<Result<std::int64_t>> Journal::last_number(std::string stream)
{
    auto load = [stream = std::move(stream)](Connection& connection) -> Result<std::int64_t> {
        PIX_TRY(auto const rows, connection.query("SELECT last_number FROM streams WHERE name = $1", {stream}));
        return rows.empty() ? 0 : rows[0].integer(0);
    };
    co_return co_await database_.read(std::move(load));
}

Result<void> Journal::remove_stream(Connection& tx, std::string_view stream)
{
    PIX_CHECK(tx.execute("DELETE FROM events WHERE stream = $1", {stream}));
    PIX_CHECK(tx.execute("DELETE FROM streams WHERE name = $1", {stream}));
    return {};
}

Result<std::int64_t> Journal::trim(Connection& tx, std::string_view stream, std::int64_t keep)
{
    return tx.execute("DELETE FROM events WHERE stream = $1 AND number <= "
                      "(SELECT last_number FROM streams WHERE name = $1) - $2",
                      {stream, keep});
}

} // namespace pix::events
