#include "tools/input_view.h"

#include <gtest/gtest.h>

#include "tools/testing/a_schema.h"
#include "tools/testing/page.h"

namespace pix::tools {
namespace {

using testing::a_schema;
using testing::count_of;
using testing::parsed;
using testing::rendered;

/// The HTML of one input of that declaration, filled with a JSON value ("" for none).
std::string control(std::string_view fields, std::string_view value = "")
{
    auto const schema = a_schema(R"([{"key":"k","label":"Label",)" + std::string(fields) + "}]");
    json::value const held = value.empty() ? json::value() : parsed(value);
    return rendered("tool_input", input_view(schema.inputs[0], value.empty() ? nullptr : &held, {"", "a-tool", ""}, 3));
}

bool has(const std::string& html, std::string_view part)
{
    return html.find(part) != std::string::npos;
}

TEST(InputView, a_number_has_bounds_step_unit_and_hint)
{
    auto const html =
        control(R"("type":"number","min":0,"max":9.5,"step":0.5,"unit":"m","default":2.5,"description":"How far.")");
    EXPECT_TRUE(has(html, R"(<label class="field-label" for="in-3">Label</label>)")) << html;
    EXPECT_TRUE(has(html, R"(name="k" type="number" value="2.5")")) << html;
    EXPECT_TRUE(has(html, R"(min="0" max="9.5" step="0.5" required aria-describedby="hint-3")")) << html;
    EXPECT_TRUE(has(html, R"(<span class="field-unit">m</span>)")) << html;
    EXPECT_TRUE(has(html, R"(<p class="field-hint" id="hint-3">How far.</p>)")) << html;
    EXPECT_TRUE(has(control(R"("type":"number")"), R"(step="any")"));
    EXPECT_TRUE(has(control(R"("type":"number","default":1)", "7"), R"(value="7" data-default="1")"));
}

TEST(InputView, an_empty_text_may_be_posted_and_a_hidden_one_never_blocks)
{
    EXPECT_FALSE(has(control(R"("type":"text")"), "required"));
    auto const schema = a_schema(R"([{"key":"a","label":"A","type":"toggle"},
        {"key":"b","label":"B","type":"number","show_if":{"key":"a","equals":true}}])");
    auto const html = rendered("tool_input", input_view(schema.inputs[1], nullptr, {}, 1));
    EXPECT_FALSE(has(html, "required"));
    EXPECT_TRUE(has(html, R"(data-show-if="{&quot;key&quot;:&quot;a&quot;,&quot;equals&quot;:true}")")) << html;
}

TEST(InputView, choices_show_what_is_chosen)
{
    constexpr std::string_view options = R"("options":[{"value":1,"label":"One"},{"value":2,"label":"Two"}])";
    auto const select = control(R"("type":"select",)" + std::string(options), "2");
    EXPECT_TRUE(has(select, R"(<option value="2" selected>Two</option>)")) << select;
    EXPECT_FALSE(has(select, R"(<option value="">)"));
    EXPECT_TRUE(
        has(control(R"("type":"select","required":false,)" + std::string(options), "2"), R"(<option value="">)"));
    EXPECT_TRUE(has(control(R"("type":"select","searchable":true,)" + std::string(options)), "<pix-combo>"));
    auto const radio = control(R"("type":"radio",)" + std::string(options), "1");
    EXPECT_TRUE(has(radio, R"(class="segments")")) << radio;
    EXPECT_TRUE(has(radio, R"(value="1" checked)"));
    EXPECT_TRUE(has(radio, "<fieldset class=\"field\""));
    auto const checks = control(R"("type":"multiselect",)" + std::string(options), "[1,2]");
    EXPECT_EQ(count_of(checks, " checked"), 2u);
    EXPECT_TRUE(has(checks, R"(<input type="hidden" name="k" value="[]">)")) << checks;
}

TEST(InputView, every_type_has_a_named_control)
{
    for (auto const name : input_type_names) {
        std::string fields = R"("type":")" + std::string(name) + "\"";
        if (name == "select" || name == "multiselect" || name == "radio")
            fields += R"(,"options":[{"value":"a","label":"A"}])";
        if (name == "slider") fields += R"(,"min":0,"max":4)";
        if (name == "autocomplete") fields += R"(,"endpoint":"cities")";
        if (name == "table") fields += R"(,"columns":[{"key":"x","label":"X","type":"number"}])";
        if (name == "hidden") fields += R"(,"default":7)";
        auto const html = control(fields);
        EXPECT_TRUE(has(html, R"(name="k")")) << name << "\n" << html;
        EXPECT_FALSE(has(html, "style=")) << name;
    }
}

