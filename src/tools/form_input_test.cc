#include "tools/form_input.h"

#include <gtest/gtest.h>

#include "core/base/json.h"
#include "core/base/text.h"
#include "tools/testing/a_schema.h"

namespace pix::tools {
namespace {

using testing::a_schema;
using testing::parsed;

using Fields = std::vector<std::pair<std::string, std::string>>;

FormInput post(const ToolSchema& schema, const Fields& fields)
{
    http::Form form;
    for (auto const& [name, value] : fields) {
        http::Part part;
        part.name = name;
        part.bytes = value;
        form.add(part);
    }
    return read_form_input(schema, form);
}

http::Part a_file(std::string name, std::string filename, std::string type, std::string bytes)
{
    return {std::move(name), std::move(filename), std::move(type), std::move(bytes), true};
}

FormInput post_file(const ToolSchema& schema, std::vector<http::Part> parts)
{
    http::Form form;
    for (auto& part : parts) form.add(std::move(part));
    return read_form_input(schema, form);
}

struct Posted {
    const char* what;
    const char* input; ///< fields of the input, without key and label
    Fields fields;     ///< posted
    const char* value; ///< expected JSON, "" for left out, "!" for a problem
};

class CoercedInput : public ::testing::TestWithParam<Posted> {};

TEST_P(CoercedInput, becomes_the_declared_type)
{
    auto const& posted = GetParam();
    auto const schema = a_schema(std::string(R"([{"key":"k","label":"L",)") + posted.input + "}]");
    auto const input = post(schema, posted.fields);
    std::string_view const expected = posted.value;
    if (expected == "!") {
        ASSERT_EQ(input.problems.size(), 1u);
        EXPECT_EQ(input.problems[0].key, "k");
        return;
    }
    EXPECT_TRUE(input.problems.empty()) << input.message();
    if (expected.empty()) {
        EXPECT_FALSE(input.values.contains("k")) << core::to_text(input.values);
        return;
    }
    ASSERT_TRUE(input.values.contains("k"));
    EXPECT_EQ(core::to_text(input.values.at("k")), expected);
}

constexpr const char* choice = R"("type":"select","options":[{"value":1,"label":"a"},{"value":2,"label":"b"}])";
constexpr const char* optional_number = R"("type":"number","required":false)";

INSTANTIATE_TEST_SUITE_P(
    FormInput, CoercedInput,
    ::testing::Values(
        Posted{"text", R"("type":"text")", {{"k", " as it is "}}, "\" as it is \""},
        Posted{"empty text of a required input", R"("type":"text")", {{"k", ""}}, "\"\""},
        Posted{"absent text without default", R"("type":"text")", {}, "!"},
        Posted{"absent text with default", R"("type":"text","default":"d")", {}, "\"d\""},
        Posted{"absent optional text", R"("type":"text","required":false)", {}, ""},
        Posted{"number", R"("type":"number")", {{"k", "10"}}, "10"},
        Posted{"a fraction", R"("type":"number")", {{"k", "2.667"}}, "2.667"},
        Posted{"a whole number with a fractional step", R"("type":"number","step":0.1)", {{"k", "5"}}, "5.0"},
        Posted{"a whole number with a whole step", R"("type":"number","step":2)", {{"k", "5.0"}}, "5"},
        Posted{"an exponent", R"("type":"number")", {{"k", "1e3"}}, "1000"},
        Posted{"a large whole number", R"("type":"number")", {{"k", "9007199254740993"}}, "9007199254740993"},
        Posted{"no number", R"("type":"number")", {{"k", "ten"}}, "!"},
        Posted{"not a finite number", R"("type":"number")", {{"k", "inf"}}, "!"},
        Posted{"no number, optional", optional_number, {{"k", "ten"}}, ""},
        Posted{"empty, optional, default", R"("type":"number","required":false,"default":7)", {{"k", ""}}, "7"},
        Posted{"empty, required, default", R"("type":"number","default":7)", {{"k", ""}}, "!"},
        Posted{"absent, required, default", R"("type":"number","default":7)", {}, "7"},
        Posted{"out of range is the tool's affair", R"("type":"number","max":1)", {{"k", "9"}}, "9"},
        Posted{"slider", R"("type":"slider","min":0,"max":9)", {{"k", "5"}}, "5.0"},
        Posted{"range", R"("type":"slider","min":0,"max":9,"range":true)", {{"k", "[2, 8]"}}, "[2.0,8.0]"},
        Posted{"range in two fields",
               R"("type":"slider","min":0,"max":9,"range":true)",
               {{"k", "2"}, {"k", "8"}},
               "[2.0,8.0]"},
        Posted{"range of three", R"("type":"slider","min":0,"max":9,"range":true)", {{"k", "[1,2,3]"}}, "!"},
        Posted{"whole option", choice, {{"k", "2"}}, "2"},
        Posted{"whole option through a fraction", choice, {{"k", "3.0"}}, "3"},
        Posted{"no option", choice, {{"k", ""}}, "!"},
        Posted{"real option", R"("type":"select","options":[{"value":0.5,"label":"a"}])", {{"k", "1"}}, "1.0"},
        Posted{"true option", R"("type":"radio","options":[{"value":true,"label":"a"}])", {{"k", "true"}}, "true"},
        Posted{"text option", R"("type":"radio","options":[{"value":"1","label":"a"}])", {{"k", "1"}}, "\"1\""},
        Posted{"empty option", R"("type":"select","options":[{"value":"","label":"any"}])", {{"k", ""}}, "\"\""},
        Posted{"choices in fields",
               R"("type":"multiselect","options":[{"value":1,"label":"a"}])",
               {{"k", "[]"}, {"k", "1"}, {"k", "2"}},
               "[1,2]"},
        Posted{"choices as JSON",
               R"("type":"multiselect","options":[{"value":"a","label":"a"}])",
               {{"k", R"(["a","b"])"}},
               R"(["a","b"])"},
        Posted{"no choice",
               R"("type":"multiselect","default":["a"],"options":[{"value":"a","label":"a"}])",
               {{"k", "[]"}},
               "[]"},
        Posted{"checkbox absent", R"("type":"checkbox","default":true)", {}, "false"},
        Posted{"checkbox on", R"("type":"checkbox")", {{"k", "on"}}, "true"},
        Posted{"toggle no", R"("type":"toggle")", {{"k", "No"}}, "false"},
        Posted{"toggle twice", R"("type":"toggle")", {{"k", "false"}, {"k", "true"}}, "true"},
        Posted{"tags", R"("type":"tags")", {{"k", R"(["a"])"}}, R"(["a"])"},
        Posted{"tags that are no JSON", R"("type":"tags")", {{"k", "a, b"}}, R"("a, b")"},
        Posted{"empty tags", R"("type":"tags")", {{"k", " "}}, "!"},
        Posted{"json", R"("type":"json")", {{"k", R"({"a":[1.5]})"}}, R"({"a":[1.5]})"},
        Posted{
            "json too deep",
            R"("type":"json")",
            {{"k", std::string(100, '[')}},
            "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\""},
        Posted{"date range",
               R"("type":"date_range")",
               {{"k", R"(["2026-01-01","2026-02-01"])"}},
               R"(["2026-01-01","2026-02-01"])"},
        Posted{
            "date range as an object", R"("type":"date_range")", {{"k", R"({"from":"a","to":"b"})"}}, R"(["a","b"])"},
        Posted{"date range in two fields", R"("type":"date_range")", {{"k", "a"}, {"k", "b"}}, R"(["a","b"])"},
        Posted{"map point", R"("type":"map_point")", {{"k", "[51.5,-0.09]"}}, "[51.5,-0.09]"},
        Posted{"hidden keeps its type", R"("type":"hidden","default":7)", {{"k", "7"}}, "7"},
        Posted{"hidden absent", R"("type":"hidden","default":{"a":1})", {}, R"({"a":1})"},
        Posted{"colour", R"("type":"colour")", {{"k", "#336699"}}, "\"#336699\""},
        Posted{"file as text",
               R"("type":"file")",
               {{"k", "data:text/plain;base64,QQ=="}},
               "\"data:text/plain;base64,QQ==\""}),
    [](const auto& info) {
        std::string name = info.param.what;
        for (auto& c : name)
            if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
        return name;
    });

TEST(FormInput, runs_the_published_example)
{
    auto const schema = a_schema(R"([{"key":"sigma","type":"number","label":"S","default":10},
        {"key":"t_max","type":"number","label":"T","default":40,"step":0.5},
        {"key":"dt","type":"number","label":"D","default":0.01}])");
    auto const input = post(schema, {{"sigma", "10"}, {"rho", "28"}, {"t_end", "40"}, {"steps", "8000"}});
    EXPECT_TRUE(input.problems.empty());
    EXPECT_EQ(core::to_text(input.values), R"({"sigma":10,"t_max":40,"dt":0.01})");
}

TEST(FormInput, names_every_field_that_is_missing)
{
    auto const schema =
        a_schema(R"([{"key":"a","type":"number","label":"Alpha"},{"key":"b","type":"date","label":"Beta"}])");
    EXPECT_EQ(post(schema, {}).message(), "Alpha is required; Beta is required");
}

TEST(FormInput, does_not_miss_what_show_if_hides)
{
    auto const schema = a_schema(
        R"([{"key":"mode","type":"select","label":"M","options":[{"value":1,"label":"a"},{"value":2,"label":"b"}]},
        {"key":"extra","type":"number","label":"E","show_if":{"key":"mode","equals":2.0}},
        {"key":"deep","type":"number","label":"D","show_if":{"key":"extra","equals":5}}])");
    EXPECT_TRUE(post(schema, {{"mode", "1"}, {"extra", ""}}).problems.empty());
    auto const shown = post(schema, {{"mode", "2"}});
    ASSERT_EQ(shown.problems.size(), 1u);
    EXPECT_EQ(shown.problems[0].key, "extra");
    EXPECT_EQ(post(schema, {{"mode", "2"}, {"extra", "5"}}).problems.size(), 1u);
    auto const sent = post(schema, {{"mode", "1"}, {"extra", "3"}});
    EXPECT_EQ(sent.values.at("extra"), json::value(3));
}

