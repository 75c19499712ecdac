#include "workbench/session_readers/gemini_parts.h"

#include <algorithm>

#include "core/base/json.h"
#include "core/base/text.h"
#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;

namespace {

constexpr std::string_view injected_context = "<session_context>";
// Between these two parts stand the files that a prompt names with `@`.
constexpr std::string_view files_begin = "--- Content from referenced files ---";
constexpr std::string_view files_end = "--- End of content ---";

/// Calls `use` for every part.
template <class Use>
void each_part(const json::value& content, const Use& use)
{
    if (const auto* const object = content.if_object()) {
        // A whole message, or a single part.
        if (const auto* const parts = value_at(*object, "parts")) {
            if (parts->is_array()) each_part(*parts, use);
        } else {
            use(*object);
        }
    } else if (const auto* const list = content.if_array()) {
        for (const json::value& part : *list) {
            if (const auto* const object = part.if_object()) use(*object);
            if (part.is_string()) use(json::object{{"text", part}});
        }
    } else if (content.is_string()) {
        use(json::object{{"text", content}});
    }
}

} // namespace

std::string gemini_text_of(const json::value& content)
{
    std::string text;
    each_part(content, [&text](const json::object& part) {
        if (!is_true(part, "thought")) text += text_at(part, "text");
    });
    return text;
}

namespace {

std::string typed_text_of(const json::value& content)
{
    std::string text;
    bool is_in_files = false;
    each_part(content, [&](const json::object& part) {
        std::string_view const own = text_at(part, "text");
        if (core::trim(own) == files_begin) is_in_files = true;
        if (!is_in_files && !is_true(part, "thought")) text += own;
        if (core::trim(own) == files_end) is_in_files = false;
    });
    return text;
}

} // namespace

std::optional<Message> gemini_user_message(std::string_view id, core::Millis at, const json::value& content,
                                           const json::value& typed)
{
    json::array images;
    json::array files;
    each_part(content, [&](const json::object& part) {
        if (const auto* const data = object_at(part, "inlineData"))
            if (auto image = image_of(text_at(*data, "mimeType"), text_at(*data, "data"))) images.push_back(*image);
        if (const auto* const file = object_at(part, "fileData")) {
            std::string path(text_at(*file, "fileUri"));
            std::ranges::replace(path, '\\', '/');
            json::object attachment{{"path", path}};
            if (auto const mime = text_at(*file, "mimeType"); !mime.empty()) attachment["mimeType"] = mime;
            (text_at(*file, "mimeType").starts_with("image/") ? images : files).push_back(std::move(attachment));
        }
    });
    std::string const text = typed_text_of(typed.is_null() ? content : typed);
    if (core::trim(text).starts_with(injected_context)) return std::nullopt;
    Prompt prompt = prompt_of(text);
    for (json::value& image : prompt.images) images.push_back(std::move(image));
    for (json::value& file : prompt.files) files.push_back(std::move(file));
    if (core::trim(prompt.text).empty() && images.empty() && files.empty()) return std::nullopt;
    Message message = message_of(std::string(id), at, MessageKind::text, "user", core::trim(prompt.text));
    if (!images.empty()) message.more["images"] = std::move(images);
    if (!files.empty()) message.more["files"] = std::move(files);
    return message;
}

std::string gemini_response_text(const json::value& result)
{
    std::string text;
    auto const append = [&text](std::string_view more) {
        if (!text.empty() && !more.empty()) text += '\n';
        text += more;
    };
    each_part(result, [&append](const json::object& part) {
        const auto* const answer = object_at(part, "functionResponse");
        if (answer == nullptr) {
            append(text_at(part, "text"));
            return;
        }
        const auto* const response = object_at(*answer, "response");
        if (response == nullptr) return;
        for (const char* key : {"output", "error", "content", "result"}) {
            if (const auto* const value = value_at(*response, key)) {
                append(as_text(*value));
                return;
            }
        }
        append(core::to_text(*response));
    });
    return text;
}

} // namespace pix::workbench
