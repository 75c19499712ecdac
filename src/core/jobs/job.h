#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/actor.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/id.h"
#include "core/base/json.h"

namespace pix::jobs {

namespace json = core::json;

struct JobTag {
    static constexpr std::string_view prefix = "job_";
};
using JobId = core::Id<JobTag>;

/// One server or worker process that runs jobs; a new one each time it starts.
struct WorkerTag {
    static constexpr std::string_view prefix = "worker_";
};
using WorkerId = core::Id<WorkerTag>;

enum class JobState { waiting, running, succeeded, failed, cancelled };

/// "waiting", "running" and so on, as tables and the wire have it.
std::string_view name_of(JobState state);
std::optional<JobState> job_state_of(std::string_view name);
/// True for succeeded, failed and cancelled: such a job never changes again.
bool is_final(JobState state);

/// What becomes of a running job whose server is gone.
enum class OnLoss {
    fail,  ///< it fails with JobSpec::lost_message
    retry, ///< it waits again while attempts are left, then fails
};

/// What to run, and how.
struct JobSpec {
    std::string kind;  ///< which handler runs it, e.g. "tool_run"
    std::string title; ///< one line for people
    std::string area;  ///< tools | workbench | security | orchestration
    std::string link;  ///< mount-relative page of what runs; may be empty
    json::value payload{};
    core::Actor actor{};
    core::Millis run_after = 0;            ///< not before this time; 0 is at once
    int priority = 0;                      ///< higher runs first
    std::chrono::milliseconds deadline{0}; ///< longest time of one attempt; 0 is none
    int max_attempts = 1;
    OnLoss on_loss = OnLoss::fail;
    std::string lost_message = "the server stopped";
    std::optional<JobId> parent{};
    std::optional<JobId> repeat_of{};
};

/// A job as it is stored.
struct Job {
    JobId id;
    std::string kind, title, area, link;
    JobState state = JobState::waiting;
    std::string message;            ///< why it failed, or what came of it
    std::optional<double> progress; ///< 0 to 1
    std::string progress_text;
    core::Actor actor;
    int priority = 0;
    core::Millis run_after = 0;
    std::chrono::milliseconds deadline{0};
    int attempt = 0; ///< 1 for the first run
    int max_attempts = 1;
    std::int64_t epoch = 0; ///< grows with every claim and every loss; a write with an older one is refused
    OnLoss on_loss = OnLoss::fail;
    std::string lost_message;
    std::optional<WorkerId> worker;
    std::optional<core::Millis> lease_until;
    bool cancel_requested = false;
    std::optional<JobId> parent, repeat_of;
    core::Millis created_at = 0;
    std::optional<core::Millis> started_at, finished_at;
    json::value payload; ///< filled by load and claim; null in lists
};

/// What the Runs page and `pix jobs list` ask for; empty fields ask for everything.
struct JobFilter {
    std::string area;
    std::string kind;
    std::vector<JobState> states;
    std::string text; ///< part of the title, without regard to ASCII case
};

/// One page of a list, newest first.
struct JobPage {
    std::vector<Job> jobs;
    std::string next; ///< cursor of the next page; empty at the end
};

/// A job as events and `pix jobs --output json` show it: never the payload.
json::object to_json(const Job& job);

} // namespace pix::jobs
