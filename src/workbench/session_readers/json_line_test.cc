#include "workbench/session_readers/json_line.h"

#include <gtest/gtest.h>

#include "core/base/json.h"
#include "workbench/session_readers/jsonl_file.h"
#include "workbench/session_readers/jsonl_reader.h"

namespace pix::workbench {
namespace {

std::string read_again(std::string text)
{
    std::size_t const size = text.size();
    text.resize(size + JsonlFile::padding, '#');
    JsonLineParser parser;
    auto const record = parser.parse(std::string_view(text).substr(0, size));
    return record ? core::to_text(to_json_value(*record)) : "none";
}

TEST(JsonLine, repairs_what_other_programs_got_wrong)
{
    EXPECT_EQ(read_again(R"({"a":[1,-2,0.5,true,null,"x"]})"), R"({"a":[1,-2,0.5,true,null,"x"]})");
    EXPECT_EQ(read_again("{\"a\":\"\xff\"}"), "{\"a\":\"\ufffd\"}");
    EXPECT_EQ(read_again(R"({"a":"\ud83d\ude00 \ud83d x \ude00 \\ud83d"})"),
              "{\"a\":\"\U0001f600 \ufffd x \ufffd \\\\ud83d\"}");
    EXPECT_NE(read_again(R"({"a":123456789012345678901234567890})"), "none");
}

TEST(JsonLine, refuses_what_is_no_object)
{
    for (const char* const text : {"", "[]", "{", "{\"a\":}", "1", "{\"a\":\"\\x\"}", "{} {}"})
        EXPECT_EQ(read_again(text), "none") << text;
}

TEST(JsonLine, reads_what_is_missing_as_empty)
{
    JsonLineParser parser;
    std::string text = R"({"t":"x","n":5,"b":true,"o":{},"m":9999999999999})";
    std::size_t const size = text.size();
    text.resize(size + JsonlFile::padding);
    auto const record = parser.parse(std::string_view(text).substr(0, size));
    ASSERT_TRUE(record);
    EXPECT_EQ(text_of(*record, "t"), "x");
    EXPECT_EQ(text_of(*record, "n"), "");
    EXPECT_EQ(integer_of(*record, "n"), 5);
    EXPECT_EQ(integer_of(*record, "t"), 0);
    EXPECT_TRUE(flag_of(*record, "b"));
    EXPECT_FALSE(flag_of(*record, "gone"));
    EXPECT_EQ(tokens_of(*record, "m"), 1'000'000'000);
    EXPECT_FALSE(array_of(*record, "o"));
}

TEST(AsciiWord, is_found_at_every_place_in_any_case)
{
    for (std::size_t before = 0; before < 40; ++before)
        for (std::size_t after = 0; after < 20; ++after) {
            std::string const text = std::string(before, 'q') + "QuIck2" + std::string(after, 'k');
            EXPECT_TRUE(has_ascii_word(text, "quick2")) << before << " " << after;
            EXPECT_FALSE(has_ascii_word(text, "quick3")) << before << " " << after;
        }
    EXPECT_TRUE(has_ascii_word("x", ""));
    EXPECT_FALSE(has_ascii_word("", "x"));
    EXPECT_FALSE(has_ascii_word(std::string(40, '\x11'), "1"));
}

} // namespace
} // namespace pix::workbench
