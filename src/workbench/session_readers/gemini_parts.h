#pragma once
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "workbench/session_readers/message_parts.h"

namespace pix::workbench {

// The content of a message as the Gemini interface has it, which Qwen Code stores, too: a text, one part, or a list of
// parts of text, inlineData, fileData, functionCall, functionResponse.

/// A user's message as shown; nothing if it only carries answers of tools, or context that the program put in. `typed`
/// has the text as it was typed, if it is not null: files that it named are only in the content.
std::optional<Message> gemini_user_message(std::string_view id, core::Millis at, const boost::json::value& content,
                                           const boost::json::value& typed);

/// The text of all text parts that are not thoughts.
std::string gemini_text_of(const boost::json::value& content);

/// What a tool answered: the output, error or content of its functionResponse parts, or the text that it is.
std::string gemini_response_text(const boost::json::value& result);

} // namespace pix::workbench
