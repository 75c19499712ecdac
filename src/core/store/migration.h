#pragma once
#include <span>
#include <string>

#include "core/base/error.h"
#include "core/store/connection.h"
#include "core/store/database.h"

namespace pix::store {

/// One step of the schema. Never edited after a release; numbers run across all areas, a hundred to each.
///
/// `sql` is for both databases, with {id} {int} {real} {text} {bytes} for types: {id} is a generated whole-number
/// primary key that is never reused. Tables become STRICT on SQLite.
struct Migration {
    int number = 0;
    std::string name;
    std::string sql;
    std::string sqlite_sql{};     ///< runs after `sql`, on SQLite only
    std::string postgresql_sql{}; ///< runs after `sql`, on PostgreSQL only
};

/// Brings the database up to date: runs what schema_migrations does not list yet, in the order of numbers, each in a
/// transaction of its own. An existing SQLite file is first copied to "<file>.before-<number>" (the newest three stay).
///
/// Runs on: start-up or the command line; blocks.
/// Errors:  Errc::conflict (the database was made by a newer Pix), Errc::internal (bad SQL), Errc::unavailable.
core::Result<void> migrate(Database& database, std::span<const Migration> migrations);

/// The DDL as `dialect` understands it. Exposed for tests.
std::string translate_ddl(std::string_view sql, Dialect dialect);

} // namespace pix::store
