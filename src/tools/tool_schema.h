#pragma once
#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/input_spec.h"
#include "tools/output_spec.h"
#include "tools/schema_reader.h"

namespace pix::tools {

enum class ToolLayout { form, chat, split };
enum class InputTransport { json, multipart };

/// A key that the tool wants to find in its environment.
struct SecretSpec {
    std::string key;
    std::optional<std::string> description;
    bool required = false;
};

/// What a valid tool.json says.
struct ToolSchema {
    std::string id;
    std::string name;
    std::vector<InputSpec> inputs;
    std::vector<OutputSpec> outputs;
    std::optional<std::string> description, version, category, icon;
    ToolLayout layout = ToolLayout::form;
    std::int64_t warm_keep_seconds = 300;
    bool warm_keep_declared = false; ///< false: the global setting decides
    std::int64_t max_memory_mb = 512;
    std::int64_t max_runtime_seconds = 60;
    std::vector<SecretSpec> secrets;
    std::string schema_version = "1.0";
    bool concurrent = true;
    std::optional<std::int64_t> validator_timeout_override; ///< seconds
    bool requires_data_persistence = false;
    InputTransport input_transport = InputTransport::json;
    bool provides_file_endpoint = false;
    bool provides_autocomplete = false;
    std::int64_t retain_runs = 100;
    std::vector<std::string> tags;
    bool archived = false;
    bool pinned_warm = false;
    std::string entrypoint = "main.py"; ///< relative, inside the folder
    std::optional<std::string> package, workspace_default;
    json::value source, citations; ///< shown, never interpreted

    json::value raw; ///< the file as it stands, for comparison with the tool's /schema

    const InputSpec* find_input(std::string_view key) const;
    const OutputSpec* find_output(std::string_view key) const;
    /// Any output is flagged `streaming`.
    bool is_streaming() const;
    /// No flag, but an output of type stream_text: /run first, then /stream is tried.
    bool may_stream() const;
};

/// What came of reading a tool.json: a schema or at least one problem, never both.
struct SchemaOutcome {
    std::optional<ToolSchema> schema;
    std::vector<Problem> problems;
    std::vector<Problem> warnings; ///< odd but usable
    std::string name;              ///< the declared name, if it could be read
};

/// Limits of one tool.json. Source: chosen; the largest published one has 11 KB and 30 inputs.
inline constexpr std::size_t max_schema_bytes = 4 * 1024 * 1024;
inline constexpr std::size_t max_inputs = 2'000;
inline constexpr std::size_t max_outputs = 500;

/// Reads a tool.json, collecting all problems instead of stopping at the first. Unknown keys are problems at every
/// level. `folder_name` is only compared with the id; a difference is a warning.
SchemaOutcome read_tool_schema(std::string_view text, std::string_view folder_name);

} // namespace pix::tools
