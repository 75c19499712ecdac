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
#include "core/base/error.h"
#include "core/http/client.h"
#include "core/process/supervisor.h"
#include "tools/launcher.h"
#include "tools/reference_fixture.h"
#include "tools/run_plan.h"
#include "tools/tool_catalog.h"
#include "tools/validation_report.h"

namespace pix::tools {

struct ValidationOptions {
    bool reference_only = false;       ///< checks 8 to 10 are skipped
    std::vector<std::string> fixtures; ///< names, stems or globs; empty: all
    std::vector<std::string> tags;     ///< any shared one; empty: all
};

struct ValidatorConfig {
    std::filesystem::path scratch_folder; ///< artefacts of sample runs go below it and are removed afterwards
    std::size_t response_bytes = 256UL * 1024 * 1024;
    std::chrono::milliseconds stop_grace = std::chrono::seconds(5);
};

/// Looks a tool over: reads its files, starts it apart from the warm one, runs it with sample inputs. Changes nothing
/// in its folder but a `.venv` that needs no download, and installs nothing.
///
/// Runs on: the io thread; files on the pool. One validation of a tool at a time, the others wait.
/// Owns:    the process it starts, until the validation ends.
/// Source:  contract 5.
class Validator {
public:
    Validator(asio::any_io_executor executor, asio::thread_pool& pool, Launcher& launcher,
              process::Supervisor& supervisor, http::LocalClient& client, const core::Clock& clock,
              ValidatorConfig config);

    awaitable<ValidationReport> validate(std::shared_ptr<const CatalogTool> tool, RunPlan plan,
                                         ValidationOptions options = {});

private:
    struct Work;

    awaitable<void> inspect(std::shared_ptr<Work> work);
    awaitable<void> exercise(std::shared_ptr<Work> work);
    awaitable<void> check_venv(std::shared_ptr<Work> work);
    awaitable<void> check_spawn(std::shared_ptr<Work> work);
    awaitable<void> check_sample_run(std::shared_ptr<Work> work);
    awaitable<void> check_stream(std::shared_ptr<Work> work);
    awaitable<void> check_fixtures(std::shared_ptr<Work> work);
    awaitable<void> check_shutdown(std::shared_ptr<Work> work);
    awaitable<core::Result<http::ClientResponse>> post_run(std::shared_ptr<Work> work, std::string run_id,
                                                           json::object inputs, std::chrono::milliseconds limit);

    asio::any_io_executor executor_;
    asio::thread_pool& pool_;
    Launcher& launcher_;
    process::Supervisor& supervisor_;
    http::LocalClient& client_;
    const core::Clock& clock_;
    ValidatorConfig config_;
    std::map<std::string, std::shared_ptr<asio::steady_timer>> busy_; ///< cancelled when that tool's validation ends
};

} // namespace pix::tools
