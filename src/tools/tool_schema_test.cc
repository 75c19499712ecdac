#include "tools/tool_schema.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/json.h"

namespace pix::tools {
namespace {

constexpr std::string_view minimal = R"({"id": "reverse-text", "name": "Reverse text",
    "inputs": [{"key": "phrase", "type": "text", "label": "Phrase"}],
    "outputs": [{"key": "reversed", "type": "text", "label": "Reversed"}]})";

/// A tool.json with these inputs and outputs.
std::string tool_with(std::string_view inputs, std::string_view outputs = "[]", std::string_view more = "")
{
    return R"({"id": "a-tool", "name": "A", "inputs": )" + std::string(inputs) + R"(, "outputs": )" +
           std::string(outputs) + std::string(more) + "}";
}

bool has_problem(const SchemaOutcome& outcome, std::string_view location, std::string_view part = "")
{
    return std::ranges::any_of(outcome.problems, [&](const Problem& problem) {
        return problem.location == location && problem.message.find(part) != std::string::npos;
    });
}

std::string shown(const SchemaOutcome& outcome)
{
    std::string text;
    for (auto const& problem : outcome.problems) text += problem.location + ": " + problem.message + "\n";
    return text;
}

TEST(ToolSchema, reads_the_minimal_file_with_its_defaults)
{
    auto const outcome = read_tool_schema(minimal, "reverse-text");
    ASSERT_TRUE(outcome.schema) << shown(outcome);
    EXPECT_TRUE(outcome.warnings.empty());
    auto const& schema = *outcome.schema;
    EXPECT_EQ(schema.id, "reverse-text");
    EXPECT_EQ(schema.layout, ToolLayout::form);
    EXPECT_EQ(schema.warm_keep_seconds, 300);
    EXPECT_EQ(schema.max_memory_mb, 512);
    EXPECT_EQ(schema.max_runtime_seconds, 60);
    EXPECT_EQ(schema.retain_runs, 100);
    EXPECT_EQ(schema.entrypoint, "main.py");
    EXPECT_TRUE(schema.concurrent);
    EXPECT_TRUE(schema.inputs[0].required);
    EXPECT_FALSE(schema.inputs[0].has_default());
    EXPECT_EQ(schema.raw, core::parse_json(minimal).value());
}

TEST(ToolSchema, warns_of_an_id_that_differs_from_the_folder)
{
    auto const outcome = read_tool_schema(minimal, "example-reverse-text");
    ASSERT_TRUE(outcome.schema);
    ASSERT_EQ(outcome.warnings.size(), 1u);
    EXPECT_EQ(outcome.warnings[0].location, "id");
}

