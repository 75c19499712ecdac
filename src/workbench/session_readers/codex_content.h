#pragma once
#include <boost/json.hpp>
#include <simdjson.h>
#include <string>
#include <string_view>

#include "workbench/session_readers/json_line.h"
#include "workbench/session_readers/message.h"

namespace pix::workbench {

/// Pictures above this are not shown.
inline constexpr std::size_t max_codex_picture = 8 << 20;

/// Whether a user's item was written by Codex itself, not by a person.
bool is_codex_injected(JsonElement payload, std::string_view text);

/// Text and pictures of content items, of whatever spelling.
void take_codex_content(simdjson::dom::array items, std::string& text, boost::json::array& images);

/// What a usage record says, each token once.
TokenUse codex_use(JsonElement usage);

} // namespace pix::workbench
