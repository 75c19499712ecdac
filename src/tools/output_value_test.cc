#include "tools/output_value.h"

#include <gtest/gtest.h>

#include "tools/testing/a_schema.h"

namespace pix::tools {
namespace {

using testing::a_schema;
using testing::parsed;

/// "fail: message", "warn: message" or "" for the first problem of a value of this type.
std::string verdict(std::string_view type, std::string_view value)
{
    auto const schema = a_schema("[]", R"([{"key":"k","label":"L","type":")" + std::string(type) + "\"}]");
    auto const problems = check_output(schema.outputs[0], parsed(value));
    if (problems.empty()) return "";
    return (problems[0].is_warning ? "warn: " : "fail: ") + problems[0].message;
}

TEST(OutputValue, accepts_scalars_bare_and_wrapped)
{
    for (auto const* type : {"text", "markdown", "latex", "code", "stream_text", "image", "audio", "video"}) {
        EXPECT_EQ(verdict(type, R"("a")"), "") << type;
        EXPECT_EQ(verdict(type, R"({"value":"a","more":1})"), "") << type;
        EXPECT_TRUE(verdict(type, "1").starts_with("fail: must be")) << type;
        EXPECT_EQ(verdict(type, "null"), "fail: is null") << type;
        EXPECT_EQ(verdict(type, "{}"), "fail: is an object without \"value\"") << type;
    }
    EXPECT_EQ(verdict("text", R"({"text":"a"})"), "warn: has \"text\" where \"value\" is expected");
    EXPECT_EQ(verdict("image", R"({"url":"a"})"), "");
}

TEST(OutputValue, a_boolean_is_not_a_number)
{
    EXPECT_EQ(verdict("number", "1.5"), "");
    EXPECT_EQ(verdict("number", "true"), "fail: must be a number, is a boolean");
    EXPECT_EQ(verdict("number", R"("1")"), "fail: must be a number, is a string");
    EXPECT_EQ(verdict("boolean", "1"), "");
    EXPECT_EQ(verdict("boolean", "2"), "fail: must be true or false, is a number");
}

TEST(OutputValue, only_progress_may_be_null)
{
    EXPECT_EQ(verdict("progress", "null"), "");
    EXPECT_EQ(verdict("progress", R"({"value":null,"label":"x"})"), "");
    EXPECT_EQ(verdict("progress", "40"), "");
    EXPECT_EQ(verdict("table", "null"), "fail: is null");
}

TEST(OutputValue, structured_types_need_their_members)
{
    EXPECT_EQ(verdict("table", R"({"columns":[],"rows":[]})"), "");
    EXPECT_EQ(verdict("table", R"({"rows":[]})"), "");
    EXPECT_EQ(verdict("table", R"({"columns":[]})"), "warn: has no rows");
    EXPECT_EQ(verdict("table", "{}"), "fail: has no columns");
    EXPECT_EQ(verdict("table", R"({"rows":7})"), "fail: rows must be an array, is a number");
    EXPECT_TRUE(verdict("table", "[]").starts_with("warn: is a bare array"));
    EXPECT_EQ(verdict("kv", R"({"pairs":{"a":1}})"), "");
    EXPECT_EQ(verdict("kv", R"({"a":1})"), "fail: has no pairs");
    EXPECT_EQ(verdict("chart_line", R"({"x":[1],"series":[{"name":"y","y":[1]}]})"), "");
    EXPECT_EQ(verdict("chart_line", R"({"series":[1]})"), "fail: series[0] must be an object, is a number");
    EXPECT_EQ(verdict("chart_heatmap", R"({"z":[1]})"), "fail: z[0] must be an array, is a number");
    EXPECT_EQ(verdict("chart_histogram", R"({"values":[1,null,"a"]})"),
              "fail: values[2] must be a number, is a string");
    EXPECT_EQ(verdict("file", R"({"filename":"a","data":"b"})"), "");
    EXPECT_EQ(verdict("file", R"({"filename":"a","url":"b"})"), "");
    EXPECT_EQ(verdict("map_choropleth", R"({"geojson":{},"values":{}})"), "");
}

TEST(OutputValue, every_type_refuses_a_value_of_no_shape)
{
    for (auto const type : output_type_names) EXPECT_TRUE(verdict(type, "{}").starts_with("fail: ")) << type;
}

TEST(OutputValue, compares_an_answer_with_the_declaration)
{
    auto const schema =
        a_schema("[]", R"([{"key":"a","label":"A","type":"number"},{"key":"b","label":"B","type":"text"}])");
    auto const problems = check_outputs(schema, parsed(R"({"a":1,"c":2,"run_id":"x"})").as_object());
    ASSERT_EQ(problems.size(), 2u);
    EXPECT_EQ(problems[0].key, "b");
    EXPECT_FALSE(problems[0].is_warning);
    EXPECT_EQ(problems[1].key, "c");
    EXPECT_TRUE(problems[1].is_warning);
}

TEST(OutputValue, streamed_outputs_may_come_later)
{
    auto const schema = a_schema(
        "[]",
        R"([{"key":"a","label":"A","type":"stream_text","streaming":true},{"key":"b","label":"B","type":"number"}])");
    EXPECT_TRUE(check_outputs(schema, json::object()).empty());
    EXPECT_EQ(check_outputs(schema, parsed(R"({"b":"x"})").as_object()).size(), 1u);
}

TEST(OutputValue, an_option_of_the_value_wins)
{
    auto const schema = a_schema("[]", R"([{"key":"a","label":"A","type":"number","precision":2}])");
    EXPECT_EQ(option_of(schema.outputs[0], parsed(R"({"value":1,"precision":4})"), "precision"), json::value(4));
    EXPECT_EQ(option_of(schema.outputs[0], parsed("1"), "precision"), json::value(2));
    EXPECT_TRUE(option_of(schema.outputs[0], parsed("1"), "format").is_null());
}

} // namespace
} // namespace pix::tools
