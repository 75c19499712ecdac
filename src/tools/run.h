#pragma once
#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"

namespace pix::tools {

namespace json = boost::json;

/// Where a run is. Every run leaves `running` exactly once.
enum class RunStatus { running, ok, error, cancelled };

std::string_view name_of(RunStatus status);
std::optional<RunStatus> run_status_named(std::string_view name);

/// What kind of failure an error block shows. Source: contract 1.4.1.
enum class ErrorKind { timeout, spawn, run, venv, validation, schema };

std::string_view name_of(ErrorKind kind);
std::optional<ErrorKind> error_kind_named(std::string_view name);

/// Why a run, or the attempt to start one, failed. All texts are masked and well-formed UTF-8.
struct RunFailure {
    ErrorKind kind = ErrorKind::run;
    std::string headline; ///< "ResourceLimitExceeded: runtime", "ValidationError"; may be empty
    std::string message;  ///< one sentence
    std::string hint;
    std::string detail; ///< the tail of stderr, or a list of problems
};

/// One execution of one tool, as stored.
struct Run {
    std::string id; ///< UUID v4
    std::string tool_id;
    std::string job_id;
    core::Millis started_at = 0;
    std::optional<core::Millis> finished_at;
    std::string inputs_json; ///< the inputs object
    std::optional<std::string> outputs_json;
    std::optional<std::string> error_text;
    RunStatus status = RunStatus::running;
    bool starred = false;
    std::optional<std::string> label;
    std::int64_t total_artefact_bytes = 0;
    std::optional<std::string> meta_json;

    std::string short_id() const { return id.substr(0, 8); }
    json::object inputs() const;
    json::object outputs() const;
    json::object meta() const;
    /// The failure of a run that has status error, with its kind from `meta`.
    RunFailure failure() const;
};

/// A file that a run produced, or an output value kept as a file.
struct Artefact {
    std::int64_t id = 0;
    std::string run_id;
    std::string tool_id;
    std::string output_key;
    std::string rel_path; ///< below the artefacts root, with forward slashes
    std::string filename;
    std::string mime;
    std::int64_t size_bytes = 0;
    std::string sha256;
    core::Millis created_at = 0;
    bool starred = false;
    std::optional<std::string> label;
    std::string tags = "[]"; ///< a JSON array
};

/// "key: value" of the first input that is not empty; the value is cut at 60 characters.
std::string input_summary(const json::object& inputs);

/// As `/tool/{id}/runs` and `/api/runs/{id}` show it.
json::object listing_of(const Run& run);

} // namespace pix::tools
