#include "workbench/session_readers/claude_content.h"

#include <algorithm>
#include <array>

#include "workbench/session_readers/message_parts.h"
#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;
namespace dom = simdjson::dom;

namespace {

// Pages stay bounded whatever a tool printed; the whole is in the transcript.
constexpr std::size_t max_result_text = 1 << 20;
constexpr std::size_t max_picture = 8 << 20;

constexpr std::array<std::string_view, 12> bookkeeping = {
    "attachment", "queue-operation",       "mode",        "cost-state",        "tools-used",       "atis-latch",
    "progress",   "file-history-snapshot", "api-request", "api-request-shape", "api-request-blob", "permission-mode"};

} // namespace

bool is_claude_bookkeeping(std::string_view type)
{
    return std::ranges::find(bookkeeping, type) != bookkeeping.end();
}

std::string claude_result_text(JsonElement content, json::array& images)
{
    if (std::string_view const text = as_string(content); !text.empty()) return std::string(cut(text, max_result_text));
    std::string all;
    dom::array blocks;
    if (content.get_array().get(blocks) != simdjson::SUCCESS) return all;
    for (JsonElement const block : blocks) {
        std::string_view const type = text_of(block, "type");
        if (type == "text" || type.empty()) {
            if (!all.empty()) all += '\n';
            all += text_of(block, "text");
        } else if (type == "image") {
            auto const source = child_of(block, "source");
            if (!source || text_of(*source, "data").size() > max_picture) continue;
            if (auto image = image_of(text_of(*source, "media_type"), text_of(*source, "data")))
                images.push_back(std::move(*image));
        }
    }
    return std::string(cut(all, max_result_text));
}

std::optional<json::object> claude_picture(JsonElement block)
{
    auto const source = child_of(block, "source");
    if (!source) return std::nullopt;
    std::string_view const mime = text_of(*source, "media_type");
    if (std::string_view const url = text_of(*source, "url"); !url.empty()) return json::object{{"path", url}};
    std::string_view const data = text_of(*source, "data");
    if (data.size() > max_picture) return json::object{{"name", "too large to show"}, {"mimeType", mime}};
    return image_of(mime, data);
}

json::object claude_document(JsonElement block)
{
    std::string_view const title = text_of(block, "title");
    json::object file{{"name", title.empty() ? std::string_view("document") : title}};
    if (auto const source = child_of(block, "source")) file["mimeType"] = text_of(*source, "media_type");
    return file;
}

} // namespace pix::workbench