TEST(ToolSchema, knows_every_input_type_with_its_fields)
{
    auto const outcome = read_tool_schema(tool_with(R"([
      {"key":"a","type":"text","label":"L","placeholder":"p","max_length":5,"description":null,"group":"G"},
      {"key":"b","type":"textarea","label":"L","placeholder":"p","max_length":5,"monospace":true},
      {"key":"c","type":"number","label":"L","min":0,"max":1.5,"step":0.5,"unit":"m"},
      {"key":"d","type":"slider","label":"L","min":0,"max":1,"step":0.1,"range":true},
      {"key":"e","type":"select","label":"L","options":[{"value":1,"label":"one"}],"searchable":true},
      {"key":"f","type":"multiselect","label":"L","options":[{"value":"x","label":"X"}]},
      {"key":"g","type":"checkbox","label":"L"},
      {"key":"h","type":"toggle","label":"L"},
      {"key":"i","type":"radio","label":"L","options":[{"value":true,"label":"Yes"}]},
      {"key":"j","type":"date","label":"L","min":"2020-01-01","max":"2030-01-01"},
      {"key":"k","type":"time","label":"L"},
      {"key":"l","type":"datetime","label":"L"},
      {"key":"m","type":"date_range","label":"L"},
      {"key":"n","type":"file","label":"L","accept":".csv, .txt","max_size_mb":2,"multiple":true},
      {"key":"o","type":"image","label":"L","max_size_mb":0.5,"multiple":false},
      {"key":"p","type":"audio","label":"L","max_size_mb":3},
      {"key":"q","type":"colour","label":"L"},
      {"key":"r","type":"json","label":"L","schema":{"type":"object"}},
      {"key":"s","type":"code","label":"L","language":"sql"},
      {"key":"t","type":"markdown","label":"L"},
      {"key":"u","type":"tags","label":"L","suggestions":["a","b"]},
      {"key":"v","type":"autocomplete","label":"L","endpoint":"/autocomplete/cities"},
      {"key":"w","type":"table","label":"L","columns":[{"key":"n","label":"N","type":"number"}],"min_rows":1,"max_rows":9},
      {"key":"x","type":"map_point","label":"L","default_center":[51.5,-0.09],"default_zoom":6},
      {"key":"y","type":"map_bbox","label":"L"},
      {"key":"z","type":"map_polygon","label":"L"},
      {"key":"aa","type":"map_multipoint","label":"L"},
      {"key":"bb","type":"hidden","label":"L","default":7}
    ])"),
                                          "a-tool");
    ASSERT_TRUE(outcome.schema) << shown(outcome);
    auto const& inputs = outcome.schema->inputs;
    ASSERT_EQ(inputs.size(), input_type_names.size());
    EXPECT_EQ(inputs[13].accept, (std::vector<std::string>{".csv", ".txt"}));
    EXPECT_EQ(inputs[21].endpoint, "cities");
    EXPECT_EQ(inputs[23].default_center, std::pair(51.5, -0.09));
    EXPECT_TRUE(inputs[3].range);
}

TEST(ToolSchema, knows_every_output_type)
{
    std::string outputs = "[";
    for (std::size_t i = 0; i < output_type_names.size(); ++i)
        outputs += (i ? "," : "") + std::string(R"({"key":"k)") + std::to_string(i) + R"(","label":"L","type":")" +
                   std::string(output_type_names[i]) + "\"}";
    auto const outcome = read_tool_schema(tool_with("[]", outputs + "]"), "a-tool");
    ASSERT_TRUE(outcome.schema) << shown(outcome);
    for (std::size_t i = 0; i < output_type_names.size(); ++i)
        EXPECT_EQ(name_of(outcome.schema->outputs[i].type), output_type_names[i]);
}

TEST(ToolSchema, keeps_the_presentation_options_of_outputs)
{
    auto const outcome = read_tool_schema(tool_with("[]", R"([
      {"key":"a","type":"number","label":"L","format":"currency","precision":3,"unit":"m","layout":"inline"},
      {"key":"b","type":"chart_line","label":"L","x_label":"t","log_y":true,"layout":"tab","streaming":true}])"),
                                          "a-tool");
    ASSERT_TRUE(outcome.schema) << shown(outcome);
    EXPECT_EQ(outcome.schema->outputs[0].options.at("precision"), json::value(3));
    EXPECT_EQ(outcome.schema->outputs[0].layout, OutputLayout::inline_row);
    EXPECT_EQ(outcome.schema->outputs[1].options.at("log_y"), json::value(true));
    EXPECT_TRUE(outcome.schema->is_streaming());
}

TEST(ToolSchema, refuses_unknown_keys_at_every_level)
{
    auto const outcome = read_tool_schema(tool_with(R"([
        {"key":"a","type":"select","label":"L","bogus":1,"options":[{"value":1,"label":"x","hint":"y"}]},
        {"key":"b","type":"text","label":"L","show_if":{"key":"a","equals":1,"not":2},"min":3},
        {"key":"c","type":"table","label":"L","columns":[{"key":"n","label":"N","type":"number","width":3}]}])",
                                                    R"([{"key":"o","type":"text","label":"L","format":"decimal"}])",
                                                    R"(,"colour":"red","secrets":[{"key":"K","label":"old"}])"),
                                          "a-tool");
    EXPECT_FALSE(outcome.schema);
    for (auto const* location :
         {"inputs[0].bogus", "inputs[0].options[0].hint", "inputs[1].show_if.not", "inputs[1].min",
          "inputs[2].columns[0].width", "outputs[0].format", "colour", "secrets[0].label"})
        EXPECT_TRUE(has_problem(outcome, location, "unknown key")) << location << "\n" << shown(outcome);
    EXPECT_EQ(outcome.problems.size(), 8u) << shown(outcome);
}

