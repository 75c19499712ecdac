#include "tools/run_service.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <fstream>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/text.h"

namespace pix::tools {

namespace {

using core::Errc;
using core::fail;
using core::Result;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr auto poll_every = milliseconds(25);
constexpr std::size_t small_body = 64 * 1024;

RunFailure failure_of(const LaunchFailure& launch)
{
    RunFailure failure;
    switch (launch.kind) {
    case LaunchFailure::venv: failure.kind = ErrorKind::venv; break;
    case LaunchFailure::spawn: failure.kind = ErrorKind::spawn; break;
    case LaunchFailure::timeout: failure.kind = ErrorKind::timeout; break;
    }
    failure.message = launch.error.message;
    failure.hint = launch.error.hint;
    failure.detail = launch.stderr_tail;
    return failure;
}

core::Result<json::value> read_json_file(const std::filesystem::path& path, std::size_t max_bytes)
{
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) return fail(Errc::gone, "the artefact's file is no longer there");
    auto const size = static_cast<std::size_t>(file.tellg());
    if (size > max_bytes) return fail(Errc::too_large, "the artefact is too large to be shown");
    std::string text(size, '\0');
    file.seekg(0);
    file.read(text.data(), static_cast<std::streamsize>(size));
    core::JsonLimits const limits{.max_bytes = max_bytes, .max_depth = 200};
    return core::parse_json(text, limits);
}

} // namespace

ActiveRun::ActiveRun(const asio::any_io_executor& executor, RunRequest wanted)
    : request(std::move(wanted)), done(executor, Steady::time_point::max()), turn(executor, Steady::time_point::max())
{}

RunService::Outcome RunService::Outcome::cancelled()
{
    Outcome outcome;
    outcome.status = RunStatus::cancelled;
    return outcome;
}

RunService::Outcome RunService::Outcome::failed(RunFailure failure)
{
    Outcome outcome;
    outcome.status = RunStatus::error;
    outcome.failure = std::move(failure);
    return outcome;
}

RunService::RunService(asio::any_io_executor executor, asio::thread_pool& pool, store::Database& database,
                       jobs::Queue& queue, jobs::Worker& worker, events::LiveStreams& streams, Launcher& launcher,
                       http::LocalClient& client, ArtefactFolder artefacts, const core::Clock& clock,
                       RunServiceConfig config)
    : executor_(std::move(executor)), pool_(pool), database_(database), queue_(queue), worker_(worker),
      streams_(streams), launcher_(launcher), client_(client), artefacts_(std::move(artefacts)), clock_(clock),
      config_(config)
{
    // A job that ends without its run (its server died, or it was cancelled from the command line) takes the run along.
    queue_.follow("tool_run", [this](store::Connection& tx, const jobs::Job& job) -> Result<void> {
        if (!jobs::is_final(job.state)) return {};
        RunEnd end;
        end.status = job.state == jobs::JobState::cancelled ? RunStatus::cancelled : RunStatus::error;
        end.finished_at = clock_.now();
        if (end.status == RunStatus::error) end.error_text = job.message;
        return run_store::finish_by_job(tx, job.id.text(), end);
    });
}

