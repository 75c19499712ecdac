#include "workbench/session_readers/message.h"

#include <array>

namespace pix::workbench {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 7> kind_names = {"text",  "thinking", "tool_use", "tool_result",
                                                        "error", "status",   "raw"};

} // namespace

std::string_view name_of(MessageKind kind)
{
    return kind_names.at(static_cast<std::size_t>(kind));
}

json::object to_json(const Message& message, Provider provider, std::string_view session_id)
{
    json::object object = message.more;
    object["id"] = message.id;
    object["sessionId"] = session_id;
    object["timestamp"] = core::iso_time(message.at, true);
    object["provider"] = name_of(provider);
    object["kind"] = name_of(message.kind);
    if (!message.role.empty()) object["role"] = message.role;
    // A call has its content in the result, a raw record in itself.
    if (message.kind != MessageKind::tool_use && message.kind != MessageKind::raw) object["content"] = message.content;
    if (!message.model.empty()) object["model"] = message.model;
    if (message.use) {
        json::object use{{"inputTokens", message.use->input},
                         {"outputTokens", message.use->output},
                         {"reasoningTokens", message.use->reasoning},
                         {"cacheReadTokens", message.use->cache_read},
                         {"cacheCreationTokens", message.use->cache_creation}};
        if (message.use->cost) use["cost"] = *message.use->cost;
        object["tokenUsage"] = std::move(use);
    }
    return object;
}

} // namespace pix::workbench
