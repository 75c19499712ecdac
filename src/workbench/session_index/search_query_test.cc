#include "workbench/session_index/search_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pix::workbench {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr core::Millis now = 1'767'225'600'000; // 2026-01-01

std::vector<std::string> words_of(const SearchQuery& query)
{
    std::vector<std::string> words;
    for (auto const& word : query.words) words.push_back(word.folded + (word.is_prefix ? "*" : ""));
    return words;
}

TEST(SearchQuery, has_words_of_which_the_last_may_go_on)
{
    auto const query = parse_search_query("Fix the pars", now);
    ASSERT_TRUE(query);
    EXPECT_THAT(words_of(*query), ElementsAre("fix", "the", "pars*"));
    EXPECT_EQ(query->whole, "fix the pars");
    EXPECT_THAT(words_of(*parse_search_query("fix the pars", now, false)), ElementsAre("fix", "the", "pars"));
}

TEST(SearchQuery, keeps_phrases_and_stars)
{
    auto const query = parse_search_query(R"("exact  Words" name* end )", now);
    ASSERT_TRUE(query);
    EXPECT_THAT(query->phrases, ElementsAre("exact words"));
    EXPECT_THAT(words_of(*query), ElementsAre("exact", "words", "name*", "end"));
}

TEST(SearchQuery, has_filters)
{
    auto const query =
        parse_search_query(R"(role:user provider:codex,claude project:"my app" after:2026-01-02 before:7d bug )", now);
    ASSERT_TRUE(query);
    EXPECT_EQ(query->role, "user");
    EXPECT_THAT(query->providers, ElementsAre(Provider::claude, Provider::codex));
    EXPECT_THAT(query->projects, ElementsAre("my app"));
    EXPECT_EQ(query->after, 1'767'312'000'000);
    EXPECT_EQ(query->before, now - 7LL * 86'400'000);
    EXPECT_THAT(words_of(*query), ElementsAre("bug"));
}

TEST(SearchQuery, refuses_filters_that_cannot_be)
{
    EXPECT_FALSE(parse_search_query("role:nobody x", now));
    EXPECT_FALSE(parse_search_query("provider:other x", now));
    EXPECT_FALSE(parse_search_query("before:soon x", now));
}

TEST(SearchQuery, takes_other_colons_for_text)
{
    auto const query = parse_search_query("std::vector http://x ", now);
    ASSERT_TRUE(query);
    EXPECT_THAT(words_of(*query), ElementsAre("std", "vector", "http", "x"));
}

TEST(SearchQuery, of_ideograms_has_pairs_and_the_whole_run)
{
    auto const query = parse_search_query("全文検索 ", now);
    ASSERT_TRUE(query);
    EXPECT_THAT(words_of(*query), ElementsAre("全文", "文検", "検索"));
    EXPECT_THAT(query->phrases, ElementsAre("全文検索"));
    EXPECT_THAT(words_of(*parse_search_query("猫 ", now)), ElementsAre("猫*"));
}

TEST(SearchQuery, of_marks_alone_has_no_words)
{
    auto const query = parse_search_query("\" -- ** AND( ", now);
    ASSERT_TRUE(query);
    EXPECT_THAT(words_of(*query), ElementsAre("and"));
    EXPECT_THAT(words_of(*parse_search_query("\"\"", now)), IsEmpty());
}

} // namespace
} // namespace pix::workbench
