#pragma once
#include <boost/json.hpp>
#include <string>

#include "app/config.h"

namespace pix::cli {

/// Asks the running server of the home, or, when none runs, opens the store under the home's lock and asks there.
/// Blocks. Errors: as the command; Errc::unavailable when neither is possible.
core::Result<boost::json::value> ask_data(const app::Config& config, const std::string& command,
                                          const boost::json::object& arguments);

/// The same for commands that only a running server can answer.
core::Result<boost::json::value> ask_running_server(const app::Config& config, const std::string& command,
                                                    const boost::json::object& arguments,
                                                    std::chrono::milliseconds deadline = std::chrono::seconds(30));

} // namespace pix::cli
