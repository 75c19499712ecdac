#pragma once
#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "workbench/session_readers/json_line.h"

namespace pix::workbench {

/// A call as the user knows it.
struct CodexCall {
    std::string name;
    boost::json::value input;
    bool is_hidden = false; ///< it manages agents or waits for a cell
};

/// `arguments`: the JSON text of a function's, or a custom tool's raw input.
CodexCall codex_call(std::string_view name, std::string_view arguments, bool is_custom);

/// What a call printed.
struct CodexOutput {
    std::string text;
    bool is_error = false;
    std::string running_cell; ///< the cell that goes on; empty: none
    boost::json::array images;
};

CodexOutput codex_output(JsonElement output);

/// The strings given as `command` or `cmd` to the shell tools that a script calls, joined by newline; empty if it
/// calls none.
std::string commands_of_script(std::string_view script);

} // namespace pix::workbench
