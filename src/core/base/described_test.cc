#include "core/base/described.h"

#include <gtest/gtest.h>

namespace pix::core {
namespace {

enum class Colour { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)

struct Point {
    int x;
    int y;
    bool operator==(const Point&) const = default;
};
BOOST_DESCRIBE_STRUCT(Point, (), (x, y))

struct Drawing {
    std::string title;
    std::vector<Point> points;
    Colour colour = Colour::green;
    double scale = 1.5;
    std::optional<std::string> note;
    std::map<std::string, std::uint8_t> levels;
    json::value extra = json::object();
};
BOOST_DESCRIBE_STRUCT(Drawing, (), (title, points, colour, scale, note, levels, extra))

struct Tree {
    std::string name;
    std::vector<Tree> children;
};
BOOST_DESCRIBE_STRUCT(Tree, (), (name, children))

struct Loose {
    int count;
    std::optional<int> limit;
};
BOOST_DESCRIBE_STRUCT(Loose, (), (count, limit))

enum class Verdict { false_positive, true_positive };
BOOST_DESCRIBE_ENUM(Verdict, false_positive, true_positive)

} // namespace

template <>
struct Rules<Drawing> {
    static FieldRule of(std::string_view member)
    {
        if (member == "title")
            return {.doc = "Shown above it.", .min_length = 1, .max_length = 10, .pattern = "^[a-z]+$"};
        if (member == "points") return {.name = "Points", .max_items = 2};
        if (member == "scale") return {.min = 0, .max = 10};
        if (member == "levels") return {.required = false};
        return {};
    }
};

template <>
struct Rules<Loose> {
    static constexpr bool unknown_keys = true;
    static constexpr bool omit_absent = true;
};

template <>
struct Rules<Verdict> {
    static std::string_view text_of(Verdict verdict)
    {
        return verdict == Verdict::false_positive ? "FALSE_POSITIVE" : "TRUE_POSITIVE";
    }
};

namespace {

std::string message_of(std::string_view text)
{
    auto const read = read_json<Drawing>(json::parse(text));
    return read ? "" : read.error().message;
}

TEST(Described, reads_every_kind_of_member)
{
    auto const read = read_json<Drawing>(json::parse(
        R"({"title":"house","Points":[{"x":1,"y":2.0}],"colour":"red","scale":2,"note":"n","levels":{"a":7},"extra":[1]})"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->title, "house");
    EXPECT_EQ(read->points, (std::vector<Point>{{1, 2}}));
    EXPECT_EQ(read->colour, Colour::red);
    EXPECT_EQ(read->scale, 2.0);
    EXPECT_EQ(read->note, "n");
    EXPECT_EQ(read->levels.at("a"), 7);
    EXPECT_EQ(read->extra, json::value(json::array{1}));
}

TEST(Described, what_has_a_default_may_be_left_out)
{
    auto const read = read_json<Drawing>(json::parse(R"({"title":"a","Points":[]})"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->colour, Colour::green);
    EXPECT_EQ(read->scale, 1.5);
    EXPECT_FALSE(read->note);
}

TEST(Described, names_the_place_of_each_problem)
{
    auto const read = read_json_problems<Drawing>(json::parse(
        R"({"title":"a","Points":[{"x":"1","y":3000000000},{"x":1}],"colour":"blue","levels":{"a/b":256},"no":1})"));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error(), (std::vector<Problem>{
                                {"/Points/0/x", "must be a whole number, not a text"},
                                {"/Points/0/y", "must be between -2147483648 and 2147483647"},
                                {"/Points/1/y", "is missing"},
                                {"/colour", "must be one of red, green, not \"blue\""},
                                {"/levels/a~1b", "must be between 0 and 255"},
                                {"/no", "is not known; known are title, Points, colour, scale, note, levels, extra"}}));
}

TEST(Described, keeps_the_rules)
{
    EXPECT_EQ(message_of(R"({"title":"","Points":[]})"), "/title must not be empty");
    EXPECT_EQ(message_of(R"({"title":"abcdefghijk","Points":[]})"), "/title must have at most 10 bytes, not 11");
    EXPECT_EQ(message_of(R"({"title":"A","Points":[]})"), "/title must match ^[a-z]+$");
    EXPECT_EQ(message_of(R"({"title":"a","Points":[],"scale":11})"), "/scale must be at most 10");
    EXPECT_EQ(message_of(R"({"title":"a","Points":[],"scale":-0.5})"), "/scale must be at least 0");
    auto const three = R"({"title":"a","Points":[{"x":1,"y":1},{"x":1,"y":1},{"x":1,"y":1}]})";
    EXPECT_EQ(message_of(three), "/Points must have at most 2 entries, not 3");
}

TEST(Described, says_what_it_wanted_instead)
{
    EXPECT_EQ(message_of("[]"), "the body must be an object, not a list");
    EXPECT_EQ(message_of(R"({"title":null,"Points":{}})"),
              "/title must be a text, not null; /Points must be a list, not an object");
    EXPECT_EQ(read_json<int>(json::parse("1.5")).error().message, "the body must be a whole number, not a number");
    EXPECT_FALSE(read_json<float>(json::parse("1e300")));
    EXPECT_FALSE(read_json<std::uint64_t>(json::parse("-1")));
    EXPECT_EQ(read_json<std::uint64_t>(json::parse("18446744073709551615")), 18446744073709551615U);
    EXPECT_FALSE(read_json<bool>(json::parse("1")));
}

TEST(Described, a_long_list_of_problems_is_cut_in_the_message)
{
    auto const read = read_json<std::vector<int>>(json::parse(R"(["a","a","a","a","a","a","a"])"));
    ASSERT_FALSE(read);
    EXPECT_TRUE(read.error().message.ends_with("; and 2 more")) << read.error().message;
    json::array many(1000, json::value("a"));
    EXPECT_EQ(read_json_problems<std::vector<int>>(many).error().size(), 100U);
}

TEST(Described, a_text_too_long_for_a_pattern_does_not_match)
{
    struct Local {
        static FieldRule rule() { return {.pattern = "^(a|b)*$"}; }
    };
    described::Reader reader;
    std::string out;
    described::read(reader, json::value(std::string(100'000, 'a')), out, Local::rule());
    EXPECT_FALSE(reader.is_good());
}

TEST(Described, writes_what_it_reads)
{
    auto const text =
        R"({"title":"a","Points":[{"x":1,"y":2}],"colour":"red","scale":2E0,"note":null,"levels":{},"extra":{}})";
    auto const value = json::parse(text);
    EXPECT_EQ(write_json(*read_json<Drawing>(value)), value);
    EXPECT_EQ(write_json(Loose{1, {}}), json::parse(R"({"count":1})"));
    EXPECT_EQ(write_json(std::vector<bool>{true}), json::parse("[true]"));
    EXPECT_EQ(write_json(Verdict::true_positive), json::value("TRUE_POSITIVE"));
    EXPECT_EQ(read_json<Verdict>(json::value("FALSE_POSITIVE")), Verdict::false_positive);
}

TEST(Described, ignores_unknown_keys_where_the_rules_say_so)
{
    auto const read = read_json<Loose>(json::parse(R"({"count":1,"later":true})"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->count, 1);
}

TEST(Described, the_schema_says_what_the_reader_demands)
{
    auto const schema = schema_of<Drawing>();
    EXPECT_EQ(schema.at("title"), json::value("Drawing"));
    EXPECT_EQ(schema.at("required"), json::parse(R"(["title","Points"])"));
    EXPECT_EQ(schema.at("additionalProperties"), json::value(false));
    auto const& properties = schema.at("properties").as_object();
    EXPECT_EQ(
        properties.at("title"),
        json::parse(
            R"({"type":"string","description":"Shown above it.","minLength":1,"maxLength":10,"pattern":"^[a-z]+$"})"));
    EXPECT_EQ(properties.at("Points").at("maxItems"), json::value(2));
    EXPECT_EQ(properties.at("Points").at("items").at("required"), json::parse(R"(["x","y"])"));
    EXPECT_EQ(properties.at("colour"),
              json::parse(R"({"type":"string","title":"Colour","enum":["red","green"],"default":"green"})"));
    EXPECT_EQ(properties.at("note"), json::parse(R"({"type":["string","null"]})"));
    EXPECT_EQ(properties.at("levels").at("additionalProperties").at("maximum"), json::value(255));
}

TEST(Described, a_struct_that_holds_itself_has_a_schema_that_ends)
{
    EXPECT_EQ(schema_of<Tree>().at("properties").at("children").at("items"),
              json::parse(R"({"$ref":"#/components/schemas/Tree"})"));
    EXPECT_TRUE(read_json<Tree>(json::parse(R"({"name":"a","children":[{"name":"b","children":[]}]})")));
}

} // namespace
} // namespace pix::core
