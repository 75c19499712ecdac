// The last part of RunService: what a run came to goes into its files, its row and its job, and to those who wait.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>

#include "core/base/json.h"
#include "core/base/text.h"
#include "tools/run_service.h"

namespace pix::tools {

namespace {

using core::Errc;
using core::Result;
using std::chrono::milliseconds;

constexpr std::size_t detail_bytes = 16 * 1024;

jobs::JobState job_state(RunStatus status)
{
    switch (status) {
    case RunStatus::ok: return jobs::JobState::succeeded;
    case RunStatus::cancelled: return jobs::JobState::cancelled;
    case RunStatus::running:
    case RunStatus::error: break;
    }
    return jobs::JobState::failed;
}

json::object meta_of(const RunFailure& failure)
{
    json::object meta;
    meta["error_kind"] = name_of(failure.kind);
    if (!failure.headline.empty()) meta["error_headline"] = failure.headline;
    if (!failure.hint.empty()) meta["error_hint"] = failure.hint;
    if (!failure.detail.empty()) meta["error_detail"] = core::shorten(failure.detail, detail_bytes);
    return meta;
}

/// The reference that stands for a spilled value once its row has an id.
json::object reference_of(const SpilledValue& spilled, std::int64_t artefact_id)
{
    json::object reference;
    reference["_artefact_id"] = artefact_id;
    for (const auto& [key, value] : spilled.reference) reference[key] = value;
    reference["url"] = "/api/artefacts/" + std::to_string(artefact_id) + "/file";
    return reference;
}

} // namespace

awaitable<RunService::Outcome> RunService::digest(std::shared_ptr<ActiveRun> run, Outcome outcome)
{
    if (run->cancel_requested) outcome.status = RunStatus::cancelled;
    auto work = [this, tool = run->request.tool, run_id = run->id, at = clock_.now(),
                 result = std::move(outcome)]() mutable -> Outcome {
        auto spilled = artefacts_.spill(tool->id, run_id, *tool->schema, result.outputs, at);
        if (!spilled) {
            RunFailure failure;
            failure.message = "The outputs could not be kept: " + spilled.error().message + ".";
            artefacts_.remove(tool->id, run_id);
            return Outcome::failed(std::move(failure));
        }
        result.spilled = *std::move(spilled);
        result.files = artefacts_.collect(tool->id, run_id, at);
        std::erase_if(result.files, [&](const Artefact& file) {
            return std::any_of(result.spilled.begin(), result.spilled.end(),
                               [&](const SpilledValue& value) { return value.artefact.rel_path == file.rel_path; });
        });
        return std::move(result);
    };
    co_return co_await core::run_on(pool_, std::move(work));
}

awaitable<void> RunService::conclude(std::shared_ptr<ActiveRun> run, Outcome outcome)
{
    RunEnd end;
    end.status = outcome.status;
    end.finished_at = clock_.now();
    json::object meta;
    if (outcome.status == RunStatus::error) {
        meta = meta_of(outcome.failure);
        end.error_text = outcome.failure.message;
    }
    if (run->server_stopping) end.error_text = "the server was stopped";
    if (!outcome.spilled.empty()) meta["outputs_oversize"] = true;
    for (const auto& value : outcome.spilled) end.total_artefact_bytes += value.artefact.size_bytes;
    for (const auto& file : outcome.files) end.total_artefact_bytes += file.size_bytes;
    if (!meta.empty()) end.meta_json = core::to_text(meta);

    RunResult result;
    result.status = outcome.status;
    result.failure = outcome.failure;

    auto const has_outputs = outcome.status != RunStatus::error && !outcome.outputs.empty();
    auto const parts = std::make_shared<const Outcome>(std::move(outcome));
    auto write = [this, end, parts, has_outputs, run](store::Connection& tx) -> Result<json::object> {
        json::object outputs = parts->outputs;
        for (const SpilledValue& value : parts->spilled) {
            Artefact artefact = value.artefact;
            PIX_CHECK(run_store::add_artefact(tx, artefact));
            outputs[artefact.output_key] = reference_of(value, artefact.id);
        }
        for (Artefact file : parts->files) PIX_CHECK(run_store::add_artefact(tx, file));
        RunEnd with_outputs = end;
        if (has_outputs) with_outputs.outputs_json = core::to_text(outputs);
        PIX_CHECK(run_store::finish(tx, run->id, with_outputs));
        PIX_CHECK(run_store::count_run(tx, run->request.tool->id, end.finished_at));
        PIX_CHECK(run->job->finish(tx, job_state(end.status), end.error_text.value_or("")));
        return outputs;
    };
    // Not synced to the disk: that alone would cost more than everything else here. After a power cut the run may be
    // found running and is then marked as stopped; a crash of the server loses nothing.
    auto stored = co_await database_.write(std::move(write), store::Durability::normal);
    if (stored) {
        result.outputs = *std::move(stored);
        worker_.release(run->job->job.id);
    } else {
        spdlog::error("run {}: cannot be stored: {}", run->id, stored.error().message);
        auto drop = [this, tool_id = run->request.tool->id, run_id = run->id] { artefacts_.remove(tool_id, run_id); };
        co_await core::run_on(pool_, std::move(drop));
        bool const fenced = stored.error().code == Errc::conflict;
        result.status = RunStatus::error;
        result.stored = false;
        result.failure = RunFailure{};
        result.failure.message = fenced ? "The run had been given up by then: " + stored.error().message + "."
                                        : "The result could not be stored: " + stored.error().message + ".";
        result.failure.hint = fenced ? "" : "The run is kept as failed, without its outputs.";
        if (fenced)
            worker_.release(run->job->job.id);
        else
            asio::co_spawn(executor_, finish_later(run->id, run->job, result.failure.message), asio::detached);
    }
    publish(run, std::move(result));
}

awaitable<void> RunService::finish_later(std::string run_id, std::shared_ptr<jobs::JobContext> job, std::string message)
{
    asio::steady_timer pause(executor_);
    for (auto wait = milliseconds(1000); !stopping_; wait = std::min(wait * 2, milliseconds(30'000))) {
        pause.expires_after(wait);
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
        RunEnd end;
        end.status = RunStatus::error;
        end.finished_at = clock_.now();
        end.error_text = message;
        auto write = [run_id, end, job](store::Connection& tx) -> Result<void> {
            PIX_CHECK(run_store::finish(tx, run_id, end));
            return job->finish(tx, jobs::JobState::failed, *end.error_text);
        };
        auto const stored = co_await database_.write(std::move(write), store::Durability::full);
        if (stored || stored.error().code == Errc::conflict) break;
    }
    worker_.release(job->job.id);
}

void RunService::publish(std::shared_ptr<ActiveRun> run, RunResult result)
{
    if (run->live) {
        if (result.status == RunStatus::error) {
            json::object problem;
            problem["message"] = result.failure.message;
            run->live->append("error", core::to_text(problem));
        }
        run->live->close();
        // Readers hold it as long as they need it; later ones find what is in its file.
        streams_.forget(run->live->name());
    }
    run->result = std::move(result);
    active_.erase(run->id);
    run->done.cancel();
}

} // namespace pix::tools
