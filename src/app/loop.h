#pragma once
#include <boost/asio/io_context.hpp>

#include "core/base/async.h"

namespace pix::app {

/// Runs handlers until the loop is stopped or out of work. A debug build logs every handler that holds the loop for
/// more than 20 ms: all clients wait meanwhile, so that work belongs on a pool.
void run_loop(asio::io_context& io);

} // namespace pix::app
