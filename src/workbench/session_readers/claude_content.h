#pragma once
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "workbench/session_readers/json_line.h"

namespace pix::workbench {

/// Whether lines of this type are Claude Code's own notes, which nobody is shown.
bool is_claude_bookkeeping(std::string_view type);

/// The text of a result: a string, or blocks whose texts are joined. Pictures among them are given to `images`.
std::string claude_result_text(JsonElement content, boost::json::array& images);

/// What pages show of an image block: {data} or {path}; nothing if it holds no picture.
std::optional<boost::json::object> claude_picture(JsonElement block);

/// What pages show of a document block: {name, mimeType}.
boost::json::object claude_document(JsonElement block);

} // namespace pix::workbench
