#include "tools/streamed_outputs.h"

#include <gtest/gtest.h>

#include "core/base/json.h"
#include "tools/testing/a_schema.h"

namespace pix::tools {
namespace {

using testing::a_schema;
using testing::parsed;

/// A tool with one output of every kind that streams.
ToolSchema a_streaming_schema()
{
    return a_schema("[]", R"([{"key":"text","label":"T","type":"stream_text","streaming":true},
        {"key":"log","label":"L","type":"log","streaming":true},
        {"key":"chart","label":"C","type":"chart_line"},
        {"key":"progress","label":"P","type":"progress"},
        {"key":"words","label":"W","type":"number"}])");
}

struct Streamed : ::testing::Test {
    ToolSchema schema = a_streaming_schema();
    StreamedOutputs outputs{schema, {}};

    StreamChange send(std::string data, std::string name = "message")
    {
        auto change = outputs.apply({std::move(name), std::move(data)});
        EXPECT_TRUE(change);
        return change.value_or(StreamChange{});
    }
    std::string value(std::string_view key)
    {
        auto const* held = outputs.values().if_contains(key);
        return held == nullptr ? "absent" : core::to_text(*held);
    }
};

using StreamedOutput = Streamed;

TEST_F(StreamedOutput, appends_text_by_output_key_even_when_done)
{
    send(R"({"output_key":"text","value":"a","done":false})");
    auto const last = send(R"({"output_key":"text","value":"b","done":true})");
    EXPECT_EQ(value("text"), R"("ab")");
    EXPECT_FALSE(last.ended);
    EXPECT_EQ(last.keys, std::vector<std::string>{"text"});
}

TEST_F(StreamedOutput, ends_when_every_streaming_output_is_done)
{
    EXPECT_FALSE(send(R"({"output_key":"text","done":true})").ended);
    EXPECT_FALSE(send(R"({"output_key":"words","value":1,"done":true})").ended);
    EXPECT_TRUE(send(R"({"output_key":"log","value":["x"],"done":true})").ended);
    EXPECT_EQ(value("log"), R"({"lines":["x"]})");
    EXPECT_TRUE(send(R"({"output_key":"text","value":"late"})").keys.empty());
}

TEST_F(StreamedOutput, takes_several_outputs_at_once)
{
    auto const change = send(R"({"text":"a","words":1,"counter":5,"done":false})");
    EXPECT_EQ(change.keys.size(), 2u);
    send(R"({"text":"b","words":2})");
    EXPECT_EQ(value("text"), R"("ab")");
    EXPECT_EQ(value("words"), "2");
    EXPECT_EQ(value("counter"), "absent");
}

TEST_F(StreamedOutput, the_last_event_replaces_the_text_unless_it_is_empty)
{
    send(R"({"text":"a"})");
    EXPECT_TRUE(send(R"({"text":"whole","done":true})").ended);
    EXPECT_EQ(value("text"), R"("whole")");
    StreamedOutputs other(schema, {});
    ASSERT_TRUE(other.apply({"message", R"({"text":"kept"})"}));
    ASSERT_TRUE(other.apply({"message", R"({"text":"","done":true})"}));
    EXPECT_EQ(core::to_text(other.values().at("text")), R"("kept")");
}

TEST_F(StreamedOutput, a_chunk_goes_to_the_first_text)
{
    send(R"({"chunk":"a","done":false})");
    send(R"({"chunk":"b","words":2,"done":false})");
    EXPECT_TRUE(send(R"({"chunk":"c","done":true})").ended);
    EXPECT_EQ(value("text"), R"("abc")");
    EXPECT_EQ(value("words"), "2");
}

TEST_F(StreamedOutput, a_named_event_is_an_increment)
{
    send("plain text", "text");
    send(R"("quoted")", "text");
    send(R"({"level":"info","message":"m"})", "log");
    EXPECT_TRUE(send("{}", "end").keys.empty());
    EXPECT_EQ(value("text"), R"("plain textquoted")");
    EXPECT_EQ(value("log"), R"({"lines":[{"level":"info","message":"m"}]})");
    EXPECT_TRUE(send("", "done").ended);
}

TEST_F(StreamedOutput, an_error_event_ends_with_its_message)
{
    auto const change = send(R"({"message":"no more paper"})", "error");
    EXPECT_TRUE(change.ended);
    EXPECT_EQ(change.error, "no more paper");
}

TEST_F(StreamedOutput, log_lines_are_added_by_output_key_and_replaced_by_snapshots)
{
    send(R"({"output_key":"log","value":{"lines":["a"]}})");
    send(R"({"output_key":"log","value":{"lines":["b"]}})");
    EXPECT_EQ(value("log"), R"({"lines":["a","b"]})");
    send(R"({"log":{"lines":["a","b","c"]}})");
    EXPECT_EQ(value("log"), R"({"lines":["a","b","c"]})");
}

TEST_F(StreamedOutput, chart_points_are_added_by_series_name)
{
    send(R"({"output_key":"chart","value":{"x":[1],"series":[{"name":"a","y":[10]}]}})");
    send(R"({"output_key":"chart","value":{"x":[2],"series":[{"name":"a","y":[20]},{"name":"b","y":[5]}]}})");
    EXPECT_EQ(value("chart"), R"({"x":[1,2],"series":[{"name":"a","y":[10,20]},{"name":"b","y":[null,5]}]})");
}

TEST_F(StreamedOutput, chart_snapshots_add_a_point_or_replace_all)
{
    send(R"({"chart":{"x":1,"y":10}})");
    send(R"({"chart":{"x":2,"y":20,"val_y":7}})");
    EXPECT_EQ(value("chart"), R"({"x":[1,2],"series":[{"name":"y","y":[10,20]},{"name":"val_y","y":[null,7]}]})");
    send(R"({"chart":{"x":[9],"series":[]}})");
    EXPECT_EQ(value("chart"), R"({"x":[9],"series":[]})");
    send(R"({"chart":{"x":3,"series":[]},"done":true})");
    EXPECT_EQ(value("chart"), R"({"x":3,"series":[]})");
}

TEST_F(StreamedOutput, other_types_are_replaced)
{
    send(R"({"progress":0.1})");
    send(R"({"output_key":"progress","value":{"value":0.2,"label":"l"}})");
    EXPECT_EQ(value("progress"), R"({"value":0.2,"label":"l"})");
}

TEST_F(StreamedOutput, ignores_what_has_no_known_shape)
{
    for (auto const* data : {"", "[DONE]", "7", "[1]", "{", R"({"output_key":"nobody","value":1})",
                             R"({"output_key":7})", R"({"n":1})", "\xff"})
        EXPECT_TRUE(send(data).keys.empty()) << data;
    EXPECT_TRUE(outputs.values().empty());
}

TEST_F(StreamedOutput, starts_from_the_answer_to_run)
{
    StreamedOutputs started(schema, parsed(R"({"text":{"value":"a"},"run_id":"x","words":1})").as_object());
    ASSERT_TRUE(started.apply({"message", R"({"output_key":"text","value":"b"})"}));
    EXPECT_EQ(core::to_text(started.values()), R"({"text":"ab","words":1})");
}

TEST_F(StreamedOutput, stops_growing_at_its_limit)
{
    StreamedOutputs small(schema, {}, 100);
    auto const event = StreamEvent{"message", R"({"chunk":")" + std::string(40, 'x') + "\"}"};
    EXPECT_TRUE(small.apply(event));
    auto const refused = small.apply(event);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Errc::too_large);
}

} // namespace
} // namespace pix::tools
