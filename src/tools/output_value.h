#pragma once
#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tools/output_spec.h"
#include "tools/tool_schema.h"

namespace pix::tools {

/// Something about a tool's answer that differs from what its tool.json declares.
struct OutputProblem {
    std::string key;
    std::string message;     ///< "has no rows", "must be a number, is a string"
    bool is_warning = false; ///< shown all the same: undeclared keys, tolerated variants
};

/// Compares the answer to /run with the declared outputs. A streamed output may be absent: its values come later.
/// Source: contract 2.8 and 5.1 (check 9).
std::vector<OutputProblem> check_outputs(const ToolSchema& schema, const json::object& answer);

/// The same for one value, which is there.
std::vector<OutputProblem> check_output(const OutputSpec& spec, const json::value& value);

/// The value itself, or what is under "value" in an object around it; never null.
const json::value* scalar_of(const json::value& value);

/// A presentation option: the value's own if it has one, else the one of tool.json, else null.
const json::value& option_of(const OutputSpec& spec, const json::value& value, std::string_view name);

} // namespace pix::tools
