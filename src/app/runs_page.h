#pragma once
#include "app/page_frame.h"
#include "core/jobs/job.h"

namespace pix::app {

/// What one job looks like in the list: the view of run_row.html. Links are those of the request's door.
core::json::object run_row_view(const http::Request& request, const PageFrame& frame, const jobs::Job& job,
                                core::Millis now);

/// The view of runs_list.html and, with the filter's choices, of runs.html.
struct RunsQuery {
    std::string text, state, area, cursor;

    static RunsQuery of(const http::Request& request);
    /// Errors: Errc::unprocessable for a state that does not exist.
    core::Result<jobs::JobFilter> filter(const http::Request& request) const;
    /// "?text=…&state=…" with the given cursor instead of its own.
    std::string with_cursor(std::string_view other) const;
    bool is_filtered() const { return !text.empty() || !state.empty() || !area.empty(); }
};
core::json::object runs_view(const http::Request& request, const PageFrame& frame, const RunsQuery& query,
                             const jobs::JobPage& page, std::int64_t live_after, core::Millis now);

/// The view of run.html.
core::json::object run_view(const http::Request& request, const PageFrame& frame, const jobs::Job& job,
                            std::int64_t live_after, bool has_log, core::Millis now);

/// Where an area's mount-relative page is at the request's door.
std::string area_link(const http::Request& request, std::string_view area, std::string_view link);

/// "1.2 s", "3 min 4 s", "2 h 5 min".
std::string duration_text(std::int64_t millis);

} // namespace pix::app
