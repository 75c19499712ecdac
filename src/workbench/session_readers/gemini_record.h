#pragma once
#include <boost/json.hpp>
#include <string_view>
#include <vector>

#include "workbench/session_readers/message.h"

namespace pix::workbench {

/// One message record of Gemini CLI as shown: thoughts, text, tool calls with their results. `key` is what its
/// messages' ids begin with. Injected context and mere answers of tools give none. `list`: the list that the record
/// stands in, where it is in the form that the model gets; answers of its calls are in records behind it.
std::vector<Message> gemini_messages_of(std::string_view key, const boost::json::object& record,
                                        const boost::json::array* list, std::int64_t& unknown);

} // namespace pix::workbench
