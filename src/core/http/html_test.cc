#include "core/http/html.h"

#include <gtest/gtest.h>

namespace pix::http {
namespace {

std::string rendered(std::string_view text, const char* view, std::vector<Template> partials = {})
{
    partials.push_back({"page", text});
    auto const templates = Templates::parse(partials, {{"frame.search", "Search & find"}});
    if (!templates) return "error: " + templates.error().message;
    return (*templates)->render("page", *core::parse_json(view));
}

TEST(Templates, a_value_is_escaped_unless_asked_otherwise)
{
    EXPECT_EQ(rendered("<p>{{x}}</p>", R"({"x": "<b a=\"1\">'&"})"), "<p>&lt;b a=&quot;1&quot;&gt;&#39;&amp;</p>");
    EXPECT_EQ(rendered("{{{x}}}{{& x}}", R"({"x": "<b>"})"), "<b><b>");
    EXPECT_EQ(rendered("{{n}} {{f}} {{b}} {{none}}{{null}}", R"({"n": 3, "f": 2.5, "b": true, "null": null})"),
              "3 2.5 true ");
}

TEST(Templates, a_section_repeats_for_each_member_and_shows_once_when_true)
{
    EXPECT_EQ(rendered("{{#l}}[{{a}}{{out}}]{{/l}}", R"({"out": "!", "l": [{"a": 1}, {"a": 2}]})"), "[1!][2!]");
    EXPECT_EQ(rendered("{{#l}}{{.}},{{/l}}", R"({"l": ["a", "b"]})"), "a,b,");
    EXPECT_EQ(rendered("{{#o}}{{x}}{{/o}}", R"({"o": {"x": "in"}})"), "in");
    EXPECT_EQ(rendered("{{#s}}{{.}}{{/s}}", R"({"s": "text"})"), "text");
    for (auto const* empty :
         {R"({})", R"({"x": []})", R"({"x": ""})", R"({"x": 0})", R"({"x": false})", R"({"x": null})"})
        EXPECT_EQ(rendered("{{#x}}yes{{/x}}{{^x}}no{{/x}}", empty), "no") << empty;
}

TEST(Templates, dotted_names_reach_members_of_members)
{
    EXPECT_EQ(rendered("{{a.b.c}}{{#a.b}}{{c}}{{/a.b}}{{a.x.c}}", R"({"a": {"b": {"c": "deep"}}})"), "deepdeep");
}

TEST(Templates, a_partial_sees_what_is_around_it)
{
    EXPECT_EQ(rendered("{{#l}}{{> row}}{{/l}}", R"({"l": [1, 2]})", {{"row", "({{.}})"}}), "(1)(2)");
}

TEST(Templates, a_tag_alone_on_its_line_takes_the_line_with_it)
{
    EXPECT_EQ(rendered("<ul>\n  {{#l}}\n  <li>{{.}}</li>\n  {{/l}}\n</ul>\n", R"({"l": ["a"]})"),
              "<ul>\n  <li>a</li>\n</ul>\n");
    EXPECT_EQ(rendered("a{{! a note }}b\n{{! alone }}\nc", "{}"), "ab\nc");
}

TEST(Templates, a_text_is_put_in_by_its_key)
{
    EXPECT_EQ(rendered("<a>{{t.frame.search}}</a>", "{}"), "<a>Search &amp; find</a>");
}

TEST(Templates, what_cannot_be_filled_stops_the_start_and_names_the_file)
{
    EXPECT_NE(rendered("\n{{t.nope}}", "{}").find("page.html line 2: there is no text nope"), std::string::npos);
    EXPECT_NE(rendered("{{> nope}}", "{}").find("there is no template nope"), std::string::npos);
    EXPECT_NE(rendered("{{#a}}", "{}").find("is not closed"), std::string::npos);
    EXPECT_NE(rendered("{{#a}}{{/b}}", "{}").find("closes nothing"), std::string::npos);
    EXPECT_NE(rendered("{{a", "{}").find("not closed"), std::string::npos);
    EXPECT_NE(rendered("{{> row}}", "{}", {{"row", "{{> row}}"}}).find("includes itself"), std::string::npos);
}

TEST(ParseTexts, sections_and_keys_make_one_name)
{
    auto const texts = parse_texts(
        "# note\n[frame]\nsearch = \"Search\" # why\nquote = \"a \\\"b\\\"\"\n[tools.run]\nrun = \"Run\"\n");
    ASSERT_TRUE(texts) << texts.error().message;
    EXPECT_EQ(texts->at("frame.search"), "Search");
    EXPECT_EQ(texts->at("frame.quote"), "a \"b\"");
    EXPECT_EQ(texts->at("tools.run.run"), "Run");
    EXPECT_FALSE(parse_texts("a = b"));
    EXPECT_FALSE(parse_texts("a = \"b\"\na = \"c\""));
    EXPECT_FALSE(parse_texts("a = \"b"));
}

} // namespace
} // namespace pix::http
