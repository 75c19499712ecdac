#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/clock.h"
#include "core/store/database.h"
#include "core/store/migration.h"
#include "workbench/session_readers/provider.h"

namespace pix::workbench {

/// What the server itself keeps of a project.
struct ProjectRecord {
    std::string path; ///< real path; of a folder that nobody knows the path of: its name, without a slash
    std::string name; ///< in URLs; once given it stays
    std::optional<std::string> display_name;
    bool is_registered = false;             ///< added by the user
    std::optional<core::Millis> removed_at; ///< by the user: not shown until a conversation is newer
    bool is_starred = false;
    bool is_archived = false;
};

/// What the server itself keeps of a conversation.
struct SessionRecord {
    std::optional<std::string> title;
    bool is_starred = false;
    bool is_archived = false;
};

using SessionId = std::pair<Provider, std::string>;

/// Everything that the user said about projects and conversations.
struct ProjectRecords {
    std::map<std::string, ProjectRecord> projects; ///< by path
    std::map<SessionId, SessionRecord> sessions;
};

/// Numbers 500 to 549.
extern const std::vector<store::Migration> project_migrations;

/// The tables of projects and conversations in the main database.
namespace project_store {

core::Result<ProjectRecords> load(store::Connection& connection);
core::Result<void> save(store::Connection& connection, const ProjectRecord& record, core::Millis now);
core::Result<void> save(store::Connection& connection, const SessionId& id, const SessionRecord& record,
                        core::Millis now);
core::Result<void> remove(store::Connection& connection, const SessionId& id);

} // namespace project_store

} // namespace pix::workbench
