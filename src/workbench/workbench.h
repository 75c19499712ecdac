#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/events/live_stream.h"
#include "core/http/frame.h"
#include "core/process/supervisor.h"
#include "core/store/database.h"
#include "workbench/account/account_git_credentials.h"
#include "workbench/account/accounts.h"
#include "workbench/file/files.h"
#include "workbench/git/git.h"
#include "workbench/pages/pages.h"
#include "workbench/project/project.h"
#include "workbench/session_index/session_index.h"

namespace pix::workbench {

struct WorkbenchConfig {
    std::filesystem::path home;
    std::filesystem::path user_home;
    bool user_home_given = false;                   ///< then the agents' own variables for their folders are ignored
    std::map<std::string, std::string> environment; ///< the server's own
    std::map<std::string, std::string> children_environment; ///< what git and the agents inherit
};

/// What App gives the area; all of it outlives the area.
struct WorkbenchParts {
    asio::io_context& io;
    asio::thread_pool& pool;
    store::Database& database;
    events::LiveStreams& streams;
    process::Supervisor& supervisor;
    http::PageFrame& frame;
    const core::Clock& clock;
};

/// The workbench: accounts, and the projects, sessions, files and repositories of this machine.
///
/// Runs on: the io thread.
class Workbench {
public:
    /// Blocks. Errors: Errc::invalid (a variable), Errc::unavailable (a file of the home).
    static core::Result<std::unique_ptr<Workbench>> open(WorkbenchParts parts, WorkbenchConfig config);

    /// Follows the agents' folders until stop().
    awaitable<void> run() { return projects_.run(); }
    /// Ends what follows the folders, and waits for git to end what it began, for at most `patience`.
    awaitable<void> stop(std::chrono::milliseconds patience);

    Accounts& accounts() { return *accounts_; }
    Projects& projects() { return projects_; }
    Files& files() { return files_; }
    Git& git() { return git_; }
    WorkbenchPages& pages() { return pages_; }

private:
    Workbench(WorkbenchParts parts, const WorkbenchConfig& config, std::unique_ptr<Accounts> accounts,
              std::unique_ptr<SessionIndex> index, FilesConfig files);

    std::unique_ptr<Accounts> accounts_;
    std::unique_ptr<SessionIndex> index_;
    Projects projects_;
    Files files_;
    AccountGitCredentials git_credentials_;
    Git git_;
    WorkbenchPages pages_;
};

} // namespace pix::workbench
