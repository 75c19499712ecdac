#pragma once
#include <vector>

#include "core/http/route.h"

namespace pix::workbench {
class Git;
}

namespace pix::app {

/// The routes below /api/git of the workbench's door.
std::vector<http::Route> git_routes(workbench::Git* git);

} // namespace pix::app
