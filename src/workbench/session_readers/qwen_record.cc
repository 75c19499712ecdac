#include "workbench/session_readers/qwen_record.h"

#include <algorithm>

#include "core/base/json.h"
#include "core/base/text.h"
#include "workbench/session_readers/gemini_parts.h"
#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;

namespace {

const json::array& parts_of(const json::object& record)
{
    static const json::array nothing;
    const auto* const message = object_at(record, "message");
    const auto* const parts = message == nullptr ? nullptr : array_at(*message, "parts");
    return parts == nullptr ? nothing : *parts;
}

/// The prompt's count includes what came from the cache.
std::optional<TokenUse> use_of(const json::object& record)
{
    const auto* const usage = object_at(record, "usageMetadata");
    if (usage == nullptr) return std::nullopt;
    TokenUse use;
    use.cache_read = tokens_at(*usage, "cachedContentTokenCount");
    use.input = std::max<std::int64_t>(0, tokens_at(*usage, "promptTokenCount") - use.cache_read);
    use.output = tokens_at(*usage, "candidatesTokenCount");
    use.reasoning = tokens_at(*usage, "thoughtsTokenCount");
    return use;
}

std::string call_id_of(const json::object& call, std::size_t number)
{
    std::string_view const id = text_at(call, "id");
    return id.empty() ? "call_" + std::to_string(number) : std::string(id);
}

std::vector<Message> assistant_messages(std::string_view key, core::Millis at, const json::object& record,
                                        const QwenResults& results)
{
    std::vector<Message> out;
    const json::array& parts = parts_of(record);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto* const part = parts[i].if_object();
        if (part == nullptr) continue;
        std::string const id = parts.size() > 1 ? std::string(key) + "_" + std::to_string(i) : std::string(key);
        Message message = message_of(id, at, MessageKind::text, "assistant", text_at(*part, "text"));
        if (is_true(*part, "thought")) message.kind = MessageKind::thinking;
        if (const auto* const call = object_at(*part, "functionCall")) {
            std::string const call_id = call_id_of(*call, i);
            auto const result = results.find(call_id);
            const auto* const args = value_at(*call, "args");
            message.content.clear();
            append_tool(out, std::move(message), call_id, text_at(*call, "name"),
                        args == nullptr ? json::value(json::object()) : *args,
                        result == results.end() ? std::nullopt : std::optional(result->second));
        } else if (!core::trim(message.content).empty()) {
            out.push_back(std::move(message));
        }
    }
    for (Message& message : out) message.model = text_at(record, "model");
    if (!out.empty()) out.front().use = use_of(record);
    return out;
}

/// That a request failed is only in the program's record of its own events.
void append_refusal(std::vector<Message>& out, std::string_view key, core::Millis at, const json::object& record)
{
    const auto* const payload = object_at(record, "systemPayload");
    const auto* const event = payload == nullptr ? nullptr : object_at(*payload, "uiEvent");
    if (event == nullptr || !text_at(*event, "event.name").ends_with(".api_error")) return;
    std::string_view const text = text_at(*event, "error_message");
    if (text.empty()) return;
    Message message = message_of(std::string(key), at, MessageKind::error, "", text);
    if (auto const code = text_at(*event, "error_type"); !code.empty()) message.more["code"] = code;
    out.push_back(std::move(message));
}

bool is_typed(const json::object& record)
{
    // Older versions did not say who wrote a record, and gave those of their own a subtype.
    std::string_view const provenance = text_at(record, "provenance");
    return provenance.empty() ? text_at(record, "subtype").empty() : provenance == "real_user";
}

std::string display_text(const json::value& display)
{
    const auto* const object = display.if_object();
    if (object == nullptr) return display.is_string() ? as_text(display) : std::string();
    for (const char* key : {"output", "text"}) // `text` is the form that the model gets
        if (auto const text = text_at(*object, key); !text.empty()) return std::string(text);
    return {};
}

} // namespace

std::pair<std::string, ToolOutcome> qwen_result_of(const json::object& record)
{
    std::pair<std::string, ToolOutcome> result;
    ToolOutcome& outcome = result.second;
    outcome.at = time_at(record, "timestamp");
    if (const auto* const call = object_at(record, "toolCallResult")) {
        result.first = text_at(*call, "callId");
        std::string_view const status = text_at(*call, "status");
        outcome.is_error = status == "error" || status == "cancelled" || value_at(*call, "error") != nullptr;
        if (const auto* const display = value_at(*call, "resultDisplay")) {
            outcome.content = display_text(*display);
            if (display->is_object()) outcome.structured = json::object{{"resultDisplay", *display}};
        }
    }
    const json::array& parts = parts_of(record);
    for (const json::value& value : parts) {
        const auto* const part = value.if_object();
        const auto* const response = part == nullptr ? nullptr : object_at(*part, "functionResponse");
        if (response != nullptr && result.first.empty()) result.first = text_at(*response, "id");
    }
    if (outcome.content.empty()) outcome.content = gemini_response_text(parts);
    return result;
}

std::vector<std::string> qwen_calls_of(const json::object& record)
{
    std::vector<std::string> calls;
    const json::array& parts = parts_of(record);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto* const part = parts[i].if_object();
        const auto* const call = part == nullptr ? nullptr : object_at(*part, "functionCall");
        if (call != nullptr) calls.push_back(call_id_of(*call, i));
    }
    return calls;
}

std::vector<Message> qwen_messages_of(std::string_view key, const json::object& record, const QwenResults& results,
                                      std::int64_t& unknown)
{
    std::vector<Message> out;
    core::Millis const at = time_at(record, "timestamp");
    std::string_view const type = text_at(record, "type");
    // What sub-agents said is not the conversation's.
    if (is_true(record, "isSidechain")) return out;
    if (type == "assistant") return assistant_messages(key, at, record, results);
    if (type == "user") {
        if (is_typed(record))
            if (auto message = gemini_user_message(key, at, parts_of(record), json::value()))
                out.push_back(std::move(*message));
        return out;
    }
    if (type == "tool_result") {
        // Shown with its call; alone only if that is missing.
        auto const [call, outcome] = qwen_result_of(record);
        Message message = message_of(std::string(key), at, MessageKind::tool_result, "", outcome.content);
        message.more = {{"toolId", call}, {"isError", outcome.is_error}};
        out.push_back(std::move(message));
        return out;
    }
    if (type == "system") {
        if (text_at(record, "subtype") == "ui_telemetry") append_refusal(out, key, at, record);
        if (text_at(record, "subtype") != "chat_compression") return out;
        Message message = message_of(std::string(key), at, MessageKind::status, "", "");
        message.more["text"] = "compacted";
        if (const auto* const payload = object_at(record, "systemPayload"))
            if (const auto* const info = object_at(*payload, "info")) message.more["info"] = *info;
        out.push_back(std::move(message));
        return out;
    }
    ++unknown;
    Message message = message_of(std::string(key), at, MessageKind::raw, "", "");
    message.more["record"] = record;
    out.push_back(std::move(message));
    return out;
}

} // namespace pix::workbench
