#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace pix::workbench {

/// What stands in a user's line of Claude Code. Many are not by a person.
enum class ClaudeText : std::uint8_t {
    prompt,         ///< a person's text
    injected,       ///< a reminder, a skill's body, a warning: not shown
    command,        ///< a slash command
    command_output, ///< what a local command printed
    summary,        ///< the lead-in of a conversation that goes on after compaction
    notification,   ///< of a task in the background
};

ClaudeText kind_of_claude_text(std::string_view text);

/// Whether a shown prompt may give a conversation its title.
bool is_claude_title_text(std::string_view text);

/// What stands between `<tag>` and `</tag>`; empty if there is none.
std::string_view inside_tag(std::string_view text, std::string_view tag);

/// Without terminal sequences: colours, titles, links.
std::string without_colours(std::string_view text);

/// As titles are made of longer texts: the first line's first 50 characters and "...".
std::string title_of_text(std::string_view text);

} // namespace pix::workbench
