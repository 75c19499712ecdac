#include "tools/tool_page.h"

#include <gtest/gtest.h>

#include "tools/run_page.h"
#include "tools/testing/a_schema.h"
#include "tools/testing/page.h"
#include "tools/testing/tools_bench.h"

namespace pix::tools {
namespace {

using testing::a_schema;
using testing::rendered;

ToolPage a_page(std::string_view more = "")
{
    auto tool = std::make_shared<CatalogTool>();
    tool->schema = std::make_shared<const ToolSchema>(
        a_schema(R"([{"key":"n","label":"N","type":"number","default":1}])", "[]", more));
    tool->id = tool->schema->id;
    ToolPage page;
    page.tool = std::move(tool);
    page.status = "dormant";
    page.status_text = "not running";
    page.validation = "pass";
    return page;
}

bool has(const std::string& html, std::string_view part)
{
    return html.find(part) != std::string::npos;
}

TEST(ToolPage, has_a_form_a_run_button_and_a_place_for_outputs)
{
    auto const html = rendered("tool", tool_page_view(a_page()));
    EXPECT_TRUE(has(html, R"(id="run-form" method="post" action="/tool/a-tool/run")")) << html;
    EXPECT_TRUE(has(html, R"(<button class="button button-primary" type="submit" form="run-form")"));
    EXPECT_TRUE(has(html, R"(id="output-panel")"));
    EXPECT_TRUE(has(html, R"(hx-target="#output-panel")"));
    EXPECT_TRUE(has(html, "tools.not_run"));
    EXPECT_TRUE(has(html, R"(hx-get="/tool/a-tool/runs")"));
    EXPECT_FALSE(has(html, "tool-columns-single"));
    EXPECT_FALSE(has(html, "tools.validation_failed"));
}

TEST(ToolPage, shows_results_a_past_run_and_a_failed_validation)
{
    auto page = a_page(R"(,"layout":"split","source":{"type":"paper","reference":"<b>"})");
    page.base = "/tools";
    page.values["n"] = 7;
    page.validation = "fail";
    page.results_html = "<p>results</p>";
    page.past = PastRun{"0b7c4d16", "good", "Succeeded", "2026-03-04T09:15:00Z", "2026-03-04 09:15 UTC"};
    auto const html = rendered("tool", tool_page_view(page));
    EXPECT_TRUE(has(html, "<p>results</p>"));
    EXPECT_FALSE(has(html, "tools.not_run_hint"));
    EXPECT_TRUE(has(html, "0b7c4d16"));
    EXPECT_TRUE(has(html, "tool-columns-single"));
    EXPECT_TRUE(has(html, R"(type="number" value="7")"));
    EXPECT_TRUE(has(html, R"(<a href="/tools/api/tools/a-tool/validate">)"));
    EXPECT_TRUE(has(html, "<dt>reference</dt><dd>&lt;b&gt;</dd>")) << html;
}

TEST(ToolPage, a_broken_tool_lists_its_problems)
{
    CatalogTool tool;
    tool.id = tool.name = "broken";
    tool.folder = "/home/a/tools/broken";
    tool.problems = {{"inputs[0].type", "unknown input type \"<x>\""}};
    auto const html = rendered("tool_broken", tool_broken_view(tool, ""));
    EXPECT_TRUE(has(html, R"(role="alert" data-error-kind="schema" data-tool-id="broken")")) << html;
    EXPECT_TRUE(has(html, "<dt class=\"mono\">inputs[0].type</dt><dd>unknown input type &quot;&lt;x&gt;&quot;</dd>"));
}

TEST(ToolPage, an_icon_that_pages_lack_becomes_a_box)
{
    testing::BareFrame const frame;
    EXPECT_EQ(tool_icon(frame, "activity"), "activity");
    EXPECT_EQ(tool_icon(frame, "no-such-icon"), "box");
    EXPECT_EQ(tool_icon(frame, ""), "box");

    auto page = a_page();
    page.icon = "activity";
    EXPECT_TRUE(has(rendered("tool", tool_page_view(page)), R"(href="#i-activity")"));
}

} // namespace
} // namespace pix::tools
