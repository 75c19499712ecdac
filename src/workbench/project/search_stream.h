#pragma once
#include <memory>

#include "core/http/event_stream.h"
#include "workbench/project/project.h"

namespace pix::workbench {

/// Sends a search as events: first what the index has, then what is found in files that are not indexed yet, ten
/// projects at a time. `result` tells the conversations of one project, `progress` how many have been looked at, `done`
/// or `error` the end. Stops when the client goes, and after 20 seconds.
awaitable<void> stream_search(std::shared_ptr<http::EventWriter> writer, Projects& projects, SearchQuery query,
                              std::size_t limit);

} // namespace pix::workbench
