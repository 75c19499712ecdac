#pragma once
#include <memory>
#include <string>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/events/live_stream.h"
#include "core/jobs/worker.h"
#include "core/process/supervisor.h"
#include "tools/tool_catalog.h"
#include "tools/tool_environment.h"

namespace pix::tools {

/// Installs what a tool requires into its own folder: the only thing of the tools area that downloads, and only when a
/// person asked for it. Each installation is a job of kind "tool_install", retried once after a crash; its log is the
/// live stream "job-log/<job id>".
///
/// Runs on: the io thread.
class Installer {
public:
    static constexpr const char* job_kind = "tool_install";

    Installer(jobs::Queue& queue, jobs::Worker& worker, process::Supervisor& supervisor, events::LiveStreams& streams,
              ToolCatalog& catalog, Variables environment);

    /// Enqueues it. Errors: Errc::not_found, Errc::invalid (the tool has nothing that could be installed).
    awaitable<core::Result<jobs::JobId>> install(std::string tool_id, core::Actor actor);

private:
    /// One program of an installation.
    struct Step {
        std::vector<std::string> argv;
    };
    core::Result<std::vector<Step>> steps_for(const CatalogTool& tool) const;
    awaitable<core::Result<std::string>> run(std::shared_ptr<jobs::JobContext> context);
    awaitable<core::Result<void>> run_step(std::shared_ptr<jobs::JobContext> context,
                                           std::shared_ptr<events::LiveStream> log, std::string folder, Step step);

    jobs::Queue& queue_;
    process::Supervisor& supervisor_;
    events::LiveStreams& streams_;
    ToolCatalog& catalog_;
    Variables environment_;
};

} // namespace pix::tools
