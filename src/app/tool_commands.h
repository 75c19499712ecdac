#pragma once
#include "app/control.h"
#include "core/jobs/job.h"
#include "tools/installer.h"
#include "tools/tools.h"

namespace pix::app {

/// tools.list, tools.validate, tools.install, tools.logs, tools.stop: what `pix tools` asks the running server.
ControlCommands tool_commands(tools::Tools& tools, tools::Installer& installer);

/// The same tool with the same inputs once more; the page of the new run.
awaitable<core::Result<std::string>> repeat_tool_run(tools::Tools& tools, jobs::Job job, core::Actor actor);

} // namespace pix::app
