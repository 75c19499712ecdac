#pragma once
#include <boost/json.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "workbench/session_readers/message.h"
#include "workbench/session_readers/message_parts.h"

namespace pix::workbench {

/// The answers of tools, by the id of the call.
using CursorResults = std::map<std::string, ToolOutcome, std::less<>>;

/// Whether a record is the conversation's: has a role and a content.
bool is_cursor_message(const boost::json::object& record);

/// The answers that a record of role `tool` carries.
void take_cursor_results(const boost::json::object& record, CursorResults& results);

/// A record as shown, with ids that begin with `key`. Of role `system` and `tool`: none.
std::vector<Message> cursor_messages_of(std::string_view key, core::Millis at, const boost::json::object& record,
                                        const CursorResults& results, std::int64_t& unknown);

/// A user's text without the blocks that Cursor puts around it.
std::string cursor_prompt_of(std::string_view text);

/// The name under which a tool is shown.
std::string_view cursor_tool_name(std::string_view name);

} // namespace pix::workbench
