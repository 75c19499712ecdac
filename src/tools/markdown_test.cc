#include "tools/markdown.h"

#include <gtest/gtest.h>

namespace pix::tools {
namespace {

TEST(Markdown, renders_the_usual_and_tables)
{
    EXPECT_EQ(markdown_html("# A\n\n**b** ~~c~~"), "<h1>A</h1>\n<p><strong>b</strong> <del>c</del></p>\n");
    EXPECT_NE(markdown_html("|a|b|\n|-|-|\n|1|2|")->find("<td>1</td>"), std::string::npos);
}

TEST(Markdown, lets_no_script_through)
{
    for (auto const* text :
         {"<script>alert(1)</script>", "a <img src=x onerror=alert(1)> b", "[a](javascript:alert(1))",
          "[a](JaVaScRiPt:alert(1))", "[a](&#x6A;avascript:alert(1))", "[a]( \tjavascript:alert(1))",
          "[a](data:text/html;base64,PHNjcmlwdD4=)", "[a](vbscript:x)", "<javascript:alert(1)>",
          "![a](data:image/svg+xml;base64,PHN2Zz4=)", "![a](javascript:alert(1))", "<iframe src=//x></iframe>",
          "[a]: javascript:alert(1)\n\n[a]", "`x`<svg/onload=alert(1)>", "[a](\x01javascript:alert(1))"}) {
        auto const html = markdown_html(text);
        ASSERT_TRUE(html);
        for (auto const* bad : {"<script", "<img src=x", "<iframe", "<svg", "href=\"javascript", "href=\"JaVa",
                                "data:text", "data:image/svg", "vbscript:x\"", "src=\"javascript"})
            EXPECT_EQ(html->find(bad), std::string::npos) << text << " gave " << *html;
    }
}

TEST(Markdown, keeps_links_but_no_pictures_from_elsewhere)
{
    EXPECT_NE(markdown_html("[a](https://example.org/x)")->find("href=\"https://example.org/x\""), std::string::npos);
    EXPECT_NE(markdown_html("[a](/here)")->find("href=\"/here\""), std::string::npos);
    EXPECT_EQ(markdown_html("![a](https://example.org/x.png)")->find("example.org"), std::string::npos);
    EXPECT_EQ(markdown_html("![a](//example.org/x.png)")->find("example.org"), std::string::npos);
    EXPECT_NE(markdown_html("![a](data:image/png;base64,AAAA)")->find("data:image/png"), std::string::npos);
}

TEST(Markdown, survives_bytes_that_are_not_utf8_and_refuses_what_is_too_long)
{
    EXPECT_EQ(markdown_html("a\xff"), "<p>a\xef\xbf\xbd</p>\n");
    EXPECT_FALSE(markdown_html(std::string(100, 'a'), 99));
    EXPECT_TRUE(markdown_html(std::string(20'000, '[')));
    EXPECT_TRUE(markdown_html(std::string(20'000, '>')));
}

} // namespace
} // namespace pix::tools
