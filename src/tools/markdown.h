#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace pix::tools {

/// HTML of a Markdown text that nobody vouches for: raw HTML is dropped, links lead to http, https, mailto or stay
/// here, pictures come from here or from a data URL. Nothing if the text is longer than `max_bytes`.
///
/// Runs on: any thread.
/// Source:  GitHub Flavored Markdown 0.29, with tables, strike-through, autolinks, task lists and the tag filter.
std::optional<std::string> markdown_html(std::string_view text, std::size_t max_bytes = 512UL * 1024);

} // namespace pix::tools
