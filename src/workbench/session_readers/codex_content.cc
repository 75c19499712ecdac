#include "workbench/session_readers/codex_content.h"

#include <algorithm>
#include <array>

#include "core/base/text.h"
#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;
namespace dom = simdjson::dom;

namespace {

constexpr std::array<std::string_view, 6> injected_leads = {"<environment_context>", "<cwd>",
                                                            "<user_instructions>",   "# AGENTS.md instructions",
                                                            "<skills_instructions>", "<turn_aborted>"};

} // namespace

bool is_codex_injected(JsonElement payload, std::string_view text)
{
    if (auto const about = child_of(payload, "internal_chat_message_metadata_passthrough"))
        if (auto const kinds = array_of(*about, "content_item_kinds")) {
            for (JsonElement const kind : *kinds)
                if (as_string(kind) == "user.text") return false;
            return true;
        }
    text = core::trim(text);
    return std::ranges::any_of(injected_leads, [text](std::string_view lead) { return text.starts_with(lead); });
}

void take_codex_content(dom::array items, std::string& text, json::array& images)
{
    for (JsonElement const item : items) {
        std::string_view const piece = text_of(item, "text");
        bool const is_frame =
            piece == "</image>" || (piece.starts_with("<image name=[Image #") && piece.ends_with('>'));
        if (!piece.empty() && !is_frame) {
            if (!text.empty()) text += '\n';
            text += piece;
        }
        if (std::string_view const path = text_of(item, "path");
            !path.empty() && text_of(item, "type") == "local_image") {
            images.push_back(json::object{{"path", path}});
            continue;
        }
        std::string_view url = text_of(item, "image_url");
        if (url.empty()) url = text_of(item, "url");
        if (url.starts_with("data:image/") && url.size() <= max_codex_picture)
            images.push_back(json::object{{"data", url}});
    }
}

TokenUse codex_use(JsonElement usage)
{
    TokenUse use;
    std::int64_t const input = tokens_of(usage, "input_tokens");
    use.cache_read = std::min(input, tokens_of(usage, "cached_input_tokens"));
    use.input = input - use.cache_read;
    // The provider counts reasoning as a part of the output.
    use.reasoning = std::min(tokens_of(usage, "output_tokens"), tokens_of(usage, "reasoning_output_tokens"));
    use.output = tokens_of(usage, "output_tokens") - use.reasoning;
    return use;
}

} // namespace pix::workbench
