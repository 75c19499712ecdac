#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "app/page_frame.h"
#include "core/events/journal.h"
#include "core/events/live_stream.h"
#include "core/http/request.h"
#include "core/http/response.h"
#include "core/jobs/queue.h"

namespace pix::app {

/// Runs a finished job of one kind once more; the mount-relative page of the new one.
using Repeat = std::function<awaitable<core::Result<std::string>>(jobs::Job job, core::Actor actor)>;

/// What the Runs pages work with.
struct RunsPages {
    jobs::Queue& queue;
    events::Journal& journal;
    events::LiveStreams& streams;
    PageFrame& frame;
    const core::Clock& clock;
    std::map<std::string, Repeat> repeats; ///< by kind; other kinds are enqueued again as they were
};

using Reply = awaitable<core::Result<http::Response>>;

Reply show_runs(std::shared_ptr<http::Request> request, RunsPages& pages);
Reply show_runs_list(std::shared_ptr<http::Request> request, RunsPages& pages);
Reply show_run(std::shared_ptr<http::Request> request, RunsPages& pages);
Reply show_run_log(std::shared_ptr<http::Request> request, RunsPages& pages);
Reply cancel_run(std::shared_ptr<http::Request> request, RunsPages& pages);
Reply repeat_run(std::shared_ptr<http::Request> request, RunsPages& pages);

} // namespace pix::app
