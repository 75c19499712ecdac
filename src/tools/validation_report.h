#pragma once
#include <array>
#include <boost/json.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/store/connection.h"

namespace pix::tools {

namespace json = boost::json;

enum class CheckStatus { pass, fail, warn, skip };

std::string_view name_of(CheckStatus status);

/// The checks in the order of the report. Source: contract 5.1.
inline constexpr std::array<std::string_view, 12> check_names{
    "folder_structure", "tool_json_parses", "schemas_coherent",         "pyproject_ok",
    "venv_exists",      "tool_spawns",      "schema_matches_disk",      "sample_run_succeeds",
    "output_conforms",  "streaming_check",  "reference_fixtures_match", "clean_shutdown"};

struct Check {
    std::string name;
    CheckStatus status = CheckStatus::skip;
    std::string message; ///< one line
    std::string details; ///< several lines; empty: none
};

/// What a validation found.
struct ValidationReport {
    std::string tool_id;
    std::string tool_path;
    core::Millis timestamp = 0;
    std::vector<Check> checks;
    std::optional<json::object> sample_inputs;
    std::optional<json::object> sample_output;
    std::optional<std::string> spawn_log;
    std::vector<std::string> warnings;

    /// Any fail, else any warn, else pass.
    CheckStatus overall() const;
    json::object to_json() const;
    /// Without the samples and with the failed and warned checks only.
    json::object summary() const;
};

/// The newest validation of a tool, as lists show it.
struct ValidationSummary {
    std::string overall = "unchecked"; ///< pass, warn, fail or unchecked
    std::optional<core::Millis> timestamp;
    std::size_t pass = 0, warn = 0, fail = 0, skip = 0;
    std::string discovery_hash; ///< of the tool as it was validated

    json::object to_json() const;
};

/// Counts the checks of a stored report.
ValidationSummary summary_of_report(const json::value& report);

/// The SQL of validation reports; inside the caller's transaction.
namespace validation_store {

core::Result<void> add(store::Connection& tx, const ValidationReport& report, const std::string& discovery_hash);
struct Latest {
    std::string tool_id;
    ValidationSummary summary;
};
/// The newest report of each tool.
core::Result<std::vector<Latest>> latest(store::Connection& tx);
core::Result<std::optional<json::value>> load_latest(store::Connection& tx, const std::string& tool_id);
core::Result<void> remove_before(store::Connection& tx, core::Millis before);

} // namespace validation_store

} // namespace pix::tools
