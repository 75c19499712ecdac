#pragma once
#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "tools/tool_schema.h"

namespace pix::tools {

/// Where a form is shown.
struct FormPlace {
    std::string base;       ///< what stands before mount-relative links: "" or "/tools"
    std::string tool_id;    ///< as in addresses
    std::string form_token; ///< of the workbench door; may be empty
};

/// What tool_form.html shows: every input as a control that works without script, filled from `values`, else from the
/// defaults; neighbours of the same group under one heading.
/// Source: contract 2.3 and 2.5.
json::object form_view(const ToolSchema& schema, const json::object& values, const FormPlace& place);

/// What tool_input.html shows for one input. `value` may be null: the default. `number` tells inputs apart.
json::object input_view(const InputSpec& spec, const json::value* value, const FormPlace& place, std::size_t number);

} // namespace pix::tools
