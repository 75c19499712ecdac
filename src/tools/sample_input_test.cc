#include "tools/sample_input.h"

#include <gtest/gtest.h>

#include "core/base/json.h"
#include "core/base/text.h"
#include "tools/form_input.h"
#include "tools/testing/a_schema.h"

namespace pix::tools {
namespace {

using testing::a_schema;

constexpr core::Millis a_morning = 1'772'615'700'000; // 2026-03-04T09:15:00Z

std::string sample_of(std::string_view fields)
{
    auto const schema = a_schema(R"([{"key":"k","label":"L",)" + std::string(fields) + "}]");
    return core::to_text(sample_inputs(schema, a_morning));
}

TEST(SampleInput, is_the_plainest_value_of_each_type)
{
    EXPECT_EQ(sample_of(R"("type":"text")"), R"({"k":""})");
    EXPECT_EQ(sample_of(R"("type":"text","default":"d")"), R"({"k":"d"})");
    EXPECT_EQ(sample_of(R"("type":"text","required":false)"), "{}");
    EXPECT_EQ(sample_of(R"("type":"number")"), R"({"k":0})");
    EXPECT_EQ(sample_of(R"("type":"number","min":2,"max":5)"), R"({"k":3.5})");
    EXPECT_EQ(sample_of(R"("type":"number","max":-5)"), R"({"k":-5})");
    EXPECT_EQ(sample_of(R"("type":"slider","min":0,"max":4)"), R"({"k":2.0})");
    EXPECT_EQ(sample_of(R"("type":"slider","min":0,"max":4,"range":true)"), R"({"k":[0.0,4.0]})");
    EXPECT_EQ(sample_of(R"("type":"select","options":[{"value":3,"label":"c"}])"), R"({"k":3})");
    EXPECT_EQ(sample_of(R"("type":"tags")"), R"({"k":[]})");
    EXPECT_EQ(sample_of(R"("type":"toggle")"), R"({"k":false})");
    EXPECT_EQ(sample_of(R"("type":"date")"), R"({"k":"2026-03-04"})");
    EXPECT_EQ(sample_of(R"("type":"time")"), R"({"k":"00:00"})");
    EXPECT_EQ(sample_of(R"("type":"datetime")"), R"({"k":"2026-03-04T09:15:00"})");
    EXPECT_EQ(sample_of(R"("type":"date_range")"), R"({"k":["2026-03-04","2026-03-04"]})");
    EXPECT_EQ(sample_of(R"("type":"colour")"), R"({"k":"#000000"})");
    EXPECT_EQ(sample_of(R"("type":"json")"), R"({"k":{}})");
    EXPECT_EQ(sample_of(R"("type":"map_point")"), R"({"k":[0.0,0.0]})");
    EXPECT_EQ(sample_of(R"("type":"map_bbox","default_center":[10,20])"), R"({"k":[[9.99,19.99],[10.01,20.01]]})");
    EXPECT_EQ(sample_of(R"("type":"map_polygon")"), R"({"k":[[0.0,0.0]]})");
    EXPECT_EQ(sample_of(R"("type":"hidden","default":7)"), R"({"k":7})");
}

TEST(SampleInput, probes_files_with_a_picture_and_audio_with_silence)
{
    auto const png = sample_of(R"("type":"file")");
    EXPECT_TRUE(png.starts_with(R"({"k":"data:image/png;base64,iVBORw0KGgo)")) << png;
    EXPECT_TRUE(sample_of(R"("type":"image","multiple":true)").starts_with(R"({"k":["data:image/png)"));
    auto const schema = a_schema(R"([{"key":"k","label":"L","type":"audio"}])");
    auto const url = std::string(sample_inputs(schema, a_morning).at("k").as_string());
    auto const wav = core::base64_decode(std::string_view(url).substr(url.find(',') + 1));
    ASSERT_TRUE(wav);
    EXPECT_EQ(wav->size(), 44u + 8'000u);
    EXPECT_EQ(wav->substr(0, 4), "RIFF");
}

TEST(SampleInput, a_chat_tool_gets_a_message)
{
    auto const schema =
        a_schema(R"([{"key":"k","label":"L","type":"text","default":"d"},{"key":"m","label":"M","type":"text"}])", "[]",
                 R"(,"layout":"chat")");
    EXPECT_EQ(core::to_text(sample_inputs(schema, a_morning)),
              R"({"k":"d","messages":[{"role":"user","content":"Validation probe"}],"history":[]})");
}

} // namespace
} // namespace pix::tools
