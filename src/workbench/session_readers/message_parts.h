#pragma once
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workbench/session_readers/message.h"

namespace pix::workbench {

/// What a user wrote, without the attachments that clients write behind it in tags.
struct Prompt {
    std::string text;
    boost::json::array images; ///< {path, name?}
    boost::json::array files;  ///< likewise
};

/// Takes `<images_input>` and `<files_input>` blocks off the very end of a user's text; one elsewhere was typed.
Prompt prompt_of(std::string_view text);

/// What came of a tool call.
struct ToolOutcome {
    std::string content;
    bool is_error = false;
    boost::json::value structured; ///< null: none
    core::Millis at = 0;           ///< 0: that of the call
};

/// A tool call as one message, and its result, if there is one, as a second one with the id `<id>_result`.
void append_tool(std::vector<Message>& out, Message call, std::string_view tool_id, std::string_view name,
                 boost::json::value input, std::optional<ToolOutcome> outcome);

/// A message of one kind, with nothing but its text.
Message message_of(std::string id, core::Millis at, MessageKind kind, std::string_view role, std::string_view content);

/// `data:<mime>;base64,...` as an image; nothing if it is neither that nor a path.
std::optional<boost::json::object> image_of(std::string_view mime, std::string_view base64);

} // namespace pix::workbench