TEST(FormInput, turns_an_uploaded_file_into_a_data_url)
{
    auto const schema = a_schema(R"([{"key":"f","type":"file","label":"F"}])");
    auto const input = post_file(schema, {a_file("f", "a.csv", "text/csv; charset=utf-8", "a,b")});
    EXPECT_EQ(input.values.at("f"), json::value("data:text/csv;base64,YSxi"));
    EXPECT_EQ(post_file(schema, {a_file("f", "a", "text/<script>", "x")}).values.at("f"),
              json::value("data:application/octet-stream;base64,eA=="));
}

TEST(FormInput, several_files_become_an_array_and_one_never_does)
{
    auto const many = a_schema(R"([{"key":"f","type":"file","label":"F","multiple":true}])");
    auto const one = a_schema(R"([{"key":"f","type":"file","label":"F"}])");
    auto const first = a_file("f", "a", "text/plain", "1");
    EXPECT_EQ(post_file(many, {first}).values.at("f").as_array().size(), 1u);
    EXPECT_EQ(post_file(many, {first, first}).values.at("f").as_array().size(), 2u);
    EXPECT_TRUE(post_file(one, {first}).values.at("f").is_string());
    EXPECT_EQ(post_file(one, {first, first}).message(), "F takes one file");
}

TEST(FormInput, an_untouched_file_control_is_absent)
{
    auto const untouched = a_file("f", "", "application/octet-stream", "");
    EXPECT_EQ(post_file(a_schema(R"([{"key":"f","type":"file","label":"F"}])"), {untouched}).message(),
              "F is required");
    auto const optional = a_schema(R"([{"key":"f","type":"file","label":"F","required":false}])");
    EXPECT_FALSE(post_file(optional, {untouched}).values.contains("f"));
    auto const standing = a_schema(R"([{"key":"f","type":"file","label":"F","default":"data:,x"}])");
    EXPECT_EQ(post_file(standing, {untouched}).values.at("f"), json::value("data:,x"));
}

