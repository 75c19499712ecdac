#pragma once
#include <vector>

#include "core/http/route.h"

namespace pix::workbench {
class Accounts;
}

namespace pix::app {

/// Signing in, keys and what belongs to the account: of the workbench door, at its root.
std::vector<http::Route> account_routes(workbench::Accounts* accounts);

} // namespace pix::app