struct BadTool {
    const char* what;
    std::string text;
    const char* location;
    const char* part;
};

class BrokenToolSchema : public testing::TestWithParam<BadTool> {};

TEST_P(BrokenToolSchema, is_refused_with_its_place)
{
    auto const outcome = read_tool_schema(GetParam().text, "a-tool");
    EXPECT_FALSE(outcome.schema);
    EXPECT_TRUE(has_problem(outcome, GetParam().location, GetParam().part)) << GetParam().what << "\n"
                                                                            << shown(outcome);
}

INSTANTIATE_TEST_SUITE_P(
    ToolSchema, BrokenToolSchema,
    testing::Values(
        BadTool{"empty", "", "tool.json", "not valid JSON"}, BadTool{"array", "[]", "tool.json", "must be an object"},
        BadTool{"cut off", R"({"id": "a)", "tool.json", "not valid JSON"},
        BadTool{"invalid UTF-8", "{\"id\": \"a\xff\"}", "tool.json", "UTF-8"},
        BadTool{"duplicate JSON key", R"({"id":"a","id":"b"})", "tool.json", "stands twice"},
        BadTool{"too deep", std::string(5000, '[') + std::string(5000, ']'), "tool.json", ""},
        BadTool{"no id", R"({"name":"A","inputs":[],"outputs":[]})", "id", "required"},
        BadTool{"id with a slash", R"({"id":"../a","name":"A","inputs":[],"outputs":[]})", "id", "kebab"},
        BadTool{"id of the wrong type", R"({"id":7,"name":"A","inputs":[],"outputs":[]})", "id", "string"},
        BadTool{"no inputs", R"({"id":"a","name":"A","outputs":[]})", "inputs", "required"},
        BadTool{"inputs an object", tool_with("{}"), "inputs", "array"},
        BadTool{"an input a string", tool_with(R"(["a"])"), "inputs[0]", "object"},
        BadTool{"no label", tool_with(R"([{"key":"a","type":"text"}])"), "inputs[0].label", "required"},
        BadTool{"unknown type", tool_with(R"([{"key":"a","type":"txet","label":"L"}])"), "inputs[0].type", "unknown"},
        BadTool{"duplicate input",
                tool_with(R"([{"key":"a","type":"text","label":"L"},{"key":"a","type":"date","label":"L"}])"),
                "inputs[1].key", "already used by inputs[0]"},
        BadTool{"slider without max", tool_with(R"([{"key":"a","type":"slider","label":"L","min":0}])"),
                "inputs[0].max", "required"},
        BadTool{"select without options", tool_with(R"([{"key":"a","type":"select","label":"L"}])"),
                "inputs[0].options", "required"},
        BadTool{"string options", tool_with(R"([{"key":"a","type":"select","label":"L","options":["x"]}])"),
                "inputs[0].options[0]", "object"},
        BadTool{"hidden without default", tool_with(R"([{"key":"a","type":"hidden","label":"L"}])"),
                "inputs[0].default", "required"},
        BadTool{"show_if names nothing",
                tool_with(R"([{"key":"a","type":"text","label":"L","show_if":{"key":"b","equals":1}}])"),
                "inputs[0].show_if.key", "names no input"},
        BadTool{"show_if names itself",
                tool_with(R"([{"key":"a","type":"text","label":"L","show_if":{"key":"a","equals":1}}])"),
                "inputs[0].show_if.key", "leads back"},
        BadTool{"cyclic show_if", tool_with(R"([{"key":"a","type":"text","label":"L","show_if":{"key":"b","equals":1}},
                              {"key":"b","type":"text","label":"L","show_if":{"key":"c","equals":1}},
                              {"key":"c","type":"text","label":"L","show_if":{"key":"a","equals":1}}])"),
                "inputs[2].show_if.key", "leads back"},
        BadTool{"max_length a string", tool_with(R"([{"key":"a","type":"text","label":"L","max_length":"5"}])"),
                "inputs[0].max_length", "whole number"},
        BadTool{"huge number", tool_with(R"([{"key":"a","type":"number","label":"L","min":1e999}])"), "inputs[0].min",
                ""},
        BadTool{"entrypoint outside", tool_with("[]", "[]", R"(,"entrypoint":"../main.py")"), "entrypoint", "inside"},
        BadTool{"absolute entrypoint", tool_with("[]", "[]", R"(,"entrypoint":"/bin/sh")"), "entrypoint", "inside"},
        BadTool{"layout", tool_with("[]", "[]", R"(,"layout":"grid")"), "layout", "form, chat, split"},
        BadTool{"flag a string", tool_with("[]", "[]", R"(,"concurrent":"yes")"), "concurrent", "true or false"},
        BadTool{"runtime below one", tool_with("[]", "[]", R"(,"max_runtime_seconds":0)"), "max_runtime_seconds",
                "between"},
        BadTool{"source kind", tool_with("[]", "[]", R"(,"source":{"type":"dream"})"), "source.type", "one of"},
        BadTool{"duplicate output",
                tool_with("[]", R"([{"key":"a","type":"text","label":"L"},{"key":"a","type":"kv","label":"L"}])"),
                "outputs[1].key", "already used"}));

