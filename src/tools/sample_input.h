#pragma once
#include <boost/json.hpp>

#include "core/base/clock.h"
#include "tools/tool_schema.h"

namespace pix::tools {

/// The inputs that the validator tries a tool with: defaults, else the plainest value of each type; optional inputs
/// without a default are left out. Dates are today's in UTC. A chat tool gets a conversation of one message.
/// Source: contract 5.2.
json::object sample_inputs(const ToolSchema& schema, core::Millis now);

/// The value for one input that has no default.
json::value sample_value(const InputSpec& input, core::Millis now);

} // namespace pix::tools
