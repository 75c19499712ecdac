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
using QwenResults = std::map<std::string, ToolOutcome, std::less<>>;

/// A record of type `tool_result`: the call it answers, and the answer.
std::pair<std::string, ToolOutcome> qwen_result_of(const boost::json::object& record);

/// The ids of the calls that a record of type `assistant` makes.
std::vector<std::string> qwen_calls_of(const boost::json::object& record);

/// One record as shown: what a person typed, thoughts, answers, calls with their results, a divider where the
/// conversation was compressed. Other records of the program's own bookkeeping give none.
std::vector<Message> qwen_messages_of(std::string_view key, const boost::json::object& record,
                                      const QwenResults& results, std::int64_t& unknown);

} // namespace pix::workbench
