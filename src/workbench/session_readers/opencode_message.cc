#include "workbench/session_readers/opencode_message.h"

#include <algorithm>

#include "core/base/text.h"
#include "workbench/session_readers/message_parts.h"
#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;

namespace {

constexpr std::string_view hidden_types[] = {"step-start", "step-finish", "patch",      "snapshot",
                                             "agent",      "subtask",     "compaction", "retry"};

/// Attachments of one stored message, until the text message that carries them is known.
struct Attachments {
    json::array images;
    json::array files;
    bool empty() const { return images.empty() && files.empty(); }
};

void move_to(Message& message, Attachments& attachments)
{
    if (!attachments.images.empty()) message.more["images"] = std::move(attachments.images);
    if (!attachments.files.empty()) message.more["files"] = std::move(attachments.files);
    attachments = {};
}

void append(json::array& to, json::array& from)
{
    for (json::value& value : from) to.push_back(std::move(value));
}

void take_file(const json::object& part, Attachments& attachments)
{
    std::string_view const mime = text_at(part, "mime");
    std::string_view const name = text_at(part, "filename");
    std::string_view url = text_at(part, "url");
    json::object file;
    if (url.starts_with("data:")) {
        file["data"] = url;
    } else {
        if (url.starts_with("file://")) url.remove_prefix(7);
        auto const decoded = core::percent_decode(url);
        std::string path = decoded && core::is_utf8(*decoded) ? *decoded : std::string(url);
        if (path.empty()) path = name;
        std::ranges::replace(path, '\\', '/');
        file["path"] = path;
    }
    if (!name.empty()) file["name"] = name;
    if (!mime.empty()) file["mimeType"] = mime;
    (mime.starts_with("image/") ? attachments.images : attachments.files).push_back(std::move(file));
}

/// A prompt that was given as an argument is stored as a JSON string literal.
std::string unquoted(std::string_view text)
{
    std::string_view const trimmed = core::trim(text);
    if (trimmed.size() < 2 || trimmed.front() != '"' || trimmed.back() != '"') return std::string(text);
    auto const value = parse_value(trimmed);
    return value && value->is_string() ? as_text(*value) : std::string(text);
}

void append_text(std::vector<Message>& out, const json::object& part, Message message, Attachments& attachments)
{
    if (is_true(part, "synthetic") || is_true(part, "ignored")) return;
    message.content = text_at(part, "text");
    if (message.role == "user") {
        Prompt prompt = prompt_of(unquoted(message.content));
        message.content = std::move(prompt.text);
        append(attachments.images, prompt.images);
        append(attachments.files, prompt.files);
    }
    if (core::trim(message.content).empty()) return;
    out.push_back(std::move(message));
}

void append_tool_part(std::vector<Message>& out, const json::object& part, Message message)
{
    static const json::object nothing;
    const auto* const state = object_at(part, "state");
    const json::object& s = state == nullptr ? nothing : *state;
    std::string_view const status = text_at(s, "status");
    std::optional<ToolOutcome> outcome;
    if (status == "completed" || status == "error") {
        outcome = ToolOutcome();
        outcome->is_error = status == "error";
        const auto* const content = value_at(s, outcome->is_error ? "error" : "output");
        if (content != nullptr) outcome->content = as_text(*content);
        json::object structured;
        for (const char* key : {"title", "metadata"})
            if (const auto* const value = value_at(s, key)) structured[key] = *value;
        if (!structured.empty()) outcome->structured = std::move(structured);
        if (const auto* const time = object_at(s, "time")) outcome->at = time_at(*time, "end");
    }
    const auto* const input = value_at(s, "input");
    append_tool(out, std::move(message), text_at(part, "callID"), text_at(part, "tool"),
                input == nullptr ? json::value(json::object()) : *input, std::move(outcome));
}

std::optional<TokenUse> use_of(const json::object& data)
{
    const auto* const tokens = object_at(data, "tokens");
    if (tokens == nullptr) return std::nullopt;
    TokenUse use;
    use.input = tokens_at(*tokens, "input");
    use.output = tokens_at(*tokens, "output");
    use.reasoning = tokens_at(*tokens, "reasoning");
    if (const auto* const cache = object_at(*tokens, "cache")) {
        use.cache_read = tokens_at(*cache, "read");
        use.cache_creation = tokens_at(*cache, "write");
    }
    use.cost = number_at(data, "cost");
    // While the answer is being written all counts are nought.
    if (use.input + use.output + use.reasoning + use.cache_read + use.cache_creation == 0) return std::nullopt;
    return use;
}

void append_error(std::vector<Message>& out, const json::object& data, Message message)
{
    const auto* const error = object_at(data, "error");
    if (error == nullptr) return;
    const auto* const inner = object_at(*error, "data");
    message.kind = MessageKind::error;
    message.id += "_error";
    message.content = inner == nullptr ? "" : text_at(*inner, "message");
    if (message.content.empty()) message.content = text_at(*error, "message");
    if (message.content.empty()) message.content = text_at(*error, "name");
    if (auto const name = text_at(*error, "name"); !name.empty()) message.more["code"] = name;
    message.role.clear();
    out.push_back(std::move(message));
}

} // namespace

