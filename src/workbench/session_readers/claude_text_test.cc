#include "workbench/session_readers/claude_text.h"

#include <gtest/gtest.h>

namespace pix::workbench {
namespace {

TEST(ClaudeText, is_told_by_its_beginning)
{
    EXPECT_EQ(kind_of_claude_text("hello"), ClaudeText::prompt);
    EXPECT_EQ(kind_of_claude_text("<command-message>x</command-message><command-name>/x</command-name>"),
              ClaudeText::command);
    EXPECT_EQ(kind_of_claude_text(" <system-reminder>"), ClaudeText::injected);
    EXPECT_EQ(kind_of_claude_text("<task-notification>"), ClaudeText::notification);
    EXPECT_TRUE(is_claude_title_text("hello"));
    for (const char* const text : {"Warmup", "Caveat: x", "Invalid API key", "{\"subtasks\":[]}", "  "})
        EXPECT_FALSE(is_claude_title_text(text)) << text;
}

TEST(ClaudeText, loses_terminal_sequences)
{
    EXPECT_EQ(without_colours("a\x1b[1;31mb\x1b[0m \x1b]0;title\ac\x1b]8;;x\x1b\\d\x1b(Be\x1b["), "ab cde");
    EXPECT_EQ(without_colours("\x1b"), "");
    EXPECT_EQ(without_colours("\x1b\u00fc\x1b(\u00fc"), "\u00fc\u00fc");
}

TEST(ClaudeText, becomes_a_title_of_fifty_characters)
{
    EXPECT_EQ(title_of_text(" a\nb "), "a b");
    std::string fifty;
    for (int i = 0; i < 50; ++i) fifty += "\u00fc";
    EXPECT_EQ(title_of_text(fifty), fifty);
    EXPECT_EQ(title_of_text(fifty + "x"), fifty + "...");
}

} // namespace
} // namespace pix::workbench