TEST(ToolSchema, tells_the_coherence_problems_from_the_others)
{
    auto const outcome = read_tool_schema(tool_with(R"([{"key":"a","type":"slider","label":"L","min":"0"}])"), "a");
    auto const kind_at = [&](std::string_view location) {
        return std::ranges::find(outcome.problems, location, &Problem::location)->kind;
    };
    EXPECT_EQ(kind_at("inputs[0].max"), ProblemKind::coherence);
    EXPECT_EQ(kind_at("inputs[0].min"), ProblemKind::syntax);
}

TEST(ToolSchema, reads_a_thousand_inputs_and_refuses_more_than_its_limit)
{
    auto const with_inputs = [](std::size_t count) {
        std::string inputs = "[";
        for (std::size_t i = 0; i < count; ++i)
            inputs += (i ? "," : "") + std::string(R"({"key":"k)") + std::to_string(i) +
                      R"(","type":"number","label":"L","default":1})";
        return tool_with(inputs + "]");
    };
    auto const fine = read_tool_schema(with_inputs(1000), "a-tool");
    ASSERT_TRUE(fine.schema) << shown(fine);
    EXPECT_EQ(fine.schema->inputs.size(), 1000u);
    EXPECT_TRUE(has_problem(read_tool_schema(with_inputs(max_inputs + 1), "a-tool"), "inputs", "the limit is 2000"));
    EXPECT_TRUE(has_problem(read_tool_schema(std::string(max_schema_bytes + 1, ' '), "a-tool"), "tool.json", "limit"));
}

TEST(ToolSchema, stops_listing_after_two_hundred_problems)
{
    std::string inputs = "[1";
    for (int i = 0; i < 999; ++i) inputs += ",1";
    auto const outcome = read_tool_schema(tool_with(inputs + "]"), "a-tool");
    EXPECT_EQ(outcome.problems.size(), 201u);
    EXPECT_EQ(outcome.problems.back().message, "and 800 more problems");
}

TEST(ToolSchema, accepts_source_and_citations)
{
    auto const outcome = read_tool_schema(
        tool_with("[]", "[]",
                  R"(,"source":{"type":"paper","reference":"r","checksum":null,"generated_at":"t","skill":"s"},
                                  "citations":[{"doi":"10.1/x"}])"),
        "a-tool");
    EXPECT_TRUE(outcome.schema) << shown(outcome);
}

} // namespace
} // namespace pix::tools
