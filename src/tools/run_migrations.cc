#include "tools/run_store.h"

namespace pix::tools {

const std::vector<store::Migration> run_migrations{{.number = 300, .name = "tool_runs", .sql = R"(
CREATE TABLE tool_runs (
    id {text} PRIMARY KEY NOT NULL,
    tool_id {text} NOT NULL,
    job_id {text} NOT NULL,
    started_at {int} NOT NULL,
    finished_at {int},
    inputs_json {text} NOT NULL,
    outputs_json {text},
    error_text {text},
    status {text} NOT NULL CHECK (status IN ('running', 'ok', 'error', 'cancelled')),
    starred {int} NOT NULL DEFAULT 0,
    label {text},
    total_artefact_bytes {int} NOT NULL DEFAULT 0,
    meta_json {text}
);
CREATE INDEX tool_runs_by_tool ON tool_runs (tool_id, started_at DESC);
CREATE INDEX tool_runs_by_time ON tool_runs (started_at DESC);
CREATE INDEX tool_runs_running ON tool_runs (job_id) WHERE status = 'running';

CREATE TABLE tool_state (
    tool_id {text} PRIMARY KEY NOT NULL,
    last_inputs_json {text},
    favourited {int} NOT NULL DEFAULT 0,
    sort_order {int},
    overrides_json {text},
    archived {int} NOT NULL DEFAULT 0,
    pinned {int} NOT NULL DEFAULT 0,
    pinned_warm {int} NOT NULL DEFAULT 0,
    discovery_hash {text},
    run_count_total {int} NOT NULL DEFAULT 0,
    disk_bytes {int},
    last_disk_audit {int},
    last_run_at {int},
    default_warm_keep_seconds {int},
    pinned_at {int},
    archived_at {int},
    colour {text},
    sort_order_in_workspace_json {text}
);

CREATE TABLE validation_reports (
    tool_id {text} NOT NULL,
    timestamp {int} NOT NULL,
    overall {text} NOT NULL,
    discovery_hash {text} NOT NULL,
    report_json {text} NOT NULL,
    PRIMARY KEY (tool_id, timestamp)
);

CREATE TABLE artefacts (
    id {id},
    run_id {text} NOT NULL REFERENCES tool_runs (id) ON DELETE CASCADE,
    tool_id {text} NOT NULL,
    output_key {text} NOT NULL,
    rel_path {text} NOT NULL UNIQUE,
    filename {text} NOT NULL,
    mime {text} NOT NULL,
    size_bytes {int} NOT NULL,
    sha256 {text} NOT NULL,
    created_at {int} NOT NULL,
    starred {int} NOT NULL DEFAULT 0,
    label {text},
    tags {text} NOT NULL DEFAULT '[]',
    thumb_path {text},
    deleted_at {int}
);
CREATE INDEX artefacts_by_run ON artefacts (run_id);
CREATE INDEX artefacts_by_tool ON artefacts (tool_id, created_at DESC);
CREATE INDEX artefacts_starred ON artefacts (starred) WHERE starred = 1;
CREATE INDEX artefacts_deleted ON artefacts (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TABLE settings (
    key {text} PRIMARY KEY NOT NULL,
    value {text} NOT NULL
);
)"}};

} // namespace pix::tools
