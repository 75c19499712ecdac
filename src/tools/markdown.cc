#include "tools/markdown.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>

#include <memory>
#include <mutex>

#include "core/base/text.h"

namespace pix::tools {

namespace {

using Parser = std::unique_ptr<cmark_parser, decltype(&cmark_parser_free)>;
using Document = std::unique_ptr<cmark_node, decltype(&cmark_node_free)>;

bool is_safe_link(std::string_view url)
{
    auto const colon = url.find_first_of(":/?#");
    if (colon == std::string_view::npos || url[colon] != ':') return true;
    auto const scheme = core::lower(url.substr(0, colon));
    return scheme == "http" || scheme == "https" || scheme == "mailto";
}

bool is_safe_picture(std::string_view url)
{
    auto const start = core::lower(url.substr(0, 20));
    if (start.starts_with("data:")) return start.starts_with("data:image/") && !start.starts_with("data:image/svg");
    return url.starts_with('/') && !url.starts_with("//");
}

/// Empties the addresses that a page must not follow. Pictures from elsewhere would tell their host who reads.
void clean_addresses(cmark_node* root)
{
    std::unique_ptr<cmark_iter, decltype(&cmark_iter_free)> const walk(cmark_iter_new(root), &cmark_iter_free);
    while (cmark_iter_next(walk.get()) != CMARK_EVENT_DONE) {
        cmark_node* const node = cmark_iter_get_node(walk.get());
        auto const type = cmark_node_get_type(node);
        if (type != CMARK_NODE_LINK && type != CMARK_NODE_IMAGE) continue;
        const char* const held = cmark_node_get_url(node);
        std::string_view const url = held != nullptr ? held : "";
        bool const is_safe = type == CMARK_NODE_LINK ? is_safe_link(core::trim(url)) : is_safe_picture(url);
        if (!is_safe) cmark_node_set_url(node, "");
    }
}

} // namespace

std::optional<std::string> markdown_html(std::string_view text, std::size_t max_bytes)
{
    if (text.size() > max_bytes) return std::nullopt;
    static std::once_flag registered;
    std::call_once(registered, cmark_gfm_core_extensions_ensure_registered);
    constexpr int options = CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_SAFE;
    Parser const parser(cmark_parser_new(options), &cmark_parser_free);
    for (const char* name : {"table", "strikethrough", "autolink", "tasklist", "tagfilter"})
        if (auto* extension = cmark_find_syntax_extension(name))
            cmark_parser_attach_syntax_extension(parser.get(), extension);
    cmark_parser_feed(parser.get(), text.data(), text.size());
    Document const document(cmark_parser_finish(parser.get()), &cmark_node_free);
    if (!document) return std::nullopt;
    clean_addresses(document.get());
    char* const html = cmark_render_html(document.get(), options, cmark_parser_get_syntax_extensions(parser.get()));
    if (html == nullptr) return std::nullopt;
    std::string result(html);
    cmark_get_default_mem_allocator()->free(html);
    return result;
}

} // namespace pix::tools
