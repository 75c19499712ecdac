#include "workbench/session_index/search_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pix::workbench {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

std::vector<std::string> words_of(std::string_view text)
{
    std::vector<std::string> words;
    each_word(text, [&](const FoundWord& found) {
        words.emplace_back(found.folded);
        return true;
    });
    return words;
}

TEST(SearchWords, are_runs_of_letters_and_digits_in_lower_case)
{
    EXPECT_THAT(words_of("Fix the bug #42, now!"), ElementsAre("fix", "the", "bug", "42", "now"));
    EXPECT_THAT(words_of("ÄRGER in İstanbul, ΣΟΦΙΑ и ЁЖ"), ElementsAre("ärger", "in", "istanbul", "σοφια", "и", "ёж"));
}

TEST(SearchWords, have_the_parts_of_names_in_code)
{
    EXPECT_THAT(words_of("getUserName"), ElementsAre("getusername", "get", "user", "name"));
    EXPECT_THAT(words_of("parse_http_head"), ElementsAre("parse_http_head", "parse", "http", "head"));
    EXPECT_THAT(words_of("HTTPServer2 __init__"), ElementsAre("httpserver2", "http", "server2", "__init__", "init"));
    EXPECT_THAT(words_of("MAX_SIZE"), ElementsAre("max_size", "max", "size"));
}

TEST(SearchWords, of_scripts_without_spaces_are_pairs_of_neighbours)
{
    EXPECT_THAT(words_of("全文検索"), ElementsAre("全文", "文検", "検索", "索"));
    EXPECT_THAT(words_of("用pix検索"), ElementsAre("用", "pix", "検索", "索"));
}

TEST(SearchWords, of_text_that_is_not_utf8_are_those_between_the_broken_bytes)
{
    EXPECT_THAT(words_of("one\xFF\xFEtwo \xE2\x82three"), ElementsAre("one", "two", "three"));
}

TEST(SearchWords, that_are_too_long_count_by_their_beginning)
{
    auto const words = words_of(std::string(10'000, 'x') + " end");
    for (auto const& word : words) EXPECT_LE(word.size(), max_word_bytes);
    EXPECT_THAT(words, Contains("end"));
}

TEST(SearchWords, at_the_longest_length_end_where_they_end)
{
    for (std::size_t const length : {max_word_bytes, max_word_bytes + 1}) {
        for (char const first : {'x', 'X'}) {
            std::string const text = first + std::string(length - 1, 'x') + " Ends";
            std::vector<std::pair<std::string, std::size_t>> found;
            each_word(text, [&](const FoundWord& word) {
                found.emplace_back(word.folded, word.end);
                return true;
            });
            EXPECT_THAT(found, ElementsAre(std::pair(std::string(max_word_bytes, 'x'), length),
                                           std::pair("ends", text.size())));
        }
    }
}

TEST(SearchWords, say_where_they_stand)
{
    std::vector<std::pair<std::size_t, std::size_t>> places;
    each_word("Ä userName", [&](const FoundWord& found) {
        places.emplace_back(found.begin, found.end);
        return true;
    });
    EXPECT_THAT(places, ElementsAre(std::pair(0, 2), std::pair(3, 11), std::pair(3, 7), std::pair(7, 11)));
}

TEST(FoldedText, knows_where_its_bytes_come_from)
{
    auto const folded = fold_text("  One\n\n TWO ");
    EXPECT_EQ(folded.text, "one two");
    EXPECT_EQ(folded.from[0], 2U);
    EXPECT_EQ(folded.from[4], 8U);
    EXPECT_EQ(folded.from.size(), folded.text.size() + 1);
}

TEST(Phrase, is_found_at_the_edges_of_words_only)
{
    EXPECT_EQ(find_phrase("the cat sat", "cat sat"), 4U);
    EXPECT_EQ(find_phrase("concat satin cat sat", "cat sat"), 13U);
    EXPECT_EQ(find_phrase("concat satin", "cat sat"), std::string::npos);
    EXPECT_NE(find_phrase("日本語の検索", "検索"), std::string::npos);
}

TEST(IndexText, has_each_word_once)
{
    EXPECT_EQ(index_text("the the THE cat"), "the cat");
}

} // namespace
} // namespace pix::workbench
