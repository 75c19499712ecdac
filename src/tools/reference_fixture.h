#pragma once
#include <boost/json.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "tools/tool_schema.h"

namespace pix::tools {

/// How far a value may be from what is expected. Absent values fall back to the built-in ones of the type.
struct Tolerance {
    std::optional<double> relative, absolute;
    bool skip = false;       ///< compare: skip
    bool normalized = false; ///< compare: json_normalized (texts)
    bool unordered = false;  ///< rows in any order (tables)

    /// `rtol` or `rel`, `atol` or `abs`, `compare`, `unordered`; unknown members are ignored.
    static Tolerance read(const json::value& value);
};

/// One `reference/fixture_*.json`: inputs and the outputs they must give.
struct Fixture {
    std::string filename;
    std::string name;
    json::object inputs;
    json::object expected_outputs;
    json::object tolerance; ///< by output key
    std::optional<std::string> skip_reason;
    std::vector<std::string> tags;
    std::optional<std::int64_t> timeout_seconds;
};

/// All fixtures of a tool, in the order of their names. Blocking. At most 200 files of 4 MiB.
/// Errors: Errc::invalid, naming the malformed file.
core::Result<std::vector<Fixture>> read_fixtures(const std::filesystem::path& tool_folder);

core::Result<Fixture> parse_fixture(std::string_view text, std::string filename);

/// What comparing found, one sentence each.
struct FixtureDifferences {
    std::vector<std::string> failures;
    std::vector<std::string> warnings;
};

/// Compares a response with what the fixture expects, each output by the rule of its type.
FixtureDifferences compare_outputs(const ToolSchema& schema, const Fixture& fixture, const json::object& outputs);

/// Nothing if `actual` is as `expected`, else where and how they differ. Exposed for tests.
std::optional<std::string> compare_value(OutputType type, const json::value& expected, const json::value& actual,
                                         const Tolerance& tolerance);

} // namespace pix::tools
