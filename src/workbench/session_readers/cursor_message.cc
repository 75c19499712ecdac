#include "workbench/session_readers/cursor_message.h"

#include <array>

#include "core/base/json.h"
#include "core/base/text.h"
#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 3> hidden_blocks = {"user_info", "system_reminder", "timestamp"};

/// Takes every `<tag>...</tag>` out of the text. One that is never closed was typed.
void drop_blocks(std::string& text, std::string_view tag)
{
    std::string const opening = "<" + std::string(tag) + ">";
    std::string const closing = "</" + std::string(tag) + ">";
    std::string kept;
    std::size_t from = 0;
    for (;;) {
        auto const begin = text.find(opening, from);
        auto const end = begin == std::string::npos ? begin : text.find(closing, begin);
        if (end == std::string::npos) break;
        kept.append(text, from, begin - from);
        from = end + closing.size();
    }
    if (from == 0) return;
    kept.append(text, from);
    text = std::move(kept);
}

std::string_view type_of(const json::object& part)
{
    std::string_view const type = text_at(part, "type");
    // Transcripts name the two like the model's own interface does.
    if (type == "tool_use") return "tool-call";
    if (type == "tool_result") return "tool-result";
    if (type == "thinking") return "reasoning";
    if (type == "redacted_thinking") return "redacted-reasoning";
    return type;
}

std::string_view first_text(const json::object& part, std::initializer_list<std::string_view> keys)
{
    for (std::string_view const key : keys)
        if (auto const text = text_at(part, key); !text.empty()) return text;
    return {};
}

void take_image(const json::object& part, json::array& images)
{
    std::string_view mime = first_text(part, {"mimeType", "mediaType", "media_type"});
    std::string_view data = first_text(part, {"image", "data", "url"});
    if (const auto* const source = object_at(part, "source")) {
        mime = text_at(*source, "media_type");
        data = text_at(*source, "data");
    }
    if (auto image = image_of(mime, data)) images.push_back(std::move(*image));
}

/// What a tool answered, as text.
std::string result_text(const json::object& part)
{
    const auto* value = value_at(part, "result");
    if (value == nullptr) value = value_at(part, "content");
    if (value == nullptr) value = value_at(part, "output");
    if (value == nullptr) return {};
    const auto* const blocks = value->if_array();
    if (blocks == nullptr) return as_text(*value);
    std::string text;
    for (const json::value& block : *blocks) {
        const auto* const object = block.if_object();
        if (object == nullptr || text_at(*object, "type") != "text") return core::to_text(*value);
        if (!text.empty()) text += '\n';
        text += text_at(*object, "text");
    }
    return text;
}

/// The message's parts; a plain text is one.
json::array parts_of(const json::object& record)
{
    const json::object* holder = &record;
    if (const auto* const message = object_at(record, "message")) holder = message;
    if (const auto* const parts = array_at(*holder, "content")) return *parts;
    std::string_view const text = text_at(*holder, "content");
    return {json::object{{"type", "text"}, {"text", text}}};
}

std::vector<Message> user_messages(std::string_view key, core::Millis at, const json::array& parts)
{
    std::string text;
    json::array images;
    for (const json::value& value : parts) {
        const auto* const part = value.if_object();
        if (part == nullptr) continue;
        if (type_of(*part) == "image") take_image(*part, images);
        if (type_of(*part) != "text") continue;
        std::string const shown = cursor_prompt_of(text_at(*part, "text"));
        if (shown.empty()) continue;
        if (!text.empty()) text += '\n';
        text += shown;
    }
    Prompt prompt = prompt_of(text);
    for (json::value& image : prompt.images) images.push_back(std::move(image));
    std::vector<Message> out;
    if (prompt.text.empty() && images.empty() && prompt.files.empty()) return out;
    Message message = message_of(std::string(key), at, MessageKind::text, "user", prompt.text);
    if (!images.empty()) message.more["images"] = std::move(images);
    if (!prompt.files.empty()) message.more["files"] = std::move(prompt.files);
    out.push_back(std::move(message));
    return out;
}

} // namespace

std::string_view cursor_tool_name(std::string_view name)
{
    if (name == "ApplyPatch") return "Edit";
    if (name == "Shell") return "Bash";
    return name;
}

std::string cursor_prompt_of(std::string_view text)
{
    constexpr std::string_view opening = "<user_query>";
    constexpr std::string_view closing = "</user_query>";
    auto const begin = text.find(opening);
    auto const end = text.rfind(closing);
    // What stands around the query is Cursor's; what stands in it is the user's, whatever it looks like.
    if (begin != std::string_view::npos && end != std::string_view::npos && begin + opening.size() <= end)
        return std::string(core::trim(text.substr(begin + opening.size(), end - begin - opening.size())));
    std::string rest(text);
    for (std::string_view const tag : hidden_blocks) drop_blocks(rest, tag);
    return std::string(core::trim(rest));
}

bool is_cursor_message(const json::object& record)
{
    return !text_at(record, "role").empty();
}

void take_cursor_results(const json::object& record, CursorResults& results)
{
    for (const json::value& value : parts_of(record)) {
        const auto* const part = value.if_object();
        if (part == nullptr || type_of(*part) != "tool-result") continue;
        ToolOutcome outcome;
        outcome.content = result_text(*part);
        outcome.is_error = is_true(*part, "isError") || is_true(*part, "is_error");
        results.emplace(std::string(first_text(*part, {"toolCallId", "tool_use_id"})), std::move(outcome));
    }
}

std::vector<Message> cursor_messages_of(std::string_view key, core::Millis at, const json::object& record,
                                        const CursorResults& results, std::int64_t& unknown)
{
    std::string_view const role = text_at(record, "role");
    if (role == "system" || role == "tool") return {};
    json::array const parts = parts_of(record);
    if (role == "user") return user_messages(key, at, parts);
    std::vector<Message> out;
    json::array images;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto* const part = parts[i].if_object();
        if (part == nullptr) continue;
        std::string_view const type = type_of(*part);
        std::string id(key);
        if (parts.size() > 1) id += "_" + std::to_string(i);
        Message message = message_of(std::move(id), at, MessageKind::text, "assistant", text_at(*part, "text"));
        if (type == "text") {
            if (!core::trim(message.content).empty()) out.push_back(std::move(message));
        } else if (type == "reasoning") {
            message.kind = MessageKind::thinking;
            if (message.content.empty()) message.content = text_at(*part, "thinking");
            if (!core::trim(message.content).empty()) out.push_back(std::move(message));
        } else if (type == "tool-call") {
            auto const result = results.find(first_text(*part, {"toolCallId", "id"}));
            const auto* input = value_at(*part, "args");
            if (input == nullptr) input = value_at(*part, "input");
            message.content.clear();
            append_tool(out, std::move(message), first_text(*part, {"toolCallId", "id"}),
                        cursor_tool_name(first_text(*part, {"toolName", "name"})),
                        input == nullptr ? json::value(json::object()) : *input,
                        result == results.end() ? std::nullopt : std::optional(result->second));
        } else if (type == "image") {
            take_image(*part, images);
        } else if (type != "redacted-reasoning" && type != "tool-result") {
            ++unknown;
            message.kind = MessageKind::raw;
            message.role.clear();
            message.more["record"] = *part;
            out.push_back(std::move(message));
        }
    }
    if (!images.empty()) {
        Message message = message_of(std::string(key) + "_images", at, MessageKind::text, "assistant", "");
        message.more["images"] = std::move(images);
        out.push_back(std::move(message));
    }
    return out;
}

} // namespace pix::workbench
