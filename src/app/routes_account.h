#pragma once
#include <boost/json.hpp>
#include <vector>

#include "core/http/route.h"

namespace pix::workbench {
class Accounts;
}

namespace pix::app {

/// Signing in, keys and what belongs to the account: of the workbench door, at its root.
std::vector<http::Route> account_routes(workbench::Accounts* accounts);

/// What the workbench door's document says of credentials: the schemes by name, and that any one of them is enough.
boost::json::object workbench_security_schemes();
boost::json::array workbench_security();

} // namespace pix::app
