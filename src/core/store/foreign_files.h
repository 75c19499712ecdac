#pragma once

namespace pix::store {

/// The name of an SQLite file layer that opens another program's database and its log without being able to write,
/// create or delete either of them.
///
/// SQLite's own read-only mode still makes an empty log and an index of the log beside a database that has been closed
/// cleanly. Here a missing log is an empty one, and a missing index is kept in memory. Registered at the first call.
/// Runs on: any thread.
/// Source:  sqlite.org/vfs.html, sqlite.org/walformat.html; how SQLite reads a log whose index nobody keeps up to date:
///          SQLITE_READONLY_CANTINIT in sqlite.org/rescode.html.
const char* foreign_files();

} // namespace pix::store
