#pragma once
#include <memory>

#include "core/http/request.h"
#include "core/http/response.h"
#include "workbench/project/project.h"

namespace pix::workbench {

/// GET /api/usage and {projectName}/usage?after=&before=&provider=: {days, models, total}; tokens, answers, and costs
/// where agents have recorded them.
awaitable<core::Result<http::Response>> show_usage(std::shared_ptr<http::Request> request, Projects& projects);

} // namespace pix::workbench
