#include "core/jobs/job.h"

#include <array>

namespace pix::jobs {

namespace {

constexpr std::array<std::string_view, 5> state_names{"waiting", "running", "succeeded", "failed", "cancelled"};

} // namespace

std::string_view name_of(JobState state)
{
    return state_names.at(static_cast<std::size_t>(state));
}

std::optional<JobState> job_state_of(std::string_view name)
{
    for (std::size_t i = 0; i < state_names.size(); ++i) {
        if (state_names[i] == name) return static_cast<JobState>(i);
    }
    return std::nullopt;
}

bool is_final(JobState state)
{
    return state == JobState::succeeded || state == JobState::failed || state == JobState::cancelled;
}

json::object to_json(const Job& job)
{
    json::object out{
        {"id", job.id.text()},
        {"kind", job.kind},
        {"area", job.area},
        {"title", job.title},
        {"link", job.link},
        {"state", name_of(job.state)},
        {"message", job.message},
        {"progress", nullptr},
        {"progress_text", job.progress_text},
        {"attempt", job.attempt},
        {"max_attempts", job.max_attempts},
        {"cancel_requested", job.cancel_requested},
        {"actor", json::object{{"kind", job.actor.kind}, {"id", job.actor.id}}},
        {"parent", nullptr},
        {"repeat_of", nullptr},
        {"run_after", job.run_after},
        {"created_at", job.created_at},
        {"started_at", nullptr},
        {"finished_at", nullptr},
    };
    if (job.progress) out["progress"] = *job.progress;
    if (job.parent) out["parent"] = job.parent->text();
    if (job.repeat_of) out["repeat_of"] = job.repeat_of->text();
    if (job.started_at) out["started_at"] = *job.started_at;
    if (job.finished_at) out["finished_at"] = *job.finished_at;
    return out;
}

} // namespace pix::jobs
