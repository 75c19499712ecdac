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
    // What the model gets of a command is wrapped up.
    bool const is_wrapped = outcome.content.empty() || outcome.content.starts_with("<untrusted_context>");
    if (is_wrapped && display != nullptr && display->is_string() && !display->get_string().empty())
        outcome.content = as_text(*display);
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

/// The functionResponse of a call, somewhere in a list of records.
const json::object* response_in(const json::array* list, std::string_view call_id)
{
    if (list == nullptr || call_id.empty()) return nullptr;
    for (const json::value& value : *list) {
        const auto* const record = value.if_object();
        const auto* const parts = record == nullptr ? nullptr : array_at(*record, "content");
        if (parts == nullptr) continue;
        for (const json::value& part_value : *parts) {
            const auto* const part = part_value.if_object();
            const auto* const response = part == nullptr ? nullptr : object_at(*part, "functionResponse");
            if (response != nullptr && text_at(*response, "id") == call_id) return part;
        }
    }
    return nullptr;
}

/// Thoughts and calls of a record in the form that the model gets.
void append_parts(std::vector<Message>& out, std::string_view key, core::Millis at, const json::value& content,
                  const json::array* list)
{
    const auto* const parts = content.if_array();
    if (parts == nullptr) return;
    for (std::size_t i = 0; i < parts->size(); ++i) {
        const auto* const part = (*parts)[i].if_object();
        if (part == nullptr) continue;
        std::string const number = std::to_string(i);
        if (is_true(*part, "thought") && !core::trim(text_at(*part, "text")).empty())
            out.push_back(message_of(std::string(key) + "_thought_" + number, at, MessageKind::thinking, "assistant",
                                     core::trim(text_at(*part, "text"))));
        const auto* const call = object_at(*part, "functionCall");
        if (call == nullptr) continue;
        std::optional<ToolOutcome> outcome;
        if (const auto* const response = response_in(list, text_at(*call, "id"))) {
            outcome = ToolOutcome();
            outcome->content = gemini_response_text(*response);
        }
        const auto* const args = value_at(*call, "args");
        append_tool(out, message_of(std::string(key) + "_tool_" + number, at, MessageKind::tool_use, "assistant", ""),
                    text_at(*call, "id"), text_at(*call, "name"), args == nullptr ? json::value(json::object()) : *args,
                    std::move(outcome));
    }
}

} // namespace

std::vector<Message> gemini_messages_of(std::string_view key, const json::object& record, const json::array* list,
                                        std::int64_t& unknown)
{
    std::vector<Message> out;
    core::Millis const at = time_at(record, "timestamp");
    std::string_view const type = text_at(record, "type");
    static const json::value nothing;
    const auto* const given = value_at(record, "content");
    const json::value& content = given == nullptr ? nothing : *given;
    if (type == "user") {
        static const json::value none;
        const auto* const typed = value_at(record, "displayContent");
        auto message = gemini_user_message(key, at, content, typed == nullptr ? none : *typed);
        if (message) out.push_back(std::move(*message));
        return out;
    }
    if (type == "gemini") {
        append_thoughts(out, key, at, record);
        std::string const text = gemini_text_of(content);
        if (!core::trim(text).empty())
            out.push_back(message_of(std::string(key), at, MessageKind::text, "assistant", text));
        append_calls(out, key, at, record);
        if (!record.contains("thoughts") && !record.contains("toolCalls")) append_parts(out, key, at, content, list);
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
