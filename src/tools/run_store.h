#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/store/connection.h"
#include "core/store/migration.h"
#include "tools/run.h"

namespace pix::tools {

/// The tables of the tools area; numbers 300 to 399 are its own.
extern const std::vector<store::Migration> run_migrations;

/// What a run ends with.
struct RunEnd {
    RunStatus status = RunStatus::ok;
    core::Millis finished_at = 0;
    std::optional<std::string> outputs_json;
    std::optional<std::string> error_text;
    std::optional<std::string> meta_json;
    std::int64_t total_artefact_bytes = 0;
};

struct RunFilter {
    std::string tool_id;       ///< empty: every tool
    std::string run_id_prefix; ///< empty: any
    bool only_starred = false;
    int limit = 20;
};

/// What is remembered of a tool between runs.
struct ToolState {
    std::string tool_id;
    std::optional<std::string> last_inputs_json;
    std::optional<std::string> overrides_json;
    bool pinned_warm = false;
    bool archived = false;
    std::int64_t run_count_total = 0;
    std::optional<core::Millis> last_run_at;
};

/// A run that a retention sweep removed, with the folder that goes with it.
struct PrunedRun {
    std::string run_id;
    std::string tool_id;
};

/// The SQL of runs, artefacts and tool state. Every function works inside the caller's transaction.
///
/// Runs on: a store thread.
/// Errors:  those of store::Connection; Errc::conflict when a run is not running any more.
namespace run_store {

core::Result<void> insert(store::Connection& tx, const Run& run);
core::Result<void> finish(store::Connection& tx, const std::string& run_id, const RunEnd& end);
/// Ends the run of a job that ended without it; nothing if the run has ended.
core::Result<void> finish_by_job(store::Connection& tx, const std::string& job_id, const RunEnd& end);
core::Result<std::optional<Run>> find(store::Connection& tx, const std::string& run_id);
/// Newest first; without inputs of more than a page's use, outputs are left out.
core::Result<std::vector<Run>> list(store::Connection& tx, const RunFilter& filter);
/// Runs that are not finished, oldest first.
core::Result<std::vector<Run>> running(store::Connection& tx);
core::Result<void> set_starred(store::Connection& tx, const std::string& run_id, bool starred);

core::Result<void> remember_inputs(store::Connection& tx, const std::string& tool_id, const std::string& inputs_json);
core::Result<void> count_run(store::Connection& tx, const std::string& tool_id, core::Millis at);
core::Result<std::optional<ToolState>> tool_state(store::Connection& tx, const std::string& tool_id);
core::Result<std::vector<ToolState>> tool_states(store::Connection& tx);

/// Registers a file; the id of the row that is there already when its path is known. Fills in `artefact.id`.
core::Result<void> add_artefact(store::Connection& tx, Artefact& artefact);
core::Result<std::optional<Artefact>> find_artefact(store::Connection& tx, std::int64_t id);
core::Result<std::vector<Artefact>> artefacts_of(store::Connection& tx, const std::string& run_id);
core::Result<std::int64_t> count_artefacts(store::Connection& tx, const std::string& run_id);

/// Removes all but the `keep` newest finished runs of a tool; starred and labelled ones, and those with a starred or
/// labelled artefact, neither go nor count.
core::Result<std::vector<PrunedRun>> prune(store::Connection& tx, const std::string& tool_id, std::int64_t keep);

} // namespace run_store

} // namespace pix::tools
