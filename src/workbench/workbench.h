#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/http/frame.h"
#include "core/process/supervisor.h"
#include "core/store/database.h"
#include "workbench/account/accounts.h"
#include "workbench/pages/pages.h"

namespace pix::workbench {

struct WorkbenchConfig {
    std::filesystem::path home;
    std::filesystem::path user_home;
    bool user_home_given = false;                   ///< then the agents' own variables for their folders are ignored
    std::map<std::string, std::string> environment; ///< the server's own
};

/// What App gives the area; all of it outlives the area.
struct WorkbenchParts {
    asio::io_context& io;
    asio::thread_pool& pool;
    store::Database& database;
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

    Accounts& accounts() { return *accounts_; }
    WorkbenchPages& pages() { return pages_; }

private:
    Workbench(WorkbenchParts parts, std::unique_ptr<Accounts> accounts);
    PageSources page_sources();

    std::unique_ptr<Accounts> accounts_;
    WorkbenchPages pages_;
};

} // namespace pix::workbench
