#pragma once
#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/form.h"
#include "tools/tool_call.h"
#include "tools/tool_schema.h"

namespace pix::tools {

/// Why one input cannot be used.
struct InputProblem {
    std::string key;
    std::string label;
    std::string message; ///< a sentence after the label: "is required", "is larger than 2 MB"
};

/// What a form or a JSON body says about a tool's inputs.
struct FormInput {
    json::object values;                ///< what the tool gets, typed; keys that nothing is known of are left out
    std::vector<InputProblem> problems; ///< not empty: the run must not start
    json::object submitted;             ///< as posted, for showing; texts shortened, files by name
    std::vector<RunFile> files;         ///< of tools whose inputs travel as multipart

    /// "Sigma is required; File is larger than 2 MB"
    std::string message() const;
};

/// Turns posted texts and files into typed values. Fields that are not declared are ignored, absent ones take their
/// default, and a required input that show_if hides is not missed.
/// Source: contract 1.4.2 and 2.3.
FormInput read_form_input(const ToolSchema& schema, const http::Form& form);

/// The same for a JSON object of already typed values.
FormInput read_json_input(const ToolSchema& schema, const json::object& body);

/// The same JSON value, where 1 and 1.0 are: how show_if compares.
bool is_same_value(const json::value& a, const json::value& b);

/// The text that stands for a value in a form field: strings as they are, everything else as JSON.
std::string form_text(const json::value& value);

} // namespace pix::tools
