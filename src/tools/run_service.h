#pragma once
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/actor.h"
#include "core/base/async.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/events/live_stream.h"
#include "core/http/client.h"
#include "core/jobs/queue.h"
#include "core/jobs/worker.h"
#include "core/store/database.h"
#include "tools/artefact_folder.h"
#include "tools/launcher.h"
#include "tools/run.h"
#include "tools/run_plan.h"
#include "tools/run_store.h"
#include "tools/tool_call.h"
#include "tools/tool_catalog.h"

namespace pix::tools {

/// What somebody wants to run.
struct RunRequest {
    std::shared_ptr<const CatalogTool> tool; ///< with a schema
    RunPlan plan;
    json::object inputs;
    std::vector<RunFile> files;
    core::Actor actor;
    std::string run_id; ///< a UUID that whoever asks has chosen, so that it can cancel at once; empty: a new one
};

/// How a run ended.
struct RunResult {
    RunStatus status = RunStatus::ok;
    json::object outputs; ///< media and large values as references, see ArtefactFolder::spill
    RunFailure failure;   ///< of status error
    bool stored = true;   ///< false: the database refused it; `failure` says so
};

/// A run in flight. Shared by the service and everybody who waits for it.
struct ActiveRun {
    ActiveRun(const asio::any_io_executor& executor, RunRequest wanted);

    std::string id;
    RunRequest request;
    std::string inputs_text; ///< JSON of the inputs
    core::Millis started_at = 0;
    std::shared_ptr<jobs::JobContext> job;
    bool streamed = false; ///< events go to `live` while it runs
    std::shared_ptr<events::LiveStream> live;

    bool cancel_requested = false;
    bool server_stopping = false;
    bool process_stopped = false; ///< cancelling needed the process to be stopped
    std::string limit_hit;        ///< why Pix ended the run itself, e.g. too many bytes of artefacts
    bool at_tool = false;         ///< the tool has been asked; before, cancelling is immediate
    std::uint16_t port = 0;       ///< the tool's while at_tool
    std::shared_ptr<http::Cancellation> cancellation = std::make_shared<http::Cancellation>();

    std::optional<RunResult> result;
    asio::steady_timer done; ///< cancelled when `result` is there
    asio::steady_timer turn; ///< cancelled when it is this run's turn
    bool has_turn = false;
};

struct RunServiceConfig {
    std::size_t response_bytes = 256UL * 1024 * 1024;
    std::chrono::milliseconds soft_cancel{5000}; ///< for the tool to take /cancel, and again for the run to end
    std::chrono::milliseconds watch_files{1000}; ///< how often the artefact folder is measured
    std::size_t max_active = 1000;
    std::size_t max_queued = 100; ///< runs that wait for one tool that takes one at a time
};

/// How cancelling went.
enum class CancelOutcome { not_running, ended, process_stopped };

/// Runs tools: accepts, executes, stores, cancels. Every run is a row and a job, changed together.
///
/// Runs on: the io thread; JSON and files on the pool, rows on the store's threads.
/// Owns:    the runs in flight until stop() has returned.
/// Errors:  of start(): Errc::limit (too many runs), and those of the store: nothing is then half stored.
/// Source:  contract 1.4.1, 1.4.5, 3.2 to 3.6, 6.2 to 6.5.
class RunService {
public:
    RunService(asio::any_io_executor executor, asio::thread_pool& pool, store::Database& database, jobs::Queue& queue,
               jobs::Worker& worker, events::LiveStreams& streams, Launcher& launcher, http::LocalClient& client,
               ArtefactFolder artefacts, const core::Clock& clock, RunServiceConfig config);

    /// Stores the run and lets it go; whoever asked may go away.
    awaitable<core::Result<std::shared_ptr<ActiveRun>>> start(RunRequest request);
    /// Waits for the end.
    awaitable<void> wait(std::shared_ptr<ActiveRun> run);
    std::shared_ptr<ActiveRun> find(const std::string& run_id) const;
    /// Runs of a tool that have not ended.
    std::size_t active_runs(const std::string& tool_id) const;

    /// Asks the tool, waits, stops its process if need be.
    awaitable<CancelOutcome> cancel(std::string tool_id, std::string run_id);

    /// Cancels everything and waits until all rows say so; no run is accepted any more.
    awaitable<void> stop();

    /// The events of a streamed run, also of one that has ended; null if there are none.
    std::shared_ptr<events::LiveStream> events_of(const std::string& run_id);

    /// The outputs of a finished run with large values read back from their files. References to media stay.
    awaitable<core::Result<json::object>> restored_outputs(std::string run_id, json::object outputs);

    /// Removes the runs of a tool that its retention does not keep, with their files; how many.
    awaitable<core::Result<std::size_t>> prune(std::string tool_id, std::int64_t keep);

    store::Database& database() { return database_; }
    const ArtefactFolder& artefacts() const { return artefacts_; }

private:
    /// What executing came to, before it is stored.
    struct Outcome {
        static Outcome cancelled();
        static Outcome failed(RunFailure failure);

        RunStatus status = RunStatus::ok;
        json::object outputs;
        RunFailure failure;
        std::vector<SpilledValue> spilled;
        std::vector<Artefact> files;
        bool unreachable = false; ///< the tool never got the request
    };

    awaitable<void> execute(std::shared_ptr<ActiveRun> run);
    awaitable<Outcome> perform(std::shared_ptr<ActiveRun> run);
    awaitable<Outcome> call_tool(std::shared_ptr<ActiveRun> run, std::shared_ptr<WarmTool> tool,
                                 std::filesystem::path folder);
    awaitable<Outcome> relay(std::shared_ptr<ActiveRun> run, std::shared_ptr<WarmTool> tool, Outcome initial,
                             std::chrono::steady_clock::time_point until);
    awaitable<Outcome> broken(std::shared_ptr<ActiveRun> run, std::shared_ptr<WarmTool> tool, core::Error error,
                              std::chrono::milliseconds limit);
    awaitable<core::Result<json::object>> read_outputs(int status, std::string body);
    awaitable<Outcome> digest(std::shared_ptr<ActiveRun> run, Outcome outcome);
    awaitable<void> conclude(std::shared_ptr<ActiveRun> run, Outcome outcome);
    awaitable<void> finish_later(std::string run_id, std::shared_ptr<jobs::JobContext> job, std::string message);
    awaitable<void> ask_to_cancel(std::shared_ptr<ActiveRun> run, std::chrono::milliseconds timeout);
    awaitable<void> guard_files();
    awaitable<void> wait_at_most(std::shared_ptr<ActiveRun> run, std::chrono::milliseconds timeout);
    awaitable<bool> take_turn(std::shared_ptr<ActiveRun> run);
    void pass_turn(const std::shared_ptr<ActiveRun>& run);
    void publish(std::shared_ptr<ActiveRun> run, RunResult result);

    asio::any_io_executor executor_;
    asio::thread_pool& pool_;
    store::Database& database_;
    jobs::Queue& queue_;
    jobs::Worker& worker_;
    events::LiveStreams& streams_;
    Launcher& launcher_;
    http::LocalClient& client_;
    ArtefactFolder artefacts_;
    const core::Clock& clock_;
    RunServiceConfig config_;
    std::map<std::string, std::shared_ptr<ActiveRun>> active_;
    std::map<std::string, std::deque<std::shared_ptr<ActiveRun>>> turns_; ///< first has it, the others wait
    std::map<std::string, std::size_t> remembered_inputs_;                ///< hashes of what tool_state holds
    bool guarding_ = false;
    bool stopping_ = false;
};

} // namespace pix::tools
