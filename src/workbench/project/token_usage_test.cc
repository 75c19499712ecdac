#include <gtest/gtest.h>

#include "workbench/project/wire.h"

namespace pix::workbench {
namespace {

TEST(TokenUsage, of_claude_is_the_last_answers_with_what_was_cached)
{
    SessionEntry session;
    session.source.provider = Provider::claude;
    session.facts.total = {.input = 1000, .output = 1000};
    session.facts.latest = TokenUse{.input = 100, .output = 30, .cache_read = 20, .cache_creation = 5};
    auto const usage = token_usage(session, 200'000);
    EXPECT_EQ(usage.at("used"), 155);
    EXPECT_EQ(usage.at("inputTokens"), 125);
    EXPECT_EQ(usage.at("outputTokens"), 30);
    EXPECT_EQ(usage.at("cacheTokens"), 25);
    EXPECT_EQ(usage.at("total"), 200'000);
    session.facts.context_window = 1'000'000;
    EXPECT_EQ(token_usage(session, 200'000).at("total"), 1'000'000);
}

TEST(TokenUsage, of_opencode_is_that_of_the_whole_conversation_each_part_once)
{
    SessionEntry session;
    session.source.provider = Provider::opencode;
    session.facts.total = {.input = 12, .output = 7, .reasoning = 3, .cache_read = 5, .cache_creation = 2};
    auto const usage = token_usage(session, 200'000);
    EXPECT_EQ(usage.at("used"), 29);
    EXPECT_EQ(usage.at("inputTokens"), 17);
    EXPECT_EQ(usage.at("outputTokens"), 7);
}

TEST(TokenUsage, of_cursor_is_not_known)
{
    SessionEntry session;
    session.source.provider = Provider::cursor;
    auto const usage = token_usage(session, 200'000);
    EXPECT_EQ(usage.at("unsupported"), true);
    EXPECT_EQ(usage.at("used"), 0);
    EXPECT_EQ(usage.at("total"), 0);
}

} // namespace
} // namespace pix::workbench
