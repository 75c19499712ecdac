#include "tools/table_view.h"

#include <gtest/gtest.h>

#include "core/base/json.h"
#include "tools/testing/a_schema.h"
#include "tools/testing/page.h"

namespace pix::tools {
namespace {

using testing::a_schema;
using testing::parsed;

std::string html_of(std::string_view fields, std::string_view value)
{
    auto const schema = a_schema("[]", R"([{"key":"k","label":"Label","type":"table")" + std::string(fields) + "}]");
    auto const view = table_view(schema.outputs[0], parsed(value));
    return view ? testing::rendered("output_table", *view) : "none";
}

bool has(const std::string& html, std::string_view part)
{
    return html.find(part) != std::string::npos;
}

TEST(TableView, columns_come_from_the_declaration_the_value_or_the_first_row)
{
    auto const declared = html_of(R"(,"columns":[{"key":"b","label":"Bee","type":"currency"}])",
                                  R"({"columns":["a"],"rows":[{"a":1,"b":2}]})");
    EXPECT_TRUE(has(declared, R"(<th scope="col" class="numeric" data-type="currency">Bee</th></tr>)")) << declared;
    EXPECT_TRUE(has(declared, R"(<td class="numeric" data-value="2">£2.00</td></tr>)")) << declared;
    EXPECT_TRUE(has(html_of("", R"({"columns":["a",{"key":"b","label":"B"}],"rows":[[1,"x"]]})"),
                    R"(data-type="number">a</th><th scope="col" data-type="text">B</th>)"));
    EXPECT_TRUE(has(html_of("", R"([{"p":true,"q":null}])"), ">p</th><th scope=\"col\" data-type=\"text\">q</th>"));
}

TEST(TableView, cells_are_written_by_their_type)
{
    EXPECT_EQ(core::to_text(cell_view(parsed("0.125"), "percent").at("text")), R"("12.5%")");
    EXPECT_EQ(core::to_text(cell_view(parsed(R"("2026-03-04")"), "date").at("text")), R"("4 Mar 2026")");
    EXPECT_EQ(core::to_text(cell_view(parsed(R"("2026-03-04T09:15:00Z")"), "date").at("text")),
              R"("4 Mar 2026, 09:15")");
    EXPECT_EQ(core::to_text(cell_view(parsed(R"("soon")"), "date").at("text")), R"("soon")");
    EXPECT_EQ(cell_view(parsed("1"), "boolean").at("is_yes"), json::value(true));
    EXPECT_EQ(core::to_text(cell_view(parsed(R"({"a":[1]})"), "text").at("text")), R"("{\"a\":[1]}")");
    EXPECT_EQ(core::to_text(cell_view(parsed("null"), "number").at("text")), R"("")");
}

TEST(TableView, shows_the_first_rows_and_says_how_many_there_are)
{
    std::string rows = "[[0]";
    for (int i = 1; i < 2'500; ++i) rows += ",[" + std::to_string(i) + "]";
    auto const html =
        html_of(R"(,"downloadable":true)", R"({"columns":["n"],"rows":)" + rows + R"(],"total_rows":9000})");
    EXPECT_EQ(testing::count_of(html, "<tr>"), max_table_rows + 1);
    EXPECT_TRUE(has(html, "1,000 tools.of 9,000")) << html.substr(html.size() - 300);
    EXPECT_TRUE(has(html, R"(data-download="k.csv")"));
}

TEST(TableView, refuses_what_is_no_table)
{
    EXPECT_EQ(html_of("", R"({"rows":[1,2]})"), "none");
    EXPECT_EQ(html_of("", R"({"columns":[]})"), "none");
    EXPECT_EQ(html_of("", R"("text")"), "none");
}

} // namespace
} // namespace pix::tools