std::vector<Message> messages_of(const OpenCodeMessage& stored, OpenCodeNotes& notes)
{
    std::vector<Message> out;
    auto const data = parse_record(stored.data);
    if (!data) {
        notes.skipped_bytes += static_cast<std::int64_t>(stored.data.size());
        return out;
    }
    core::Millis at = stored.created;
    if (const auto* const time = object_at(*data, "time"); time != nullptr && time_at(*time, "created") > 0)
        at = time_at(*time, "created");
    if (const auto* const path = object_at(*data, "path")) notes.cwd = text_at(*path, "cwd");
    std::string const role = text_at(*data, "role") == "user" ? "user" : "assistant";
    Attachments attachments;
    for (const OpenCodeMessage::Part& part : stored.parts) {
        auto const record = parse_record(part.data);
        if (!record) {
            notes.skipped_bytes += static_cast<std::int64_t>(part.data.size());
            continue;
        }
        std::string_view const type = text_at(*record, "type");
        Message message = message_of(part.id, at, MessageKind::text, role, "");
        if (const auto* const time = object_at(*record, "time"); time != nullptr && time_at(*time, "start") > 0)
            message.at = time_at(*time, "start");
        if (type == "text") {
            append_text(out, *record, std::move(message), attachments);
        } else if (type == "reasoning") {
            message.kind = MessageKind::thinking;
            message.content = text_at(*record, "text");
            if (!core::trim(message.content).empty()) out.push_back(std::move(message));
        } else if (type == "tool") {
            append_tool_part(out, *record, std::move(message));
        } else if (type == "file") {
            take_file(*record, attachments);
        } else if (std::ranges::find(hidden_types, type) == std::end(hidden_types)) {
            ++notes.unknown;
            message.kind = MessageKind::raw;
            message.role.clear();
            message.more["record"] = *record;
            out.push_back(std::move(message));
        }
    }
    if (!attachments.empty()) {
        auto text = std::ranges::find(out, MessageKind::text, &Message::kind);
        if (text == out.end()) text = out.insert(out.begin(), message_of(stored.id, at, MessageKind::text, role, ""));
        move_to(*text, attachments);
    }
    append_error(out, *data, message_of(stored.id, at, MessageKind::error, role, ""));
    if (!out.empty() && role == "assistant") {
        out.front().use = use_of(*data);
        for (Message& message : out) {
            message.model = text_at(*data, "modelID");
            if (message.kind == MessageKind::text && is_true(*data, "summary")) message.more["isCompactSummary"] = true;
        }
    }
    return out;
}

} // namespace pix::workbench
