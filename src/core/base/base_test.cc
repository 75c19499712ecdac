#include <gtest/gtest.h>

#include "core/base/clock.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/text.h"

namespace pix::core {
namespace {

TEST(Clock, iso_time_reads_back_what_it_wrote)
{
    for (Millis const at : {Millis(0), Millis(1'772'615'700'123), Millis(-1)}) {
        EXPECT_EQ(parse_iso_time(iso_time(at, true)), at);
    }
    EXPECT_EQ(iso_time(1'772'615'700'000), "2026-03-04T09:15:00Z");
}

TEST(Clock, an_offset_is_taken_off_and_nonsense_is_refused)
{
    EXPECT_EQ(parse_iso_time("2026-03-04T10:15:00+01:00"), 1'772'615'700'000);
    EXPECT_EQ(parse_iso_time("2026-03-04"), 1'772'582'400'000);
    for (auto const* text :
         {"", "2026", "2026-02-30", "2026-03-04T25:00:00Z", "2026-03-04T10:15:00Zx", "2026-03-04T10:15:00.Z"})
        EXPECT_EQ(parse_iso_time(text), std::nullopt) << text;
}

TEST(Id, a_uuid_has_version_four_and_is_lower_case)
{
    std::string const id = uuid_v4();
    EXPECT_TRUE(is_uuid(id));
    EXPECT_EQ(id[14], '4');
    EXPECT_FALSE(is_uuid("0B7C4D16-6B0C-4A52-8A3B-9D0A3A0D6F11"));
    EXPECT_FALSE(is_uuid(id + "0"));
}

TEST(Id, sortable_ids_sort_in_the_order_they_were_made)
{
    std::string last;
    for (int i = 0; i < 10'000; ++i) {
        std::string const next = sortable_id();
        ASSERT_EQ(next.size(), 26U);
        ASSERT_LT(last, next);
        last = next;
    }
}

TEST(Text, ill_formed_utf8_is_noticed_and_replaced)
{
    EXPECT_TRUE(is_utf8("gr\xc3\xbc\xc3\x9f"));
    for (auto const* bad : {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) EXPECT_FALSE(is_utf8(bad));
    EXPECT_EQ(to_utf8("a\xff"
                      "b"),
              "a\xef\xbf\xbd"
              "b");
}

TEST(Text, a_cut_never_splits_a_character)
{
    EXPECT_EQ(shorten("gr\xc3\xbc\xc3\x9f", 3), "gr\xe2\x80\xa6");
    EXPECT_EQ(shorten("short", 5), "short");
}

TEST(Text, base64_reads_back_what_it_wrote)
{
    for (std::string const& text :
         {std::string(), std::string("a"), std::string("ab"), std::string("abc"), std::string("\0\xff", 2)})
        EXPECT_EQ(base64_decode(base64_encode(text)), text);
    EXPECT_EQ(base64_decode("a"), std::nullopt);
    EXPECT_EQ(base64_decode("ab!="), std::nullopt);
}

TEST(Text, numbers_are_read_whole_or_not_at_all)
{
    EXPECT_EQ(parse_int("12"), 12);
    for (auto const* bad : {"", " 1", "1 ", "1.0", "+1", "0x1", "99999999999999999999"})
        EXPECT_EQ(parse_int(bad), std::nullopt);
    EXPECT_EQ(parse_number("2.667"), 2.667);
    for (auto const* bad : {"", "nan", "inf", "1,5", "1e999"}) EXPECT_EQ(parse_number(bad), std::nullopt) << bad;
}

TEST(Text, percent_decoding_refuses_a_broken_escape)
{
    EXPECT_EQ(percent_decode("a%20b+c"), "a b+c");
    EXPECT_EQ(percent_decode("a%20b+c", true), "a b c");
    EXPECT_EQ(percent_decode("a%2"), std::nullopt);
    EXPECT_EQ(percent_decode("a%zz"), std::nullopt);
}

TEST(Json, a_failure_names_line_and_column)
{
    auto const value = parse_json("{\n  \"a\": 1,\n  nope\n}");
    ASSERT_FALSE(value);
    EXPECT_NE(value.error().message.find("line 3"), std::string::npos) << value.error().message;
}

TEST(Json, a_duplicate_key_is_refused_only_where_asked)
{
    EXPECT_TRUE(parse_json(R"({"a": 1, "b": {"a": 2}})", {.refuse_duplicate_keys = true}));
    EXPECT_TRUE(parse_json(R"({"a": 1, "a": 2})"));
    auto const twice = parse_json(R"({"x": {"a": 1, "a": 2}})", {.refuse_duplicate_keys = true});
    ASSERT_FALSE(twice);
    EXPECT_NE(twice.error().message.find("\"a\""), std::string::npos);
}

TEST(Json, depth_and_size_are_bounded)
{
    EXPECT_FALSE(parse_json(std::string(100, '[') + std::string(100, ']')));
    EXPECT_FALSE(parse_json("[1,2,3]", {.max_bytes = 3}));
    EXPECT_FALSE(parse_json("1 2"));
    EXPECT_FALSE(parse_json(""));
}

TEST(Json, what_python_writes_for_non_finite_numbers_becomes_null)
{
    auto const value = parse_json(R"({"x": NaN, "y": [-Infinity, Infinity], "t": "NaN"})", {.allow_non_finite = true});
    ASSERT_TRUE(value);
    EXPECT_EQ(to_text(*value), R"({"x":null,"y":[null,null],"t":"NaN"})");
    EXPECT_FALSE(parse_json("NaN"));
}

TEST(Json, numbers_are_written_in_their_shortest_form)
{
    EXPECT_EQ(to_text(*parse_json("[1,1.5,2.667,1e21,0.1]")), "[1,1.5,2.667,1e+21,0.1]");
    EXPECT_EQ(to_text(json::value(5.0)), "5.0");
}

TEST(Json, text_for_html_cannot_close_a_script_block)
{
    EXPECT_EQ(to_text(json::value("</script>&\xe2\x80\xa8"), true), R"("\u003c/script\u003e\u0026\u2028")");
}

} // namespace
} // namespace pix::core