awaitable<Result<std::shared_ptr<ActiveRun>>> RunService::start(RunRequest request)
{
    if (stopping_) co_return fail(Errc::unavailable, "Pix is stopping");
    if (active_.contains(request.run_id)) co_return fail(Errc::conflict, "there is a run of that id already");
    if (active_.size() >= config_.max_active)
        co_return fail(Errc::limit, "too many runs at once; try again when some have ended");
    const std::string& tool_id = request.tool->id;
    if (!request.plan.concurrent) {
        auto const waiting = turns_.find(tool_id);
        if (waiting != turns_.end() && waiting->second.size() > config_.max_queued)
            co_return fail(Errc::limit, "too many runs wait for this tool, which takes one at a time");
    }

    auto run = std::make_shared<ActiveRun>(executor_, std::move(request));
    run->id = run->request.run_id.empty() ? core::uuid_v4() : run->request.run_id;
    run->started_at = clock_.now();
    run->inputs_text = core::to_text(run->request.inputs);
    run->streamed = run->request.tool->schema->is_streaming();

    Run row;
    row.id = run->id;
    row.tool_id = run->request.tool->id;
    row.started_at = run->started_at;
    row.inputs_json = run->inputs_text;
    if (row.inputs_json.size() > small_body) {
        std::vector<std::string> omitted;
        row.inputs_json = core::to_text(stored_inputs(run->request.inputs, omitted));
    }
    std::size_t const inputs_hash = std::hash<std::string>()(row.inputs_json);
    auto const known = remembered_inputs_.find(row.tool_id);
    bool const remember = known == remembered_inputs_.end() || known->second != inputs_hash;

    jobs::JobSpec spec;
    spec.kind = "tool_run";
    spec.title = run->request.tool->name;
    spec.area = "tools";
    spec.link = "/tool/" + core::percent_encode(row.tool_id) + "/runs/" + row.id;
    json::object payload;
    payload["run_id"] = row.id;
    payload["tool_id"] = row.tool_id;
    spec.payload = std::move(payload);
    spec.actor = run->request.actor;

    auto write = [this, row, spec, remember](store::Connection& tx) -> Result<jobs::JobId> {
        PIX_TRY(auto job_id, queue_.start(tx, spec, worker_.id()));
        Run with_job = row;
        with_job.job_id = job_id.text();
        PIX_CHECK(run_store::insert(tx, with_job));
        if (remember) PIX_CHECK(run_store::remember_inputs(tx, row.tool_id, row.inputs_json));
        return job_id;
    };
    // It is in `active_` before the row is there, so that the limits hold while the database is slow.
    active_.emplace(run->id, run);
    auto job_id = co_await database_.write(std::move(write));
    if (!job_id) {
        active_.erase(run->id);
        co_return std::unexpected(std::move(job_id).error());
    }
    remembered_inputs_[row.tool_id] = inputs_hash;

    jobs::Job job;
    job.id = *job_id;
    job.kind = spec.kind;
    job.title = spec.title;
    job.area = spec.area;
    job.link = spec.link;
    job.state = jobs::JobState::running;
    job.attempt = 1;
    job.epoch = 1;
    job.actor = spec.actor;
    job.worker = worker_.id();
    run->job = worker_.adopt(std::move(job));
    run->job->on_cancel([this, weak = std::weak_ptr(run)] {
        auto const held = weak.lock();
        if (held && !held->result) asio::co_spawn(executor_, cancel(held->request.tool->id, held->id), asio::detached);
    });
    if (run->streamed) run->live = streams_.open("tool-run/" + run->id, {});
    asio::co_spawn(executor_, execute(run), asio::detached);
    if (!guarding_) {
        guarding_ = true;
        asio::co_spawn(executor_, guard_files(), asio::detached);
    }
    co_return run;
}

awaitable<void> RunService::wait(std::shared_ptr<ActiveRun> run)
{
    while (!run->result) co_await run->done.async_wait(asio::as_tuple(asio::use_awaitable));
}

