#include "tools/chart_figure.h"

#include <gtest/gtest.h>

#include "core/base/json.h"
#include "tools/testing/a_schema.h"

namespace pix::tools {
namespace {

using testing::a_schema;
using testing::parsed;

/// The figure's text without its title and labels, "none" when there is none.
std::string figure_of(std::string_view type, std::string_view value)
{
    auto const schema = a_schema("[]", R"([{"key":"k","label":"L","type":")" + std::string(type) + "\"}]");
    auto figure = chart_figure(schema.outputs[0], parsed(value));
    if (!figure) return "none";
    for (auto const* key : {"title", "x_label", "y_label", "log_x", "log_y"}) figure->data.stable_erase(key);
    return core::to_text(figure->data);
}

TEST(ChartFigure, keeps_only_what_is_drawn)
{
    EXPECT_EQ(
        figure_of("chart_line", R"({"x":["2026-01-01",2],"series":[{"name":1,"y":[1,"x"],"x":[3],"z":4}],"more":1})"),
        R"({"kind":"line","x":["2026-01-01",2],"series":[{"name":"1","y":[1,null],"x":[3]}]})");
    EXPECT_EQ(figure_of("chart_scatter",
                        R"({"series":[{"name":"a","points":[{"x":1,"y":2,"colour":"#f00","size":3,"label":"l"},
                {"x":1,"y":2,"color":"url(x)\""},7]}]})"),
              R"({"kind":"scatter","series":[{"name":"a","points":[{"x":1,"y":2,"label":"l","size":3,"colour":"#f00"},)"
              R"({"x":1,"y":2},{"x":null,"y":null}]}]})");
    EXPECT_EQ(figure_of("chart_pie",
                        R"({"slices":[{"label":"a","value":1},{"label":"b","value":-1},{"label":"c"}],"donut":true})"),
              R"({"kind":"pie","donut":true,"slices":[{"label":"a","value":1}]})");
    EXPECT_EQ(figure_of("chart_histogram", R"({"values":[1,2,"x"],"bins":5})"),
              R"({"kind":"histogram","values":[1,2,null],"bins":5})");
    EXPECT_EQ(figure_of("chart_boxplot", R"({"series":[{"name":"a","values":[1,2]}]})"),
              R"({"kind":"boxplot","outliers":true,"series":[{"name":"a","values":[1,2]}]})");
    EXPECT_EQ(figure_of("chart_heatmap", R"({"z":[[1,2],[3,null]],"x_labels":["a","b"]})"),
              R"({"kind":"heatmap","x_labels":["a","b"],"z":[[1,2],[3,null]]})");
}

TEST(ChartFigure, refuses_other_shapes)
{
    for (auto const* type : {"chart_line", "chart_area", "chart_bar", "chart_scatter", "chart_pie", "chart_histogram",
                             "chart_boxplot", "chart_heatmap"})
        for (auto const* value : {"{}", "[]", "7", R"({"series":[1],"slices":1,"values":{},"z":[1]})"})
            EXPECT_EQ(figure_of(type, value), "none") << type << " " << value;
    EXPECT_EQ(figure_of("chart_sankey", "{}"), "none");
}

TEST(ChartFigure, stops_at_its_limit)
{
    json::array y(max_chart_points + 10, json::value(1));
    json::object value;
    value["x"] = json::array();
    value["series"] = json::array{json::object{{"name", "a"}, {"y", std::move(y)}}};
    auto const schema = a_schema("[]", R"([{"key":"k","label":"L","type":"chart_line"}])");
    auto const figure = chart_figure(schema.outputs[0], value);
    ASSERT_TRUE(figure);
    EXPECT_TRUE(figure->is_cut);
    EXPECT_EQ(figure->points, max_chart_points);
}

} // namespace
} // namespace pix::tools
