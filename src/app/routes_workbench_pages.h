#pragma once
#include <vector>

#include "core/http/route.h"
#include "workbench/pages/pages.h"

namespace pix::app {

/// The pages of the workbench door, for its mount "".
std::vector<http::Route> workbench_page_routes(workbench::WorkbenchPages* pages);

} // namespace pix::app