TEST(InputView, special_controls_follow_their_parts)
{
    EXPECT_TRUE(has(control(R"("type":"slider","min":0,"max":4)"), R"(step="any" value="2")"));
    EXPECT_TRUE(has(control(R"("type":"slider","min":0,"max":4,"range":true)"),
                    R"(value="[0.0,4.0]" data-min="0" data-max="4")"));
    EXPECT_TRUE(has(control(R"("type":"autocomplete","endpoint":"/autocomplete/cities")"),
                    R"(data-url="/tool/a-tool/autocomplete/cities")"));
    EXPECT_TRUE(has(
        control(R"("type":"file","accept":[".csv","text/*"],"max_size_mb":2,"multiple":true)"),
        R"(<pix-file data-max-mb="2"><input type="file" id="in-3" name="k" accept=".csv,text/*" multiple required)"));
    EXPECT_TRUE(
        has(control(R"("type":"date_range")", R"({"from":"a","to":"b"})"), R"(value="[&quot;a&quot;,&quot;b&quot;]")"));
    EXPECT_TRUE(has(control(R"("type":"toggle")", "true"), R"(role="switch" id="in-3" name="k" value="true" checked)"));
    EXPECT_TRUE(has(control(R"("type":"code","language":"sql","default":"\nselect")"),
                    "data-language=\"sql\">\n\nselect</textarea>"));
    EXPECT_TRUE(has(control(R"("type":"hidden","default":{"a":1})"),
                    R"(<input type="hidden" name="k" value="{&quot;a&quot;:1}">)"));
}

TEST(InputView, neighbours_of_a_group_share_a_heading)
{
    auto const schema = a_schema(R"([{"key":"a","label":"A","type":"text","group":"G"},
        {"key":"h","label":"H","type":"hidden","default":1},
        {"key":"b","label":"B","type":"text","group":"G"},{"key":"c","label":"C","type":"text"}])");
    auto const html = rendered("tool_form", form_view(schema, {}, {"/tools", "a tool", "token"}));
    EXPECT_EQ(count_of(html, "<legend>G</legend>"), 1u) << html;
    EXPECT_EQ(count_of(html, "<fieldset"), count_of(html, "</fieldset>"));
    EXPECT_TRUE(has(html, R"(action="/tools/tool/a%20tool/run")"));
    EXPECT_TRUE(has(html, R"(id="run-form")"));
    EXPECT_TRUE(has(html, R"(<input type="hidden" name="form_token" value="token">)"));
    EXPECT_TRUE(has(html, R"(type="submit" form="run-form")"));
    EXPECT_EQ(count_of(html, "name=\"h\""), 1u);
}

TEST(InputView, nothing_from_a_tool_becomes_markup)
{
    constexpr std::string_view evil = R"(\"><script>alert(1)</script>)";
    for (auto const name : input_type_names) {
        std::string const text(evil);
        std::string fields =
            R"("type":")" + std::string(name) + R"(","description":")" + text + R"(","group":")" + text + "\"";
        if (name == "select" || name == "multiselect" || name == "radio")
            fields += R"(,"options":[{"value":")" + text + R"(","label":")" + text + "\"}]";
        else if (name == "slider")
            fields += R"(,"min":0,"max":4)";
        else if (name == "autocomplete")
            fields += R"(,"endpoint":"c")";
        else if (name == "table")
            fields += R"(,"columns":[{"key":")" + text + R"(","label":")" + text + R"(","type":"x"}])";
        else if (name == "tags")
            fields += R"(,"suggestions":[")" + text + "\"]";
        else if (name == "text" || name == "textarea")
            fields += R"(,"placeholder":")" + text + "\"";
        fields += R"(,"default":")" + text + "\"";
        auto const schema = a_schema(R"([{"key":")" + text + R"(","label":")" + text + "\"," + fields + "}]");
        auto const html = rendered("tool_form", form_view(schema, {}, {"", "a-tool", ""}));
        EXPECT_FALSE(has(html, "<script")) << name << "\n" << html;
    }
}

TEST(InputView, a_thousand_inputs_make_one_form)
{
    std::string inputs = "[";
    for (int i = 0; i < 1'000; ++i)
        inputs +=
            std::string(i == 0 ? "" : ",") + R"({"key":"k)" + std::to_string(i) + R"(","label":"L","type":"number"})";
    auto const html = rendered("tool_form", form_view(a_schema(inputs + "]"), {}, {"", "a-tool", ""}));
    EXPECT_EQ(count_of(html, "type=\"number\""), 1'000u);
}

} // namespace
} // namespace pix::tools
