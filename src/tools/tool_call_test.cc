#include "tools/tool_call.h"

#include <gtest/gtest.h>

#include "core/base/json.h"
#include "core/base/text.h"

namespace pix::tools {
namespace {

using core::Errc;

json::object parsed(const std::string& text)
{
    return core::parse_json(text).value().as_object();
}

ToolSchema schema_with_file()
{
    return *read_tool_schema(R"({"id": "t", "name": "T", "outputs": [], "inputs": [
        {"key": "note", "type": "text", "label": "N"}, {"key": "scan", "type": "file", "label": "S"}]})",
                             "t")
                .schema;
}

TEST(ToolCall, carries_inputs_nested_and_flat_and_says_where_files_go)
{
    json::object const inputs = parsed(R"({"phrase": "stressed", "upper": false})");
    auto const call = json_call("r1", inputs, core::to_text(inputs), "/a/b");
    EXPECT_EQ(call.content_type, "application/json");
    EXPECT_EQ(parsed(call.body), parsed(R"({"run_id": "r1", "inputs": {"phrase": "stressed", "upper": false},
        "phrase": "stressed", "upper": false, "_pixie": {"run_id": "r1", "artefacts_dir": "/a/b"}})"));
}

TEST(ToolCall, keeps_inputs_with_reserved_names_out_of_the_flat_form)
{
    json::object const inputs = parsed(R"({"run_id": "mine", "x": 1})");
    auto const call = json_call("r1", inputs, core::to_text(inputs), "/a");
    EXPECT_EQ(parsed(call.body), parsed(R"({"run_id": "r1", "inputs": {"run_id": "mine", "x": 1}, "x": 1,
        "_pixie": {"run_id": "r1", "artefacts_dir": "/a"}})"));
    auto const empty = json_call("r1", {}, "{}", "/a");
    EXPECT_EQ(parsed(empty.body).at("inputs"), json::object());
}

TEST(ToolCall, sends_files_as_parts_with_harmless_names)
{
    json::object inputs;
    inputs["note"] = "n";
    inputs["scan"] = "data:image/png;base64," + core::base64_encode("PNG");
    auto const from_url = multipart_call("r1", schema_with_file(), inputs, {}, "/a");
    EXPECT_NE(from_url.body.find("name=\"scan\"; filename=\"scan\"\r\nContent-Type: image/png\r\n\r\nPNG\r\n"),
              std::string::npos);
    EXPECT_NE(from_url.body.find("{\"note\":\"n\"}"), std::string::npos);
    auto const given =
        multipart_call("r1", schema_with_file(), inputs, {{"scan", "a\"\r\nb.png", "image/png", "X"}}, "/a");
    EXPECT_NE(given.body.find("filename=\"a%22%0D%0Ab.png\""), std::string::npos);
    EXPECT_EQ(given.body.find("PNG"), std::string::npos);
}

TEST(ToolCall, reads_an_object_and_drops_an_echoed_run_id)
{
    auto const outputs = read_answer(200, R"({"run_id": "x", "a": NaN})", 1000);
    ASSERT_TRUE(outputs);
    EXPECT_EQ(*outputs, parsed(R"({"a": null})"));
}

TEST(ToolCall, says_what_is_wrong_with_an_answer)
{
    EXPECT_EQ(read_answer(204, "", 1000).error().code, Errc::invalid);
    EXPECT_EQ(read_answer(200, "  ", 1000).error().code, Errc::invalid);
    EXPECT_NE(read_answer(200, "[1]", 1000).error().message.find("an array"), std::string::npos);
    EXPECT_EQ(read_answer(200, "{\"a\":", 1000).error().code, Errc::invalid);
    EXPECT_EQ(read_answer(500, R"({"detail": "no such town"})", 1000).error().message, "no such town");
    EXPECT_EQ(read_answer(422, R"({"detail": [{"loc": ["body", "x"], "msg": "too big"}]})", 1000).error().message,
              "body.x: too big");
    EXPECT_EQ(read_answer(500, "Internal Server Error", 1000).error().message, "Internal Server Error");
    EXPECT_NE(read_answer(500, "", 1000).error().message.find("500"), std::string::npos);
}

TEST(ToolCall, leaves_long_texts_out_of_what_is_stored)
{
    json::object inputs;
    inputs["small"] = "x";
    inputs["big"] = std::string(70'000, 'x');
    std::vector<std::string> omitted;
    EXPECT_EQ(stored_inputs(inputs, omitted), parsed(R"({"small": "x"})"));
    EXPECT_EQ(omitted, std::vector<std::string>{"big"});
}

} // namespace
} // namespace pix::tools
