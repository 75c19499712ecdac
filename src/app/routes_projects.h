#pragma once
#include <vector>

#include "core/http/route.h"
#include "workbench/project/project.h"

namespace pix::app {

/// The rows of projects, conversations and search, for the workbench door. `projects` outlives the router.
std::vector<http::Route> projects_routes(workbench::Projects* projects);

} // namespace pix::app
