#pragma once
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/async.h"
#include "core/base/clock.h"
#include "core/events/live_stream.h"
#include "core/process/supervisor.h"
#include "core/store/database.h"
#include "workbench/project/catalog.h"
#include "workbench/project/project_folders.h"
#include "workbench/session_index/session_index.h"

namespace pix::workbench {

struct ProjectsConfig {
    std::filesystem::path user_home;       ///< "~"
    std::filesystem::path workspaces_base; ///< new numbered folders; empty: ~/pixcode/projects (WORKSPACES_BASE)
    std::filesystem::path workspaces_root; ///< new folders are made below it only; empty: ~ (WORKSPACES_ROOT)
    std::int64_t context_window = 200'000; ///< where a conversation does not say it (CONTEXT_WINDOW)
    std::map<std::string, std::string> environment; ///< of git
};

/// What a host is signed in to with.
struct HostToken {
    std::string user; ///< empty: what the host takes beside a token
    std::string token;
};
/// The stored token of that number, or the one for that host ("github.com"); nothing if there is none.
using FindToken =
    std::function<awaitable<core::Result<std::optional<HostToken>>>(std::string host, std::optional<std::int64_t> id)>;

/// What the service works with; all outlive it.
struct ProjectsParts {
    asio::io_context& io;
    asio::thread_pool& pool;
    store::Database& database; ///< with project_migrations
    events::LiveStreams& streams;
    process::Supervisor& supervisor;
    const core::Clock& clock;
    SessionIndex& index;
    FindToken find_token{}; ///< may be empty: no stored tokens
};

/// A page of a conversation with what is known of the conversation.
struct SessionPage {
    SessionPtr session;
    MessagePage page;
};

/// The projects of this machine and their conversations.
///
/// Runs on: the io thread; folders are looked at on the pool.
/// Owns:    the records in the main database; the stream "workbench" tells pages what has changed: projects_changed {},
///          session_upserted and session_removed {provider, sessionId, projectName, ...}, index_progress {...}.
/// Errors:  Errc::not_found (PROJECT_NOT_FOUND, SESSION_NOT_FOUND), Errc::invalid, and those of the store.
class Projects final : public ProjectFolders {
public:
    Projects(ProjectsParts parts, ProjectsConfig config);
    ~Projects() override;

    /// Reads its records, once, before run(); starts the index. Blocks.
    core::Result<void> open();
    /// Follows the index until stop().
    awaitable<void> run();
    void stop();

    const ProjectsConfig& config() const { return config_; }
    ProjectsParts& parts() { return parts_; }

    /// Brings the lists up to what the index knows now.
    awaitable<void> refresh() { return rebuild(); }
    /// The lists as they are now; with everything that this service has changed itself.
    awaitable<core::Result<CatalogPtr>> catalog();

    awaitable<core::Result<std::string>> folder_of(std::string project_name) override;

    /// The project of this folder, registered; it is made if its parent is there. `path` may begin with "~".
    awaitable<core::Result<std::string>> open_folder(std::string path, bool may_create);
    /// Changes what is kept of a project.
    using Change = std::function<void(ProjectRecord&)>;
    awaitable<core::Result<void>> change(std::string name, Change change);
    using SessionChangeFn = std::function<void(SessionRecord&)>;
    awaitable<core::Result<void>> change(SessionId id, SessionChangeFn change);

    /// The conversation of that id; `provider` if it is known, `project` prefers one of several.
    awaitable<core::Result<SessionPtr>> session(std::string id, std::optional<Provider> provider, std::string project);
    awaitable<core::Result<MessagePage>> messages(SessionPtr session, PageRequest request);
    awaitable<core::Result<void>> remove(SessionPtr session);

    /// The conversations that the query's filters leave.
    static std::shared_ptr<const SearchScope> scope_of(const SearchQuery& query, const Catalog& catalog);
    awaitable<core::Result<SearchOutcome>> search(SearchQuery query, CatalogPtr catalog, std::size_t limit);

    /// The JSON that the pages and the handlers share.
    awaitable<core::Result<boost::json::value>> list_json();
    awaitable<core::Result<boost::json::value>> sessions_json(std::string project);
    awaitable<core::Result<boost::json::value>> messages_json(SessionPtr session, PageRequest request);
    awaitable<core::Result<boost::json::value>> search_json(SearchQuery query, std::size_t limit);
    const IndexProgress& progress() const { return progress_; }

private:
    void index_changed(std::vector<SessionChange> changes, IndexProgress progress);
    void tell(const CatalogPtr& catalog);
    awaitable<void> rebuild();
    bool is_current() const;
    awaitable<core::Result<void>> keep(ProjectRecord record);
    core::Result<std::string> checked_folder(const std::string& path, bool may_create) const;

    ProjectsParts parts_;
    ProjectsConfig config_;
    ProjectRecords records_;
    std::uint64_t records_version_ = 1;
    CatalogPtr catalog_;
    FolderLooks looks_; ///< used by one rebuild() at a time
    bool building_ = false;
    bool stopped_ = false;
    asio::steady_timer built_;
    asio::steady_timer wake_;
    std::shared_ptr<events::LiveStream> stream_;
    std::map<std::int64_t, SessionChange> untold_; ///< the last change of each conversation
    std::string told_etag_;
    IndexProgress progress_;
    IndexProgress told_progress_;
    std::chrono::steady_clock::time_point told_at_{};
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); ///< for what the index's thread posts
};

} // namespace pix::workbench
