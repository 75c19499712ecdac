#pragma once
#include <boost/json.hpp>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "tools/tool_schema.h"

namespace pix::tools {

/// A file given to an input, for tools whose inputs travel as multipart.
struct RunFile {
    std::string input_key;
    std::string filename;
    std::string content_type;
    std::string bytes;
};

/// What is posted to a tool's /run.
struct ToolCall {
    std::string content_type;
    std::string body;
};

/// The JSON form: inputs nested and flat, so that tools of either taste find them. `inputs_text` is the JSON text of
/// `inputs`. Source: contract 3.2.
ToolCall json_call(const std::string& run_id, const json::object& inputs, const std::string& inputs_text,
                   const std::string& artefacts_dir);

/// The multipart form: parts run_id, inputs, _pixie and one for each file. Files are taken from `files`, else from
/// inputs that hold data URLs. Source: contract 2.4.
ToolCall multipart_call(const std::string& run_id, const ToolSchema& schema, const json::object& inputs,
                        const std::vector<RunFile>& files, const std::string& artefacts_dir);

/// The outputs in a tool's answer to /run, without an echoed run_id.
/// Errors: Errc::bad_gateway (no 2xx; the message is what the tool says), Errc::invalid (not a JSON object).
core::Result<json::object> read_answer(int status, std::string_view body, std::size_t max_bytes);

/// What a failed answer says for itself: its `detail`, else its first 500 characters.
std::string message_of_answer(int status, std::string_view body);

/// The inputs as they are stored: texts over 64 KiB are left out, because the files they hold belong to nobody's
/// history. `omitted` gets the keys.
json::object stored_inputs(const json::object& inputs, std::vector<std::string>& omitted);

} // namespace pix::tools
