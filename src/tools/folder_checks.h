#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/tool_schema.h"
#include "tools/validation_report.h"

namespace pix::tools {

/// What the checks that only read files found.
struct FolderFindings {
    std::vector<Check> checks; ///< folder_structure, tool_json_parses, schemas_coherent, pyproject_ok
    std::optional<ToolSchema> schema;
    std::vector<std::string> warnings;
};

/// Checks 1 to 4 on a tool's folder. Blocking. For a tool that is not written in Python there need not be a
/// pyproject.toml, and check 4 is skipped.
FolderFindings check_folder(const std::filesystem::path& folder);

/// Check 4 on the text of a pyproject.toml.
Check check_pyproject(std::string_view text);

/// The places where two JSON values differ, at most `limit`. Source: contract 5.1, check 7.
std::vector<std::string> differing_paths(const json::value& left, const json::value& right, std::size_t limit);

/// Check 7: what /schema answers against the file.
Check compare_schemas(const json::value& disk, const json::value& answered);

} // namespace pix::tools
