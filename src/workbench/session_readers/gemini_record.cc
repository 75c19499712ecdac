#include "workbench/session_readers/gemini_record.h"

#include <algorithm>

#include "core/base/text.h"
#include "workbench/session_readers/gemini_parts.h"
#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;

namespace {

/// The prompt's count includes what came from the cache.
std::optional<TokenUse> use_of(const json::object& record)
{
    const auto* const tokens = object_at(record, "tokens");
    if (tokens == nullptr) return std::nullopt;
    TokenUse use;
    use.cache_read = tokens_at(*tokens, "cached");
    use.input = std::max<std::int64_t>(0, tokens_at(*tokens, "input") - use.cache_read) + tokens_at(*tokens, "tool");
    use.output = tokens_at(*tokens, "output");
    use.reasoning = tokens_at(*tokens, "thoughts");
    return use;
}

void append_thoughts(std::vector<Message>& out, std::string_view key, core::Millis at, const json::object& record)
{
    const auto* const thoughts = array_at(record, "thoughts");
    if (thoughts == nullptr) return;
    for (std::size_t i = 0; i < thoughts->size(); ++i) {
        const auto* const thought = (*thoughts)[i].if_object();
        if (thought == nullptr) continue;
        std::string text;
        if (auto const subject = text_at(*thought, "subject"); !subject.empty())
            text = "**" + std::string(subject) + "**\n\n";
        text += text_at(*thought, "description");
        if (core::trim(text).empty()) continue;
        core::Millis const own = time_at(*thought, "timestamp");
        out.push_back(message_of(std::string(key) + "_thought_" + std::to_string(i), own > 0 ? own : at,
                                 MessageKind::thinking, "assistant", core::trim(text)));
    }
}

std::optional<ToolOutcome> outcome_of(const json::object& call)
{
    std::string_view const status = text_at(call, "status");
    const auto* const result = value_at(call, "result");
    const auto* const display = value_at(call, "resultDisplay");
    bool const is_over = status == "success" || status == "error" || status == "cancelled";
    if (!is_over && result == nullptr) return std::nullopt;
    ToolOutcome outcome;
    outcome.is_error = status == "error" || status == "cancelled";
    if (result != nullptr) outcome.content = gemini_response_text(*result);
    if (outcome.content.empty() && display != nullptr && display->is_string()) outcome.content = as_text(*display);
    json::object structured;
    if (display != nullptr) structured["resultDisplay"] = *display;
    for (const char* name : {"displayName", "description"})
        if (const auto* const value = value_at(call, name)) structured[name] = *value;
    if (!structured.empty()) outcome.structured = std::move(structured);
    return outcome;
}

void append_calls(std::vector<Message>& out, std::string_view key, core::Millis at, const json::object& record)
{
    const auto* const calls = array_at(record, "toolCalls");
    if (calls == nullptr) return;
    for (std::size_t i = 0; i < calls->size(); ++i) {
        const auto* const call = (*calls)[i].if_object();
        if (call == nullptr) continue;
        const auto* const args = value_at(*call, "args");
        append_tool(
            out,
            message_of(std::string(key) + "_tool_" + std::to_string(i), at, MessageKind::tool_use, "assistant", ""),
            text_at(*call, "id"), text_at(*call, "name"), args == nullptr ? json::value(json::object()) : *args,
            outcome_of(*call));
    }
}

} // namespace

std::vector<Message> gemini_messages_of(std::string_view key, const json::object& record, std::int64_t& unknown)
{
    std::vector<Message> out;
    core::Millis const at = time_at(record, "timestamp");
    std::string_view const type = text_at(record, "type");
    static const json::value nothing;
    const auto* const given = value_at(record, "content");
    const json::value& content = given == nullptr ? nothing : *given;
    if (type == "user") {
        if (auto message = gemini_user_message(key, at, content)) out.push_back(std::move(*message));
        return out;
    }
    if (type == "gemini") {
        append_thoughts(out, key, at, record);
        std::string const text = gemini_text_of(content);
        if (!core::trim(text).empty())
            out.push_back(message_of(std::string(key), at, MessageKind::text, "assistant", text));
        append_calls(out, key, at, record);
        for (Message& message : out) message.model = text_at(record, "model");
        if (!out.empty()) out.front().use = use_of(record);
        return out;
    }
    Message message = message_of(std::string(key), at, MessageKind::raw, "", "");
    if (type == "error") {
        message.kind = MessageKind::error;
        message.content = gemini_text_of(content);
    } else if (type == "info" || type == "warning") {
        message.kind = MessageKind::status;
        message.content = gemini_text_of(content);
        message.more["text"] = message.content;
    } else {
        ++unknown;
        message.more["record"] = record;
    }
    if (message.kind == MessageKind::raw || !core::trim(message.content).empty()) out.push_back(std::move(message));
    return out;
}

} // namespace pix::workbench
