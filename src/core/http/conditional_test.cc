#include "core/http/conditional.h"

#include <gtest/gtest.h>

namespace pix::http {
namespace {

TEST(Conditional, compares_tags_weakly)
{
    EXPECT_TRUE(is_none_match_satisfied_by("\"a\"", "\"a\""));
    EXPECT_TRUE(is_none_match_satisfied_by("\"x\", W/\"a\"", "\"a\""));
    EXPECT_TRUE(is_none_match_satisfied_by("*", "\"a\""));
    EXPECT_FALSE(is_none_match_satisfied_by("\"b\"", "\"a\""));
    EXPECT_FALSE(is_none_match_satisfied_by("", "\"a\""));
    EXPECT_FALSE(is_none_match_satisfied_by("*", ""));
}

TEST(Conditional, chooses_one_range)
{
    auto const choose = [](const char* range) { return choose_range(range, "", "\"a\"", 100); };
    auto const is_part = [&](const char* range, std::uint64_t first, std::uint64_t last) {
        auto const choice = choose(range);
        return choice.kind == RangeChoice::Kind::part && choice.range.first == first && choice.range.last == last;
    };
    EXPECT_TRUE(is_part("bytes=0-9", 0, 9));
    EXPECT_TRUE(is_part("bytes=10-", 10, 99));
    EXPECT_TRUE(is_part("bytes=-10", 90, 99));
    EXPECT_TRUE(is_part("bytes=-1000", 0, 99));
    EXPECT_TRUE(is_part("bytes=99-200", 99, 99));
    EXPECT_EQ(choose("bytes=100-").kind, RangeChoice::Kind::unsatisfiable);
    EXPECT_EQ(choose("bytes=-0").kind, RangeChoice::Kind::unsatisfiable);
    for (const char* const whole : {"", "bytes=", "bytes=-", "bytes=9-0", "bytes=0-1,5-6", "bytes=a-b", "bytes=+1-2",
                                    "items=0-1", "bytes=99999999999999999999-"})
        EXPECT_EQ(choose(whole).kind, RangeChoice::Kind::whole) << whole;
}

TEST(Conditional, sends_all_of_a_body_that_has_changed)
{
    EXPECT_EQ(choose_range("bytes=0-9", "\"a\"", "\"a\"", 100).kind, RangeChoice::Kind::part);
    EXPECT_EQ(choose_range("bytes=0-9", "\"b\"", "\"a\"", 100).kind, RangeChoice::Kind::whole);
    EXPECT_EQ(choose_range("bytes=0-9", "W/\"a\"", "W/\"a\"", 100).kind, RangeChoice::Kind::whole);
}

} // namespace
} // namespace pix::http
