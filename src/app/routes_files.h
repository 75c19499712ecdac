#pragma once
#include <vector>

#include "core/http/route.h"
#include "workbench/file/files.h"

namespace pix::app {

/// The rows of the files area, for the workbench door. `files` outlives the router.
std::vector<http::Route> files_routes(workbench::Files* files);

} // namespace pix::app
