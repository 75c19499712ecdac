#include "app/runs_page.h"

#include <cstdio>

#include "core/base/text.h"
#include "core/http/door.h"

namespace pix::app {

namespace json = boost::json;
using core::Errc;
using core::fail;

namespace {

std::string_view badge_of(jobs::JobState state)
{
    switch (state) {
    case jobs::JobState::waiting: return "neutral";
    case jobs::JobState::running: return "info";
    case jobs::JobState::succeeded: return "good";
    case jobs::JobState::failed: return "bad";
    case jobs::JobState::cancelled: return "attention";
    }
    return "neutral";
}

std::string state_text(const http::Request& request, const PageFrame& frame, const jobs::Job& job)
{
    if (job.cancel_requested && !jobs::is_final(job.state)) return frame.text_for(request, "state.cancelling");
    return frame.text_for(request, "state." + std::string(jobs::name_of(job.state)));
}

std::string took(const jobs::Job& job, core::Millis now)
{
    if (!job.started_at) return {};
    return duration_text(job.finished_at.value_or(now) - *job.started_at);
}

json::array choices(const http::Request& request, std::span<const std::string_view> values, std::string_view selected,
                    const PageFrame& frame, const std::string& prefix)
{
    json::array list;
    for (auto const value : values)
        list.push_back(json::object{{"value", value},
                                    {"label", frame.text_for(request, prefix + std::string(value))},
                                    {"selected", value == selected}});
    return list;
}

constexpr std::array<std::string_view, 5> state_values{"waiting", "running", "succeeded", "failed", "cancelled"};
constexpr std::array<std::string_view, 4> area_values{"tools", "workbench", "security", "orchestration"};

} // namespace

std::string duration_text(std::int64_t millis)
{
    millis = std::max<std::int64_t>(millis, 0);
    char text[64];
    if (millis < 1000)
        std::snprintf(text, sizeof text, "%d ms", static_cast<int>(millis));
    else if (millis < 60'000)
        std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(millis) / 1000);
    else if (millis < 3'600'000)
        std::snprintf(text, sizeof text, "%d min %d s", static_cast<int>(millis / 60'000),
                      static_cast<int>(millis / 1000 % 60));
    else
        std::snprintf(text, sizeof text, "%d h %d min", static_cast<int>(millis / 3'600'000),
                      static_cast<int>(millis / 60'000 % 60));
    return text;
}

std::string area_link(const http::Request& request, std::string_view area, std::string_view link)
{
    if (link.empty()) return {};
    std::string const base = request.door().options().base_path;
    bool const own = request.door().kind() == http::DoorKind::tools || area == "workbench";
    return base + (own ? std::string() : "/" + std::string(area)) + std::string(link);
}

json::object run_row_view(const http::Request& request, const PageFrame& frame, const jobs::Job& job, core::Millis now)
{
    std::string const base = request.door().options().base_path;
    std::string const self = base + "/runs/" + job.id.text();
    core::Millis const began = job.started_at.value_or(job.created_at);
    json::object row{{"id", job.id.text()},
                     {"badge", badge_of(job.state)},
                     {"state_text", state_text(request, frame, job)},
                     {"link", self},
                     {"title", job.title},
                     {"note", core::shorten(!job.message.empty() ? job.message : job.progress_text, 160)},
                     {"area_label", frame.text_for(request, "area." + job.area)},
                     {"duration", took(job, now)},
                     {"started_at", core::iso_time(began)},
                     {"started_text", core::iso_time(began)}};
    if (job.progress && job.state == jobs::JobState::running)
        row["progress"] = std::to_string(static_cast<int>(*job.progress * 100)) + " %";
    if (!jobs::is_final(job.state))
        row["cancel_link"] = self + "/cancel";
    else
        row["repeat_link"] = self + "/repeat";
    return row;
}

RunsQuery RunsQuery::of(const http::Request& request)
{
    RunsQuery query;
    query.text = core::shorten(request.query("text").value_or(""), 200);
    query.state = request.query("state").value_or("");
    query.area = request.query("area").value_or("");
    query.cursor = request.query("cursor").value_or("");
    return query;
}

core::Result<jobs::JobFilter> RunsQuery::filter(const http::Request& request) const
{
    jobs::JobFilter filter;
    filter.text = text;
    filter.area = area;
    // The tools door shows tools only.
    if (request.door().kind() == http::DoorKind::tools) filter.area = "tools";
    if (!state.empty()) {
        auto const known = jobs::job_state_of(state);
        if (!known) return fail(Errc::unprocessable, "state: there is no state \"" + core::shorten(state, 40) + "\"");
        filter.states.push_back(*known);
    }
    return filter;
}

std::string RunsQuery::with_cursor(std::string_view other) const
{
    std::string result;
    auto const add = [&](const char* name, std::string_view value) {
        if (value.empty()) return;
        result += result.empty() ? '?' : '&';
        result += name;
        result += '=';
        result += core::percent_encode(value);
    };
    add("text", text);
    add("state", state);
    add("area", area);
    add("cursor", other);
    return result;
}

json::object runs_view(const http::Request& request, const PageFrame& frame, const RunsQuery& query,
                       const jobs::JobPage& page, std::int64_t live_after, core::Millis now)
{
    std::string const runs = request.door().options().base_path + "/runs";
    json::array rows;
    for (auto const& job : page.jobs) rows.push_back(run_row_view(request, frame, job, now));
    json::array areas;
    if (request.door().kind() != http::DoorKind::tools)
        areas = choices(request, area_values, query.area, frame, "area.");
    return {{"links", PageFrame::links(request)},
            {"filter_text", query.text},
            {"states", choices(request, state_values, query.state, frame, "state.")},
            {"area_options", std::move(areas)},
            {"has_rows", !rows.empty()},
            {"rows", std::move(rows)},
            {"newest", query.cursor.empty() ? std::string() : runs + query.with_cursor("")},
            {"older", page.next.empty() ? std::string() : runs + query.with_cursor(page.next)},
            {"filtered", query.is_filtered()},
            {"live_after", live_after},
            {"reload", runs + "/list" + query.with_cursor(query.cursor)}};
}

json::object run_view(const http::Request& request, const PageFrame& frame, const jobs::Job& job,
                      std::int64_t live_after, bool has_log, core::Millis now)
{
    json::object view = run_row_view(request, frame, job, now);
    std::string const self = request.door().options().base_path + "/runs/" + job.id.text();
    view["open_link"] = area_link(request, job.area, job.link);
    view["message"] = job.message;
    view["kind"] = job.kind;
    view["actor"] = job.actor.id.empty() ? job.actor.kind : job.actor.kind + " " + job.actor.id;
    view["attempt"] = std::to_string(job.attempt) + " / " + std::to_string(job.max_attempts);
    view["live_after"] = live_after;
    view["reload"] = self;
    if (has_log) {
        view["log_url"] = self + "/log";
        view["log_stream"] = "job-log/" + job.id.text();
    }
    return view;
}

} // namespace pix::app
