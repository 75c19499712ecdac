#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "workbench/session_readers/session_reader.h"

namespace pix::testing {

/// "u:", "a:", "think:", "tool(name):", "result:", "!result:", "error:", "status:" or "raw:" and the text of a message.
inline std::string line_of(const workbench::Message& message)
{
    using workbench::MessageKind;
    auto const text = [&message](const char* key) {
        return message.more.contains(key) ? std::string(message.more.at(key).as_string()) : std::string();
    };
    switch (message.kind) {
    case MessageKind::text: return message.role.substr(0, 1) + ":" + message.content;
    case MessageKind::thinking: return "think:" + message.content;
    case MessageKind::tool_use: return "tool(" + text("toolName") + "):" + core::to_text(message.more.at("toolInput"));
    case MessageKind::tool_result:
        return (message.more.at("isError").as_bool() ? "!result:" : "result:") + message.content;
    case MessageKind::error: return "error:" + message.content;
    case MessageKind::status: return "status:" + text("text");
    case MessageKind::raw: return "raw:" + core::to_text(message.more.at("record"));
    }
    return "?";
}

inline std::vector<std::string> lines_of(const std::vector<workbench::Message>& messages)
{
    std::vector<std::string> lines;
    lines.reserve(messages.size());
    for (const workbench::Message& message : messages) lines.push_back(line_of(message));
    return lines;
}

/// Keeps what a reader gives, as an index would.
class MessageLog final : public workbench::MessageSink {
public:
    void add(workbench::Message message) override
    {
        ++added;
        for (const workbench::Message& other : messages) doubles += other.id == message.id ? 1 : 0;
        messages.push_back(std::move(message));
    }
    void remove(std::string_view id) override
    {
        std::erase_if(messages, [id](const workbench::Message& message) { return message.id == id; });
    }
    std::vector<std::string> lines() const { return lines_of(messages); }

    std::vector<workbench::Message> messages;
    int added = 0;
    int doubles = 0; ///< messages added whose id was there: always a mistake
};

} // namespace pix::testing
