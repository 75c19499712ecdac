#include "tools/run_store.h"

namespace pix::tools::run_store {

namespace {

using core::Errc;
using core::fail;
using core::Result;
using store::Connection;
using store::Row;
using store::Rows;

constexpr std::string_view run_columns =
    "id, tool_id, job_id, started_at, finished_at, inputs_json, outputs_json, error_text, status, starred, label, "
    "total_artefact_bytes, meta_json";
constexpr std::string_view listed_columns =
    "id, tool_id, job_id, started_at, finished_at, inputs_json, NULL, error_text, status, starred, label, "
    "total_artefact_bytes, NULL";
constexpr std::string_view artefact_columns =
    "id, run_id, tool_id, output_key, rel_path, filename, mime, size_bytes, sha256, created_at, starred, label, tags";
constexpr std::string_view state_columns =
    "tool_id, last_inputs_json, overrides_json, pinned_warm, archived, run_count_total, last_run_at";

Run run_of(const Row& row)
{
    Run run;
    run.id = row.text(0);
    run.tool_id = row.text(1);
    run.job_id = row.text(2);
    run.started_at = row.integer(3);
    run.finished_at = row.maybe_integer(4);
    run.inputs_json = row.text(5);
    run.outputs_json = row.maybe_text(6);
    run.error_text = row.maybe_text(7);
    run.status = run_status_named(row.text(8)).value_or(RunStatus::error);
    run.starred = row.boolean(9);
    run.label = row.maybe_text(10);
    run.total_artefact_bytes = row.integer(11);
    run.meta_json = row.maybe_text(12);
    return run;
}

std::vector<Run> runs_of(const Rows& rows)
{
    std::vector<Run> runs;
    runs.reserve(rows.size());
    for (const Row& row : rows) runs.push_back(run_of(row));
    return runs;
}

Artefact artefact_of(const Row& row)
{
    Artefact artefact;
    artefact.id = row.integer(0);
    artefact.run_id = row.text(1);
    artefact.tool_id = row.text(2);
    artefact.output_key = row.text(3);
    artefact.rel_path = row.text(4);
    artefact.filename = row.text(5);
    artefact.mime = row.text(6);
    artefact.size_bytes = row.integer(7);
    artefact.sha256 = row.text(8);
    artefact.created_at = row.integer(9);
    artefact.starred = row.boolean(10);
    artefact.label = row.maybe_text(11);
    artefact.tags = row.text(12);
    return artefact;
}

ToolState state_of(const Row& row)
{
    ToolState state;
    state.tool_id = row.text(0);
    state.last_inputs_json = row.maybe_text(1);
    state.overrides_json = row.maybe_text(2);
    state.pinned_warm = row.boolean(3);
    state.archived = row.boolean(4);
    state.run_count_total = row.integer(5);
    state.last_run_at = row.maybe_integer(6);
    return state;
}

std::string select(std::string_view columns, std::string_view rest)
{
    return "SELECT " + std::string(columns) + " FROM " + std::string(rest);
}

/// A prefix as a LIKE pattern; only characters of a UUID get this far.
bool is_uuid_prefix(std::string_view text)
{
    return text.size() <= 36 && text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

} // namespace

Result<void> insert(Connection& tx, const Run& run)
{
    PIX_CHECK(tx.execute("INSERT INTO tool_runs (id, tool_id, job_id, started_at, inputs_json, status) "
                         "VALUES ($1, $2, $3, $4, $5, 'running')",
                         {run.id, run.tool_id, run.job_id, run.started_at, run.inputs_json}));
    return {};
}

Result<void> finish(Connection& tx, const std::string& run_id, const RunEnd& end)
{
    PIX_TRY(auto const changed,
            tx.execute("UPDATE tool_runs SET status = $2, finished_at = $3, outputs_json = $4, error_text = $5, "
                       "meta_json = $6, total_artefact_bytes = $7 WHERE id = $1 AND status = 'running'",
                       {run_id, name_of(end.status), end.finished_at, end.outputs_json, end.error_text, end.meta_json,
                        end.total_artefact_bytes}));
    if (changed == 0) return fail(Errc::conflict, "the run is already finished");
    return {};
}

Result<void> finish_by_job(Connection& tx, const std::string& job_id, const RunEnd& end)
{
    PIX_CHECK(tx.execute("UPDATE tool_runs SET status = $2, finished_at = $3, error_text = $4, meta_json = $5 "
                         "WHERE job_id = $1 AND status = 'running'",
                         {job_id, name_of(end.status), end.finished_at, end.error_text, end.meta_json}));
    return {};
}

Result<std::optional<Run>> find(Connection& tx, const std::string& run_id)
{
    PIX_TRY(auto const rows, tx.query(select(run_columns, "tool_runs WHERE id = $1"), {run_id}));
    if (rows.empty()) return std::optional<Run>();
    return run_of(rows.front());
}

Result<std::vector<Run>> list(Connection& tx, const RunFilter& filter)
{
    if (!is_uuid_prefix(filter.run_id_prefix)) return std::vector<Run>();
    std::string where = "1 = 1";
    store::Args args{filter.limit};
    if (!filter.tool_id.empty()) {
        args.emplace_back(filter.tool_id);
        where += " AND tool_id = $" + std::to_string(args.size());
    }
    if (!filter.run_id_prefix.empty()) {
        args.emplace_back(filter.run_id_prefix);
        where +=
            " AND substr(id, 1, " + std::to_string(filter.run_id_prefix.size()) + ") = $" + std::to_string(args.size());
    }
    if (filter.only_starred) where += " AND starred = 1";
    PIX_TRY(
        auto const rows,
        tx.query(select(listed_columns, "tool_runs WHERE " + where + " ORDER BY started_at DESC, id LIMIT $1"), args));
    return runs_of(rows);
}

Result<std::vector<Run>> running(Connection& tx)
{
    PIX_TRY(auto const rows,
            tx.query(select(listed_columns, "tool_runs WHERE status = 'running' ORDER BY started_at, id")));
    return runs_of(rows);
}

Result<void> set_starred(Connection& tx, const std::string& run_id, bool starred)
{
    PIX_TRY(auto const changed, tx.execute("UPDATE tool_runs SET starred = $2 WHERE id = $1", {run_id, starred}));
    if (changed == 0) return fail(Errc::not_found, "there is no such run");
    return {};
}

Result<void> remember_inputs(Connection& tx, const std::string& tool_id, const std::string& inputs_json)
{
    PIX_CHECK(tx.execute("INSERT INTO tool_state (tool_id, last_inputs_json) VALUES ($1, $2) "
                         "ON CONFLICT (tool_id) DO UPDATE SET last_inputs_json = excluded.last_inputs_json",
                         {tool_id, inputs_json}));
    return {};
}

Result<void> count_run(Connection& tx, const std::string& tool_id, core::Millis at)
{
    PIX_CHECK(tx.execute(
        "INSERT INTO tool_state (tool_id, run_count_total, last_run_at) VALUES ($1, 1, $2) "
        "ON CONFLICT (tool_id) DO UPDATE SET run_count_total = tool_state.run_count_total + 1, last_run_at = $2",
        {tool_id, at}));
    return {};
}

Result<std::optional<ToolState>> tool_state(Connection& tx, const std::string& tool_id)
{
    PIX_TRY(auto const rows, tx.query(select(state_columns, "tool_state WHERE tool_id = $1"), {tool_id}));
    if (rows.empty()) return std::optional<ToolState>();
    return state_of(rows.front());
}

Result<std::vector<ToolState>> tool_states(Connection& tx)
{
    PIX_TRY(auto const rows, tx.query(select(state_columns, "tool_state ORDER BY tool_id")));
    std::vector<ToolState> states;
    states.reserve(rows.size());
    for (const Row& row : rows) states.push_back(state_of(row));
    return states;
}

Result<void> add_artefact(Connection& tx, Artefact& artefact)
{
    PIX_TRY(
        auto const rows,
        tx.query("INSERT INTO artefacts (run_id, tool_id, output_key, rel_path, filename, mime, size_bytes, sha256, "
                 "created_at, tags) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
                 "ON CONFLICT (rel_path) DO UPDATE SET size_bytes = excluded.size_bytes, sha256 = excluded.sha256 "
                 "RETURNING id",
                 {artefact.run_id, artefact.tool_id, artefact.output_key, artefact.rel_path, artefact.filename,
                  artefact.mime, artefact.size_bytes, artefact.sha256, artefact.created_at, artefact.tags}));
    artefact.id = rows.at(0).integer(0);
    return {};
}

Result<std::optional<Artefact>> find_artefact(Connection& tx, std::int64_t id)
{
    PIX_TRY(auto const rows,
            tx.query(select(artefact_columns, "artefacts WHERE id = $1 AND deleted_at IS NULL"), {id}));
    if (rows.empty()) return std::optional<Artefact>();
    return artefact_of(rows.front());
}

Result<std::vector<Artefact>> artefacts_of(Connection& tx, const std::string& run_id)
{
    PIX_TRY(auto const rows, tx.query(select(artefact_columns, "artefacts WHERE run_id = $1 AND deleted_at IS NULL "
                                                               "ORDER BY id LIMIT 10000"),
                                      {run_id}));
    std::vector<Artefact> artefacts;
    artefacts.reserve(rows.size());
    for (const Row& row : rows) artefacts.push_back(artefact_of(row));
    return artefacts;
}

Result<std::int64_t> count_artefacts(Connection& tx, const std::string& run_id)
{
    PIX_TRY(auto const rows,
            tx.query("SELECT count(*) FROM artefacts WHERE run_id = $1 AND deleted_at IS NULL", {run_id}));
    return rows.at(0).integer(0);
}

Result<std::vector<PrunedRun>> prune(Connection& tx, const std::string& tool_id, std::int64_t keep)
{
    static constexpr std::string_view candidates =
        "tool_runs r WHERE r.tool_id = $1 AND r.status <> 'running' AND r.starred = 0 AND r.label IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM artefacts a WHERE a.run_id = r.id AND (a.starred = 1 OR a.label IS NOT NULL)) "
        "ORDER BY r.started_at DESC, r.id LIMIT 1000 OFFSET $2";
    PIX_TRY(auto const rows, tx.query(select("r.id", candidates), {tool_id, keep}));
    std::vector<PrunedRun> pruned;
    for (const Row& row : rows) {
        PrunedRun gone{row.text(0), tool_id};
        PIX_CHECK(tx.execute("DELETE FROM tool_runs WHERE id = $1", {gone.run_id}));
        pruned.push_back(std::move(gone));
    }
    return pruned;
}

} // namespace pix::tools::run_store
