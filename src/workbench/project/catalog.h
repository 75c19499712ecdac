#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "workbench/project/project_store.h"
#include "workbench/session_index/search.h"
#include "workbench/session_index/session_entry.h"

namespace pix::workbench {

/// What a look at a working folder says.
struct FolderLook {
    std::string real_path;
    bool exists = false;
    std::string package_name; ///< of package.json
    bool has_taskmaster = false;
    bool has_taskmaster_files = false;
    std::chrono::steady_clock::time_point at{};
};

/// Remembers looks for some seconds. One user at a time, on any thread.
class FolderLooks {
public:
    const FolderLook& at(const std::string& path);
    void forget() { looks_.clear(); }

private:
    std::unordered_map<std::string, FolderLook> looks_;
};

/// A conversation as lists show it.
struct ListedSession {
    SessionPtr entry;
    std::string title;
    bool is_starred = false;
    bool is_archived = false;
    std::vector<SessionPtr> copies; ///< older ones that begin with the same message
};

struct ListedProject {
    ProjectRecord record;
    std::string display_name;
    bool is_path_known = true;
    bool exists = false;
    bool is_visible = true; ///< not removed, not archived
    FolderLook look;
    std::vector<ListedSession> sessions; ///< newest first
    std::vector<Provider> providers;
    core::Millis last_activity = 0;
};

/// All projects and whose conversation is whose, at one moment. Never changes.
struct Catalog {
    std::uint64_t snapshot_version = 0;
    std::uint64_t records_version = 0;
    std::vector<ListedProject> projects; ///< starred first, then by latest activity
    std::unordered_map<std::string, std::size_t> by_name;
    std::unordered_map<std::int64_t, std::pair<std::size_t, std::size_t>> place_of; ///< project and session by number
    std::multimap<std::string, std::int64_t> by_session_id;
    std::shared_ptr<const SearchScope> scope; ///< what searches see: not what is archived
    std::vector<ProjectRecord> new_records;   ///< of projects that were seen for the first time
    std::string json;                         ///< GET /api/projects
    std::string etag;

    const ListedProject* find(const std::string& name) const;
    const ListedProject* find_path(const std::string& path) const;
    const ListedSession* find(std::int64_t number) const;
    const ListedProject* project_of(std::int64_t number) const;
};

using CatalogPtr = std::shared_ptr<const Catalog>;

/// Runs on: any thread; looks at folders.
CatalogPtr make_catalog(const SessionSnapshot& snapshot, const ProjectRecords& records, FolderLooks& looks);

/// The user's title, else what the agent or the conversation says.
std::string title_of(const SessionEntry& session, const SessionRecord* record);

/// The name in URLs that is free: that of Claude Code's folder, with eight digits of the path's SHA-256 if taken.
std::string free_project_name(const std::string& path, const std::map<std::string, std::string>& path_by_name);

/// `path` without links, "." and ".."; as far as it exists.
std::string real_path(const std::string& path);

} // namespace pix::workbench
