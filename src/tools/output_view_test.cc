#include "tools/output_view.h"

#include <gtest/gtest.h>

#include "tools/testing/a_schema.h"
#include "tools/testing/page.h"

namespace pix::tools {
namespace {

using testing::a_schema;
using testing::count_of;
using testing::parsed;
using testing::rendered;

const OutputPlace here{"", "a-tool", false};

/// The HTML of one output of that declaration.
std::string card(std::string_view fields, std::string_view value, const OutputPlace& place = here)
{
    auto const schema = a_schema("[]", R"([{"key":"k","label":"Label",)" + std::string(fields) + "}]");
    json::value const held = value.empty() ? json::value() : parsed(value);
    return rendered("output_card", output_card_view(schema.outputs[0], value.empty() ? nullptr : &held, place, 0));
}

std::string card_of(std::string_view type, std::string_view value)
{
    return card(R"("type":")" + std::string(type) + "\"", value);
}

bool has(const std::string& html, std::string_view part)
{
    return html.find(part) != std::string::npos;
}

TEST(OutputView, a_card_carries_its_key_and_type)
{
    auto const html =
        card(R"("type":"number","unit":"m","description":"D","caption":"C","format":"currency")", "25967.5");
    EXPECT_TRUE(has(html, R"(class="card output-card" id="out-k" data-output-key="k" data-output-type="number")"))
        << html;
    EXPECT_TRUE(has(html, R"(£25,967.50 <span class="value-unit">m</span>)")) << html;
    EXPECT_TRUE(has(html, R"(<p class="card-hint">D</p>)"));
    EXPECT_TRUE(has(html, R"(<footer class="card-foot">C</footer>)"));
}

TEST(OutputView, the_value_decides_before_the_declaration)
{
    auto const html = card(R"("type":"number","precision":1)", R"({"value":2,"precision":3,"unit":"s"})");
    EXPECT_TRUE(has(html, R"(2.000 <span class="value-unit">s</span>)")) << html;
}

TEST(OutputView, shows_the_plain_types)
{
    EXPECT_TRUE(has(card_of("text", R"("a <b>")"), R"(<p class="value-text">a &lt;b&gt;</p>)"));
    EXPECT_TRUE(has(card_of("text", R"({"text":"a\nb"})"), "<pre class=\"value-pre\" tabindex=\"0\">a\nb</pre>"));
    EXPECT_TRUE(has(card_of("markdown", R"({"value":"**b** <script>x</script>"})"), "<p><strong>b</strong>"));
    EXPECT_FALSE(has(card_of("markdown", R"({"value":"**b** <script>x</script>"})"), "<script"));
    EXPECT_TRUE(has(
        card_of("code", R"({"value":"a\nb","language":"python"})"),
        R"(data-language="python"><ol class="code-lines" tabindex="0"><li><code>a</code></li><li><code>b</code></li>)"));
    EXPECT_TRUE(has(card_of("boolean", "1"), R"(data-state="good">tools.yes)"));
    EXPECT_TRUE(has(card(R"("type":"boolean","false_label":"Off")", "false"), R"(data-state="neutral">Off)"));
    EXPECT_TRUE(has(card_of("progress", "40"), R"(value="0.4">40 %)"));
    EXPECT_TRUE(
        has(card_of("progress", R"({"value":null,"label":"Wait"})"), R"(<progress max="1" aria-label="Wait">)"));
    EXPECT_TRUE(has(card_of("stream_text", R"("abc")"), R"(data-stream-text tabindex="0">abc</pre>)"));
    EXPECT_TRUE(has(card_of("kv", R"({"pairs":[["a",1234.5],{"key":"b","value":true}]})"),
                    "<div><dt>a</dt><dd>1,234.5</dd></div><div><dt>b</dt><dd>tools.yes</dd></div>"));
    EXPECT_TRUE(has(card_of("kv", R"({"a":"x"})"), "<dt>a</dt><dd>x</dd>"));
}

TEST(OutputView, a_log_is_data_for_its_part)
{
    auto const html = card_of("log", R"({"lines":["a",{"level":"error","message":"</script><b>","t":1,"more":{}}]})");
    EXPECT_TRUE(has(html, R"({"lines":["a",{"level":"error","message":"\u003c/script\u003e\u003cb\u003e","t":1}]})"))
        << html;
    EXPECT_TRUE(has(html, "<noscript><pre class=\"value-pre\">a\n&lt;/script&gt;&lt;b&gt;\n</pre></noscript>"));
}

TEST(OutputView, media_come_from_the_run_or_from_the_value)
{
    EXPECT_TRUE(
        has(card_of("image", R"("data:image/png;base64,AAAA")"), R"(src="data:image/png;base64,AAAA" alt="Label")"));
    EXPECT_TRUE(
        has(card(R"("type":"image")", R"({"url":"/api/artefacts/7/file","alt":"A"})", {"/tools", "a-tool", false}),
            R"(src="/tools/api/artefacts/7/file" alt="A")"));
    EXPECT_TRUE(has(card_of("video", R"("/files/run/v.mp4")"), R"(src="/tool/a-tool/files/run/v.mp4")"));
    EXPECT_TRUE(has(card_of("image", R"("https://example.org/a.png")"), R"(<a href="https://example.org/a.png")"));
    EXPECT_FALSE(has(card_of("image", R"("https://example.org/a.png")"), "<img"));
    for (auto const* bad : {R"x("javascript:alert(1)")x", R"("data:text/html,x")", R"("//example.org/x")",
                            R"("/api/artefacts/../../x")", R"("x\" onerror=\"y")"})
        EXPECT_TRUE(has(card_of("image", bad), "tools.not_loadable")) << bad;
}

TEST(OutputView, a_file_can_be_downloaded)
{
    EXPECT_TRUE(
        has(card_of("file", R"({"filename":"a.txt","data":"aGVsbG8=","mime":"text/plain"})"),
            R"(5 B</span><a class="button button-small" download="a.txt" href="data:text/plain;base64,aGVsbG8=")"))
        << card_of("file", R"({"filename":"a.txt","data":"aGVsbG8=","mime":"text/plain"})");
    EXPECT_TRUE(has(card_of("file", R"({"filename":"a.txt","data":"plain text"})"),
                    R"(href="data:application/octet-stream;base64,cGxhaW4gdGV4dA==")"));
    EXPECT_TRUE(has(card_of("file", R"({"filename":"a","url":"/api/artefacts/7/file","data":""})"),
                    R"(href="/api/artefacts/7/file")"));
    EXPECT_TRUE(has(card_of("file", R"({"filename":"a","url":"javascript:x"})"), "tools.wrong_shape"));
}

TEST(OutputView, a_chart_is_a_figure)
{
    auto const html = card(R"("type":"chart_line","x_label":"t")",
                           R"({"x":[0,1],"series":[{"name":"</script>","y":[1,null]}],"log_y":true,"evil":"<"})");
    EXPECT_TRUE(has(html, R"({"kind":"line","title":"Label","x_label":"t","y_label":"","log_x":false,"log_y":true,)"
                          R"("x":[0,1],"series":[{"name":"\u003c/script\u003e","y":[1,null]}]})"))
        << html;
    EXPECT_TRUE(has(html, "<td class=\"numeric\">0</td><td class=\"numeric\">1</td>")) << html;
    EXPECT_TRUE(has(card_of("chart_line", R"({"x":[],"series":[]})"), "tools.no_value"));
    EXPECT_TRUE(has(card_of("chart_line", R"({"series":7})"), "series must be an array"));
}

TEST(OutputView, what_is_not_drawn_is_shown_as_data)
{
    for (auto const* type : {"diff", "tree", "timeline", "gantt", "chart_candlestick", "chart_radar", "chart_sankey",
                             "chart_treemap", "chart_network", "map_points", "map_heatmap", "map_choropleth",
                             "map_polygons", "map_route", "image_compare"}) {
        auto const html = card_of(
            type,
            R"({"before":"a","after":"b","root":{},"events":[],"tasks":[],"points":[],"axes":[],"series":[],"nodes":[],
                      "links":[],"edges":[],"geojson":{},"values":{},"polygons":[]})");
        EXPECT_TRUE(has(html, "tools.not_drawn")) << type << "\n" << html;
        EXPECT_TRUE(has(html, "&quot;before&quot;: &quot;a&quot;")) << type;
    }
}

TEST(OutputView, every_type_has_a_card_when_empty_missing_wrong_or_awaited)
{
    OutputPlace waiting = here;
    waiting.is_waiting = true;
    for (auto const type : output_type_names) {
        std::string const fields = R"("type":")" + std::string(type) + "\"";
        EXPECT_TRUE(has(card(fields, ""), "tools.missing")) << type;
        EXPECT_EQ(has(card(fields, "null"), "tools.no_value"), type != "progress") << type;
        auto const wrong = card(fields, R"({"nothing":[]})");
        EXPECT_TRUE(has(wrong, "tools.wrong_shape") || type == "kv") << type << wrong;
        bool const streams = type == "progress" || type == "stream_text" || type == "log";
        EXPECT_EQ(has(card(fields, "", waiting), "empty-line"), !streams) << type;
    }
}

TEST(OutputView, nothing_from_a_tool_becomes_markup)
{
    constexpr std::string_view evil = R"x("\"><script>alert(1)</script>")x";
    std::string const text(evil);
    std::vector<std::string> values{
        text,
        R"({"value":)" + text + R"(,"label":)" + text + R"(,"language":)" + text + R"(,"unit":)" + text + "}",
        R"({"columns":[)" + text + R"(],"rows":[[)" + text + R"(]]})",
        R"({"pairs":[[)" + text + "," + text + "]]}",
        R"({"lines":[)" + text + R"(,{"level":)" + text + R"(,"message":)" + text + "}]}",
        R"({"x":[)" + text + R"(],"series":[{"name":)" + text + R"(,"y":[1],"points":[{"x":)" + text +
            R"(,"y":1,"label":)" + text + R"(,"colour":)" + text + R"(}],"values":[1]}],"x_label":)" + text + "}",
        R"({"slices":[{"label":)" + text + R"(,"value":1}]})",
        R"({"z":[[1]],"x_labels":[)" + text + "]}",
        R"({"filename":)" + text + R"(,"data":)" + text + R"(,"mime":)" + text + R"(,"url":)" + text + "}",
        R"({"images":[)" + text + R"(,{"url":"data:image/png;base64,AA==","label":)" + text + "}]}"};
    for (auto const type : output_type_names)
        for (auto const& value : values) {
            auto const html =
                card(R"("type":")" + std::string(type) + R"(","description":)" + text + R"(,"caption":)" + text, value);
            EXPECT_EQ(count_of(html, "<script"), count_of(html, R"(<script type="application/json">)")) << type << "\n"
                                                                                                        << html;
            EXPECT_FALSE(has(html, "alert(1)</script>")) << type << "\n" << html;
            EXPECT_FALSE(has(html, " style=")) << type;
        }
}

TEST(OutputView, neighbours_of_one_layout_stand_together)
{
    auto const schema = a_schema("[]", R"([{"key":"a","label":"A","type":"text"},{"key":"b","label":"B","type":"text"},
        {"key":"c","label":"C","type":"text","layout":"tab"},{"key":"d","label":"D","type":"text","layout":"tab"},
        {"key":"e","label":"E","type":"text","layout":"inline"},{"key":"f","label":"F","type":"text","layout":"tab"}])");
    auto const html =
        rendered("output_panel", output_panel_view(schema, parsed(R"({"a":"1","d":"2"})").as_object(), here));
    EXPECT_EQ(count_of(html, "<div class=\"stack\">"), 2u) << html;
    EXPECT_EQ(count_of(html, "<pix-tabs"), 1u);
    EXPECT_EQ(count_of(html, "class=\"inline-outputs\""), 1u);
    EXPECT_EQ(count_of(html, "output-card"), 6u);
    EXPECT_TRUE(has(rendered("output_panel", output_panel_view(a_schema("[]"), {}, here)), "tools.no_outputs"));
}

} // namespace
} // namespace pix::tools