awaitable<void> RunService::wait_at_most(std::shared_ptr<ActiveRun> run, milliseconds timeout)
{
    asio::steady_timer pause(executor_);
    auto const until = Steady::now() + timeout;
    while (!run->result && Steady::now() < until) {
        pause.expires_after(poll_every);
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

std::shared_ptr<events::LiveStream> RunService::events_of(const std::string& run_id)
{
    if (auto const run = find(run_id)) return run->live;
    return streams_.find_spooled("tool-run/" + run_id);
}

std::shared_ptr<ActiveRun> RunService::find(const std::string& run_id) const
{
    auto const it = active_.find(run_id);
    return it == active_.end() ? nullptr : it->second;
}

std::size_t RunService::active_runs(const std::string& tool_id) const
{
    return static_cast<std::size_t>(std::count_if(
        active_.begin(), active_.end(), [&](const auto& entry) { return entry.second->request.tool->id == tool_id; }));
}

awaitable<void> RunService::execute(std::shared_ptr<ActiveRun> run)
{
    Outcome outcome;
    bool thrown = false;
    try {
        outcome = co_await perform(run);
        outcome = co_await digest(run, std::move(outcome));
    } catch (const std::exception& problem) {
        spdlog::error("run {}: {}", run->id, problem.what());
        thrown = true;
    }
    if (thrown) {
        RunFailure failure;
        failure.message = "Pix could not carry out the run; its log says why.";
        outcome = Outcome::failed(std::move(failure));
    }
    if (!run->request.plan.concurrent) pass_turn(run);
    co_await conclude(run, std::move(outcome));
}

awaitable<RunService::Outcome> RunService::perform(std::shared_ptr<ActiveRun> run)
{
    const RunPlan& plan = run->request.plan;
    if (!plan.concurrent) {
        bool const has_turn = co_await take_turn(run);
        if (!has_turn) co_return Outcome::cancelled();
    }
    auto make = [this, tool_id = run->request.tool->id, run_id = run->id] { return artefacts_.make(tool_id, run_id); };
    auto folder = co_await core::run_on(pool_, std::move(make));
    if (!folder) {
        RunFailure failure;
        failure.message = folder.error().message;
        co_return Outcome::failed(std::move(failure));
    }
    for (bool again = false;; again = true) {
        auto launched = co_await launcher_.ensure(plan.launch, run->cancellation);
        if (run->cancel_requested) co_return Outcome::cancelled();
        if (!launched) co_return Outcome::failed(failure_of(launched.error()));
        auto outcome = co_await call_tool(run, *launched, *folder);
        // It died between two runs, before it could be told of this one: a new process takes it.
        if (outcome.unreachable && (*launched)->dead && !again && !run->cancel_requested) continue;
        co_return outcome;
    }
}

awaitable<RunService::Outcome> RunService::call_tool(std::shared_ptr<ActiveRun> run, std::shared_ptr<WarmTool> tool,
                                                     std::filesystem::path folder)
{
    InFlight const mark(tool, run->id, clock_);
    const ToolSchema& schema = *run->request.tool->schema;
    auto const until = Steady::now() + run->request.plan.limit();
    run->at_tool = true;
    run->port = tool->port;

    bool const multipart = schema.input_transport == InputTransport::multipart;
    ToolCall call = multipart
                        ? multipart_call(run->id, schema, run->request.inputs, run->request.files, folder.string())
                        : json_call(run->id, run->request.inputs, run->inputs_text, folder.string());
    http::ClientRequest post;
    post.method = "POST";
    post.port = tool->port;
    post.target = "/run";
    post.headers.emplace_back("Content-Type", std::move(call.content_type));
    post.headers.emplace_back("X-Pixie-Run-Id", run->id);
    post.headers.emplace_back("X-Pixie-Artefacts-Dir", folder.string());
    post.body = std::move(call.body);
    post.deadline = run->request.plan.limit();
    post.max_body = config_.response_bytes;
    auto answer = co_await client_.request(std::move(post), run->cancellation);
    if (!answer) {
        bool const unreachable = answer.error().code == Errc::unavailable;
        auto outcome = co_await broken(run, tool, std::move(answer).error(), run->request.plan.limit());
        outcome.unreachable = unreachable;
        co_return outcome;
    }

    auto outputs = co_await read_outputs(answer->status, std::move(answer->body));
    if (!outputs) {
        RunFailure failure;
        failure.message = tool->mask.apply(std::move(outputs.error().message));
        failure.detail = tool->stderr_tail();
        co_return Outcome::failed(std::move(failure));
    }
    Outcome outcome;
    outcome.outputs = *std::move(outputs);
    if (schema.is_streaming() || schema.may_stream()) co_return co_await relay(run, tool, std::move(outcome), until);
    co_return outcome;
}

awaitable<Result<json::object>> RunService::read_outputs(int status, std::string body)
{
    std::size_t const max_bytes = config_.response_bytes;
    if (body.size() <= small_body) co_return read_answer(status, body, max_bytes);
    auto read = [status, max_bytes, text = std::move(body)] { return read_answer(status, text, max_bytes); };
    co_return co_await core::run_on(pool_, std::move(read));
}

awaitable<RunService::Outcome> RunService::broken(std::shared_ptr<ActiveRun> run, std::shared_ptr<WarmTool> tool,
                                                  core::Error error, milliseconds limit)
{
    if (run->cancel_requested) co_return Outcome::cancelled();
    RunFailure failure;
    if (error.code == Errc::timeout) {
        co_await ask_to_cancel(run, std::chrono::seconds(1));
        failure.detail = tool->stderr_tail();
        co_await launcher_.stop(tool->spec.tool_id, "The tool was stopped because another of its runs took too long.");
        failure.kind = ErrorKind::timeout;
        failure.headline = "ResourceLimitExceeded: runtime";
        failure.message = "The run took longer than its limit of " +
                          std::to_string(std::chrono::duration_cast<std::chrono::seconds>(limit).count()) +
                          " s, so the tool was stopped.";
        co_return Outcome::failed(std::move(failure));
    }
    // The connection breaks a moment before the end of the process is known.
    asio::steady_timer pause(executor_);
    bool const lost = error.code == Errc::bad_gateway || error.code == Errc::unavailable;
    for (int i = 0; lost && !tool->dead && i < 20; ++i) {
        pause.expires_after(poll_every);
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    failure.detail = tool->stderr_tail();
    if (!run->limit_hit.empty()) {
        failure.headline = run->limit_hit;
        failure.message = "The run was ended because it went over a limit.";
    } else if (tool->dead && tool->exit && tool->exit->by_limit) {
        failure.headline = tool->exit->reason;
        failure.message = "The tool used more than its limit of " + std::to_string(tool->spec.max_memory_mb) +
                          " MB of memory and was stopped.";
    } else if (!tool->stop_reason.empty()) {
        failure.message = tool->stop_reason;
    } else if (tool->stopping) {
        failure.message = "The tool was stopped during the run.";
    } else if (tool->dead) {
        failure.message = "The tool's process " + tool->ending() + " during the run.";
    } else if (error.code == Errc::too_large) {
        failure.message = "The tool's answer is too large: " + error.message + ".";
    } else {
        failure.message = "The tool could not be reached: " + error.message + ".";
    }
    co_return Outcome::failed(std::move(failure));
}

awaitable<bool> RunService::take_turn(std::shared_ptr<ActiveRun> run)
{
    auto& line = turns_[run->request.tool->id];
    line.push_back(run);
    if (line.front() == run) run->has_turn = true;
    auto const watch = run->cancellation->on_cancel([weak = std::weak_ptr(run)] {
        if (auto const held = weak.lock()) held->turn.cancel();
    });
    while (!run->has_turn && !run->cancel_requested) co_await run->turn.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return run->has_turn;
}

void RunService::pass_turn(const std::shared_ptr<ActiveRun>& run)
{
    auto const it = turns_.find(run->request.tool->id);
    if (it == turns_.end()) return;
    std::erase(it->second, run);
    if (it->second.empty()) {
        turns_.erase(it);
        return;
    }
    auto const& next = it->second.front();
    next->has_turn = true;
    next->turn.cancel();
}

awaitable<void> RunService::ask_to_cancel(std::shared_ptr<ActiveRun> run, milliseconds timeout)
{
    http::ClientRequest request;
    request.method = "POST";
    request.port = run->port;
    request.target = "/cancel?run_id=" + run->id;
    request.deadline = timeout;
    request.max_body = 64 * 1024;
    // Tools need not have this route; whatever they answer, the run is watched, not the answer.
    (void)co_await client_.request(std::move(request));
}

awaitable<CancelOutcome> RunService::cancel(std::string tool_id, std::string run_id)
{
    auto const run = find(run_id);
    if (!run || run->request.tool->id != tool_id) co_return CancelOutcome::not_running;
    run->cancel_requested = true;
    if (run->at_tool) {
        co_await ask_to_cancel(run, config_.soft_cancel);
        co_await wait_at_most(run, config_.soft_cancel);
        if (!run->result) {
            run->process_stopped = true;
            co_await launcher_.stop(tool_id, "The tool was stopped because another of its runs was cancelled.");
        }
    }
    run->cancellation->cancel();
    co_await wait(run);
    co_return run->process_stopped ? CancelOutcome::process_stopped : CancelOutcome::ended;
}

awaitable<void> RunService::stop()
{
    stopping_ = true;
    auto const runs = active_;
    for (const auto& [id, run] : runs) {
        run->cancel_requested = true;
        run->server_stopping = true;
        run->cancellation->cancel();
    }
    for (const auto& [id, run] : runs) co_await wait_at_most(run, std::chrono::seconds(10));
}

awaitable<void> RunService::guard_files()
{
    asio::steady_timer pause(executor_);
    while (!active_.empty() && !stopping_) {
        pause.expires_after(config_.watch_files);
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
        auto const runs = active_;
        for (const auto& [id, run] : runs) {
            if (!run->at_tool || run->result || !run->limit_hit.empty()) continue;
            auto measure = [this, tool_id = run->request.tool->id, run_id = id] {
                return artefacts_.size_of(tool_id, run_id);
            };
            auto const bytes = co_await core::run_on(pool_, std::move(measure));
            if (bytes <= artefacts_.limits().max_bytes || run->result) continue;
            run->limit_hit = "ResourceLimitExceeded: artefacts";
            co_await launcher_.stop(run->request.tool->id,
                                    "The tool was stopped because one of its runs wrote too many bytes.");
        }
    }
    guarding_ = false;
}

awaitable<Result<json::object>> RunService::restored_outputs(std::string run_id, json::object outputs)
{
    bool const has_references = std::any_of(outputs.begin(), outputs.end(), [](const auto& member) {
        const json::object* value = member.value().if_object();
        return value && value->contains("_artefact_id");
    });
    if (!has_references) co_return outputs;
    auto read = [run_id](store::Connection& tx) { return run_store::artefacts_of(tx, run_id); };
    PIX_CO_TRY(auto artefacts, co_await database_.read(std::move(read)));
    auto restore = [this, artefacts = std::move(artefacts), outputs = std::move(outputs)]() mutable {
        for (auto& [key, value] : outputs) {
            const json::object* reference = value.if_object();
            const json::value* id = reference ? reference->if_contains("_artefact_id") : nullptr;
            if (!id || !id->is_int64()) continue;
            auto const artefact = std::find_if(artefacts.begin(), artefacts.end(),
                                               [&](const Artefact& row) { return row.id == id->get_int64(); });
            if (artefact == artefacts.end() || artefact->mime != "application/json") continue;
            auto const path = artefacts_.resolve(artefact->rel_path);
            if (!path) continue;
            if (auto restored = read_json_file(*path, config_.response_bytes)) value = *std::move(restored);
        }
        return std::move(outputs);
    };
    co_return co_await core::run_on(pool_, std::move(restore));
}

awaitable<Result<std::size_t>> RunService::prune(std::string tool_id, std::int64_t keep)
{
    auto write = [tool_id, keep](store::Connection& tx) { return run_store::prune(tx, tool_id, keep); };
    PIX_CO_TRY(auto pruned, co_await database_.write(std::move(write)));
    std::size_t const count = pruned.size();
    for (const PrunedRun& gone : pruned) streams_.remove("tool-run/" + gone.run_id);
    auto drop = [this, pruned = std::move(pruned)] {
        for (const PrunedRun& gone : pruned) artefacts_.remove(gone.tool_id, gone.run_id);
    };
    if (count > 0) co_await core::run_on(pool_, std::move(drop));
    co_return count;
}

} // namespace pix::tools
