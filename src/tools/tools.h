#pragma once
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/async.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/events/live_stream.h"
#include "core/http/client.h"
#include "core/http/frame.h"
#include "core/jobs/queue.h"
#include "core/jobs/worker.h"
#include "core/process/supervisor.h"
#include "core/store/database.h"
#include "tools/artefact_folder.h"
#include "tools/launcher.h"
#include "tools/run_plan.h"
#include "tools/run_service.h"
#include "tools/tool_catalog.h"
#include "tools/tools_api.h"
#include "tools/validation_report.h"
#include "tools/validator.h"

namespace pix::tools {

struct ToolsConfig {
    std::filesystem::path tools_dir;
    std::filesystem::path artefacts_root;
    std::filesystem::path cache_folder;
    Variables environment; ///< the server's own
    bool developer_mode = false;
    int warm_keep_max = 5;
    std::chrono::seconds warm_keep{300};
    std::uint64_t artefact_bytes_per_run = 10ULL << 30;
    std::size_t artefacts_per_run = 10'000;
    std::size_t inline_output_bytes = 65'536;
    std::size_t response_bytes = 256UL << 20;
    bool validate_at_start = true; ///< tools without a report, or changed since, in the background
};

/// What App gives the area; all of it outlives the area.
struct ToolsParts {
    asio::io_context& io;
    asio::thread_pool& pool;
    store::Database& database;
    jobs::Queue& queue;
    jobs::Worker& worker;
    events::LiveStreams& streams;
    process::Supervisor& supervisor;
    http::PageFrame& frame;
    const core::Clock& clock;
};

/// The tools area: its catalog, launcher, runs and validator.
///
/// Runs on: the io thread.
/// Owns:    all tool processes until stop() has returned.
class Tools final : public ToolsApi {
public:
    Tools(ToolsParts parts, ToolsConfig config);
    ~Tools() override;

    /// Reads the catalog and what the database remembers of it. Blocking: at start, before the io thread runs.
    core::Result<void> open();
    /// Watches the folder, sweeps and validates in the background until stop(). Run it as a task.
    awaitable<void> run();
    /// Cancels runs, stops tools.
    awaitable<void> stop();

    ToolCatalog& catalog() { return catalog_; }
    Launcher& launcher() { return launcher_; }
    RunService& runs() { return runs_; }
    Validator& validator() { return validator_; }
    http::LocalClient& client() { return client_; }
    http::PageFrame& frame() { return parts_.frame; }
    store::Database& database() { return parts_.database; }
    asio::thread_pool& pool() { return parts_.pool; }
    const core::Clock& clock() const { return parts_.clock; }
    const ToolsConfig& config() const { return config_; }

    RunPlan plan_for(const CatalogTool& tool) const;
    /// running (alive and in use or not), dormant, or failed (tool.json unusable).
    std::string status_of(const CatalogTool& tool) const;
    ValidationSummary validation_of(const std::string& tool_id) const;
    std::optional<ToolState> state_of(const std::string& tool_id) const;
    awaitable<core::Result<json::object>> last_inputs(std::string tool_id);
    /// Validates and remembers the report for lists.
    awaitable<core::Result<ValidationReport>> validate(std::shared_ptr<const CatalogTool> tool);

    std::vector<ToolSummary> list() const override;
    core::Result<json::value> schema(const std::string& tool_id) const override;
    awaitable<core::Result<ToolRunOutcome>> run(std::string tool_id, json::object inputs, core::Actor actor) override;
    std::uint64_t version() const override { return catalog_.version(); }

private:
    awaitable<void> keep_retention();
    awaitable<void> queue_validations();
    /// The pages of the tools that have a validation waiting or running.
    awaitable<core::Result<std::set<std::string>>> queued_validations();
    bool needs_validation(const CatalogTool& tool) const;
    awaitable<core::Result<std::string>> run_validation_job(std::shared_ptr<jobs::JobContext> context);

    ToolsParts parts_;
    ToolsConfig config_;
    http::LocalClient client_;
    ToolCatalog catalog_;
    Launcher launcher_;
    RunService runs_;
    Validator validator_;
    std::map<std::string, ToolState> states_;
    std::map<std::string, ToolOverrides> overrides_;
    std::map<std::string, ValidationSummary> validations_;
    asio::steady_timer timer_;
    bool stopping_ = false;
};

} // namespace pix::tools