TEST(FormInput, refuses_files_that_are_too_large_or_of_the_wrong_kind)
{
    auto const schema =
        a_schema(R"([{"key":"f","type":"file","label":"F","accept":[".csv","image/*"],"max_size_mb":0.01}])");
    EXPECT_TRUE(post_file(schema, {a_file("f", "A.CSV", "text/plain", "x")}).problems.empty());
    EXPECT_TRUE(post_file(schema, {a_file("f", "a.bin", "image/png", "x")}).problems.empty());
    EXPECT_EQ(post_file(schema, {a_file("f", "a.txt", "text/plain", "x")}).message(), "F must be .csv, image/*");
    EXPECT_EQ(post_file(schema, {a_file("f", "a.csv", "text/csv", std::string(20'000, 'x'))}).message(),
              "F is larger than 0.01 MB");
    EXPECT_EQ(post(schema, {{"f", "data:text/csv;base64," + std::string(20'000, 'A')}}).message(),
              "F is larger than 0.01 MB");
    auto const image = a_schema(R"([{"key":"f","type":"image","label":"F"}])");
    EXPECT_EQ(post(image, {{"f", "data:text/html;base64,AAAA"}}).message(), "F must be an image");
}

TEST(FormInput, keeps_the_files_for_tools_that_take_multipart)
{
    auto const schema =
        a_schema(R"([{"key":"f","type":"file","label":"F"}])", "[]", R"(,"input_transport":"multipart")");
    auto const input = post_file(schema, {a_file("f", "a.csv", "text/csv", "a,b")});
    ASSERT_EQ(input.files.size(), 1u);
    EXPECT_EQ(input.files[0].filename, "a.csv");
}

TEST(FormInput, a_json_body_keeps_its_types_and_gets_defaults)
{
    auto const schema =
        a_schema(R"([{"key":"n","type":"number","label":"N"},{"key":"d","type":"text","label":"D","default":"x"},
        {"key":"c","type":"select","label":"C","options":[{"value":1,"label":"one"}]},
        {"key":"t","type":"toggle","label":"T"},{"key":"r","type":"date_range","label":"R"},
        {"key":"f","type":"file","label":"F","required":false}])");
    auto const input = read_json_input(
        schema, parsed(R"({"n":2.5,"c":"1","r":{"from":"a","to":"b"},"f":["one"],"other":1})").as_object());
    EXPECT_EQ(core::to_text(input.values), R"({"n":2.5,"c":1,"t":false,"r":["a","b"],"f":"one","d":"x"})");
    EXPECT_EQ(read_json_input(schema, json::object{{"n", nullptr}}).problems.size(), 3u);
}

TEST(FormInput, a_chat_tool_gets_its_conversation)
{
    auto const schema = a_schema("[]", "[]", R"(,"layout":"chat")");
    auto const typed = post(schema, {{"message", "hello"}});
    EXPECT_EQ(core::to_text(typed.values), R"({"messages":[{"role":"user","content":"hello"}]})");
    auto const sent = read_json_input(schema, parsed(R"({"messages":[],"history":[],"x":1})").as_object());
    EXPECT_EQ(core::to_text(sent.values), R"({"messages":[],"history":[]})");
}

TEST(FormInput, cleans_bytes_that_are_not_utf8)
{
    auto const input = post(a_schema(R"([{"key":"k","type":"text","label":"L"}])"), {{"k", "a\xff"}});
    EXPECT_TRUE(core::is_utf8(input.values.at("k").as_string()));
}

} // namespace
} // namespace pix::tools
