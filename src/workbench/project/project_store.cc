#include "workbench/project/project_store.h"

namespace pix::workbench {

using core::Result;
using store::Args;
using store::Connection;

const std::vector<store::Migration> project_migrations = {
    {500, "projects", R"(
CREATE TABLE projects (
  path {text} PRIMARY KEY,
  name {text} NOT NULL UNIQUE,
  display_name {text},
  is_registered {int} NOT NULL,
  removed_at {int},
  is_starred {int} NOT NULL,
  is_archived {int} NOT NULL,
  updated_at {int} NOT NULL
);
CREATE TABLE session_marks (
  provider {text} NOT NULL,
  session_id {text} NOT NULL,
  title {text},
  is_starred {int} NOT NULL,
  is_archived {int} NOT NULL,
  updated_at {int} NOT NULL,
  PRIMARY KEY (provider, session_id)
);
)"},
};

namespace project_store {

Result<ProjectRecords> load(Connection& connection)
{
    ProjectRecords records;
    PIX_TRY(auto const projects, connection.query("SELECT path, name, display_name, is_registered, removed_at, "
                                                  "is_starred, is_archived FROM projects ORDER BY path"));
    for (auto const& row : projects) {
        ProjectRecord record{row.text(0),          row.text(1),    row.maybe_text(2), row.boolean(3),
                             row.maybe_integer(4), row.boolean(5), row.boolean(6)};
        records.projects.emplace(record.path, std::move(record));
    }
    PIX_TRY(auto const sessions, connection.query("SELECT provider, session_id, title, is_starred, is_archived FROM "
                                                  "session_marks ORDER BY provider, session_id"));
    for (auto const& row : sessions) {
        auto const provider = provider_named(row.text(0));
        if (!provider) continue;
        records.sessions[{*provider, row.text(1)}] = {row.maybe_text(2), row.boolean(3), row.boolean(4)};
    }
    return records;
}

Result<void> save(Connection& connection, const ProjectRecord& record, core::Millis now)
{
    PIX_CHECK(connection.execute(
        "INSERT INTO projects (path, name, display_name, is_registered, removed_at, is_starred, is_archived, "
        "updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (path) DO UPDATE SET display_name = $3, "
        "is_registered = $4, removed_at = $5, is_starred = $6, is_archived = $7, updated_at = $8",
        Args{record.path, record.name, record.display_name, record.is_registered, record.removed_at, record.is_starred,
             record.is_archived, now}));
    return {};
}

Result<void> save(Connection& connection, const SessionId& id, const SessionRecord& record, core::Millis now)
{
    PIX_CHECK(connection.execute(
        "INSERT INTO session_marks (provider, session_id, title, is_starred, is_archived, updated_at) VALUES ($1, $2, "
        "$3, $4, $5, $6) ON CONFLICT (provider, session_id) DO UPDATE SET title = $3, is_starred = $4, is_archived = "
        "$5, updated_at = $6",
        Args{name_of(id.first), id.second, record.title, record.is_starred, record.is_archived, now}));
    return {};
}

Result<void> remove(Connection& connection, const SessionId& id)
{
    PIX_CHECK(connection.execute("DELETE FROM session_marks WHERE provider = $1 AND session_id = $2",
                                 Args{name_of(id.first), id.second}));
    return {};
}

} // namespace project_store

} // namespace pix::workbench
