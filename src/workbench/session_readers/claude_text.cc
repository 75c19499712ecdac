#include "workbench/session_readers/claude_text.h"

#include <algorithm>

#include "core/base/text.h"

namespace pix::workbench {

namespace {

constexpr std::size_t title_characters = 50;

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> leads)
{
    return std::ranges::any_of(leads, [text](std::string_view lead) { return text.starts_with(lead); });
}

/// Behind the sequence that begins with the escape at `at`. Source: ECMA-48 section 5.4 and 5.6.
std::size_t behind_sequence(std::string_view text, std::size_t at)
{
    if (++at >= text.size()) return at;
    char const kind = text[at];
    // A character of several bytes is no part of a sequence.
    if (kind < 0) return at;
    ++at;
    if (kind == '[') {
        while (at < text.size() && (text[at] < 0x40 || text[at] > 0x7e)) ++at;
        return std::min(at + 1, text.size());
    }
    if (kind == ']' || kind == 'P' || kind == '^' || kind == '_') {
        while (at < text.size() && text[at] != '\a' && text[at] != '\x1b') ++at;
        if (at + 1 < text.size() && text[at] == '\x1b' && text[at + 1] == '\\') ++at;
        return std::min(at + 1, text.size());
    }
    // Two characters, or three with an intermediate one.
    if (kind >= 0x20 && kind < 0x30 && at < text.size() && text[at] >= 0) ++at;
    return std::min(at, text.size());
}

} // namespace

std::string_view inside_tag(std::string_view text, std::string_view tag)
{
    std::string const opening = "<" + std::string(tag) + ">";
    std::string const closing = "</" + std::string(tag) + ">";
    auto const begin = text.find(opening);
    if (begin == std::string_view::npos) return {};
    text.remove_prefix(begin + opening.size());
    return core::trim(text.substr(0, text.find(closing)));
}

ClaudeText kind_of_claude_text(std::string_view text)
{
    text = core::trim(text);
    bool const is_command = starts_with_any(text, {"<command-name>", "<command-message>", "<command-args>"});
    if (is_command && !inside_tag(text, "command-name").empty()) return ClaudeText::command;
    if (starts_with_any(text, {"<local-command-stdout>", "<local-command-stderr>"})) return ClaudeText::command_output;
    if (text.starts_with("This session is being continued")) return ClaudeText::summary;
    if (text.starts_with("<task-notification>")) return ClaudeText::notification;
    bool const is_injected =
        is_command ||
        starts_with_any(text, {"<system-reminder>", "Base directory for this skill:", "<local-command-caveat>",
                               "Caveat: The messages below"});
    return is_injected ? ClaudeText::injected : ClaudeText::prompt;
}

bool is_claude_title_text(std::string_view text)
{
    text = core::trim(text);
    return !text.empty() && kind_of_claude_text(text) == ClaudeText::prompt &&
           !starts_with_any(text, {"Caveat:", "Warmup", "Invalid API key", "{\"subtasks\":"});
}

std::string without_colours(std::string_view text)
{
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        std::size_t const next = std::min(text.find('\x1b', at), text.size());
        plain += text.substr(at, next - at);
        at = next < text.size() ? behind_sequence(text, next) : next;
    }
    return plain;
}

std::string title_of_text(std::string_view text)
{
    text = core::trim(text);
    std::size_t end = 0;
    for (std::size_t characters = 0; end < text.size() && characters < title_characters; ++characters) {
        ++end;
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    }
    std::string title(text.substr(0, end));
    std::ranges::replace_if(title, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    return end < text.size() ? title + "..." : title;
}

} // namespace pix::workbench
