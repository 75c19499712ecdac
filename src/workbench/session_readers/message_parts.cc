#include "workbench/session_readers/message_parts.h"

#include <algorithm>

#include "core/base/text.h"

namespace pix::workbench {

namespace json = boost::json;

namespace {

/// One "<path> (original name: <name>)".
json::object attachment_of(std::string_view item)
{
    constexpr std::string_view mark = " (original name: ";
    std::string_view name;
    if (auto const at = item.rfind(mark); at != std::string_view::npos && item.ends_with(')')) {
        name = item.substr(at + mark.size(), item.size() - at - mark.size() - 1);
        item = core::trim(item.substr(0, at));
    }
    std::string path(item);
    std::ranges::replace(path, '\\', '/');
    json::object attachment{{"path", path}};
    if (!name.empty()) attachment["name"] = name;
    return attachment;
}

/// The attachments of a block's numbered lines, whose line breaks may have become spaces. None if it does not begin
/// with number 1.
json::array attachments_of(std::string_view body)
{
    json::array all;
    body = core::trim(body);
    for (int number = 1; !body.empty(); ++number) {
        std::string const here = std::to_string(number) + ". ";
        if (!body.starts_with(here)) return all;
        body.remove_prefix(here.size());
        std::string const next = std::to_string(number + 1) + ". ";
        std::size_t end = body.find("\n" + next);
        if (end == std::string_view::npos) end = body.find(" " + next);
        std::string_view const item = core::trim(body.substr(0, end));
        if (!item.empty()) all.push_back(attachment_of(item));
        body = end == std::string_view::npos ? std::string_view() : body.substr(end + 1);
    }
    return all;
}

/// Takes one block off the end of `text`.
bool take_block(std::string_view& text, std::string_view tag, json::array& attachments)
{
    std::string const opening = "<" + std::string(tag) + ">";
    std::string const closing = "</" + std::string(tag) + ">";
    if (!text.ends_with(closing)) return false;
    std::string_view const inner = text.substr(0, text.size() - closing.size());
    auto const at = inner.rfind(opening);
    if (at == std::string_view::npos) return false;
    attachments = attachments_of(inner.substr(at + opening.size()));
    text = core::trim(text.substr(0, at));
    return true;
}

} // namespace

Prompt prompt_of(std::string_view text)
{
    Prompt prompt;
    std::string_view rest = core::trim(text);
    bool has_images = false;
    bool has_files = false;
    for (bool again = true; again;) {
        again = false;
        if (!has_images && take_block(rest, "images_input", prompt.images)) again = has_images = true;
        if (!has_files && take_block(rest, "files_input", prompt.files)) again = has_files = true;
    }
    prompt.text = has_images || has_files ? rest : text;
    return prompt;
}

Message message_of(std::string id, core::Millis at, MessageKind kind, std::string_view role, std::string_view content)
{
    Message message;
    message.id = std::move(id);
    message.at = at;
    message.kind = kind;
    message.role = role;
    message.content = content;
    return message;
}

void append_tool(std::vector<Message>& out, Message call, std::string_view tool_id, std::string_view name,
                 json::value input, std::optional<ToolOutcome> outcome)
{
    call.kind = MessageKind::tool_use;
    call.more["toolId"] = tool_id;
    call.more["toolName"] = name;
    call.more["toolInput"] = std::move(input);
    if (!outcome) {
        out.push_back(std::move(call));
        return;
    }
    json::object result{{"content", outcome->content}, {"isError", outcome->is_error}};
    if (!outcome->structured.is_null()) result["toolUseResult"] = outcome->structured;
    Message answer = message_of(call.id + "_result", outcome->at == 0 ? call.at : outcome->at, MessageKind::tool_result,
                                "", outcome->content);
    answer.more = {{"toolId", tool_id}, {"isError", outcome->is_error}};
    if (!outcome->structured.is_null()) answer.more["toolUseResult"] = std::move(outcome->structured);
    call.more["toolResult"] = std::move(result);
    out.push_back(std::move(call));
    out.push_back(std::move(answer));
}

std::optional<json::object> image_of(std::string_view mime, std::string_view base64)
{
    if (base64.empty()) return std::nullopt;
    if (base64.starts_with("data:")) return json::object{{"data", base64}};
    if (mime.empty()) mime = "image/png";
    return json::object{{"data", "data:" + std::string(mime) + ";base64," + std::string(base64)}};
}

} // namespace pix::workbench
