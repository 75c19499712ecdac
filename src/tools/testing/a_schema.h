#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/base/json.h"
#include "tools/tool_schema.h"

namespace pix::tools::testing {

/// The value of a JSON text that a test has written.
inline json::value parsed(std::string_view text)
{
    auto value = core::parse_json(text);
    if (!value) throw std::invalid_argument(value.error().message);
    return std::move(*value);
}

/// A valid schema with these inputs and outputs (JSON arrays); `more` is appended to the top level.
inline ToolSchema a_schema(std::string_view inputs, std::string_view outputs = "[]", std::string_view more = "")
{
    auto outcome = read_tool_schema(R"({"id":"a-tool","name":"A tool","inputs":)" + std::string(inputs) +
                                        R"(,"outputs":)" + std::string(outputs) + std::string(more) + "}",
                                    "a-tool");
    if (!outcome.schema)
        throw std::invalid_argument(outcome.problems.front().location + ": " + outcome.problems.front().message);
    return std::move(*outcome.schema);
}

} // namespace pix::tools::testing
