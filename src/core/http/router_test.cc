#include "core/http/router.h"

#include <gtest/gtest.h>

namespace pix::http {
namespace {

QuickHandler nothing()
{
    return [](const Request&) -> core::Result<Response> { return Response::empty(); };
}

Route row(Method method, std::string path, DoorSet doors = DoorSet::all())
{
    Route route;
    route.doors = doors;
    route.method = method;
    route.path = std::move(path);
    route.handler = nothing();
    return route;
}

struct Found {
    std::string pattern;
    std::shared_ptr<Request> request;
    std::string allow;
    bool failed = false;
};

Found find(const Router& router, DoorKind door, const std::string& target, Method method = Method::get)
{
    RequestBuilder builder;
    builder.method = method;
    builder.target = target;
    Found found;
    found.request = builder.build();
    auto const match = router.match(door, *found.request);
    found.failed = !match;
    if (match && match->endpoint) found.pattern = match->endpoint->route->path;
    if (match) found.allow = match->allow;
    return found;
}

Router tools_router()
{
    Router router;
    std::vector<Route> routes{row(Method::get, "/"),
                              row(Method::get, "/tool/{tool_id}"),
                              row(Method::post, "/tool/{tool_id}/run"),
                              row(Method::get, "/tool/{tool_id}/runs/{run_id}"),
                              row(Method::get, "/tool/new"),
                              row(Method::get, "/static/{path*}")};
    EXPECT_TRUE(router.add({{DoorKind::tools, "/", {}}, {DoorKind::workbench, "/tools", {}}}, std::move(routes)));
    return router;
}

TEST(Router, finds_literals_before_parameters)
{
    Router const router = tools_router();
    EXPECT_EQ(find(router, DoorKind::tools, "/").pattern, "/");
    EXPECT_EQ(find(router, DoorKind::tools, "/tool/new").pattern, "/tool/new");
    EXPECT_EQ(find(router, DoorKind::tools, "/tool/old?x=1").pattern, "/tool/{tool_id}");
    EXPECT_EQ(find(router, DoorKind::tools, "/tool/new/runs/7").pattern, "/tool/{tool_id}/runs/{run_id}");
    EXPECT_EQ(find(router, DoorKind::tools, "/tool/").pattern, "");
    EXPECT_EQ(find(router, DoorKind::tools, "/tool/a/").pattern, "");
    EXPECT_EQ(find(router, DoorKind::tools, "/tool").pattern, "");
}

TEST(Router, hides_the_mount_and_gives_it_to_links)
{
    Router router = tools_router();
    router.set_base_path(DoorKind::workbench, "/pix");
    auto const found = find(router, DoorKind::workbench, "/tools/tool/a%20b/runs/7");
    EXPECT_EQ(found.request->path(), "/tool/a b/runs/7");
    EXPECT_EQ(found.request->param("tool_id"), "a b");
    EXPECT_EQ(found.request->param("run_id"), "7");
    EXPECT_EQ(found.request->param("other"), "");
    EXPECT_EQ(found.request->link("/tool/x"), "/pix/tools/tool/x");
    EXPECT_EQ(find(router, DoorKind::tools, "/tool/a").request->link("/tool/x"), "/tool/x");
    EXPECT_EQ(find(router, DoorKind::workbench, "/tools").request->path(), "/");
    EXPECT_EQ(find(router, DoorKind::workbench, "/tools").pattern, "/");
    EXPECT_EQ(find(router, DoorKind::workbench, "/tools/").pattern, "/");
    EXPECT_EQ(find(router, DoorKind::workbench, "/").pattern, "");
    EXPECT_EQ(find(router, DoorKind::security, "/").pattern, "");
}

TEST(Router, knows_the_mount_of_an_unknown_page)
{
    Router const router = tools_router();
    auto const found = find(router, DoorKind::workbench, "/tools/nowhere");
    EXPECT_EQ(found.pattern, "");
    EXPECT_EQ(found.allow, "");
    EXPECT_EQ(found.request->link("/"), "/tools/");
    EXPECT_EQ(find(router, DoorKind::workbench, "/toolsets").request->mount(), nullptr);
}

TEST(Router, lists_what_is_allowed)
{
    Router const router = tools_router();
    EXPECT_EQ(find(router, DoorKind::tools, "/tool/a/run").allow, "POST, OPTIONS");
    EXPECT_EQ(find(router, DoorKind::tools, "/tool/a", Method::delete_).allow, "GET, HEAD, OPTIONS");
    EXPECT_EQ(find(router, DoorKind::tools, "/tool/a", Method::head).pattern, "/tool/{tool_id}");
}

TEST(Router, gives_the_rest_of_a_path)
{
    Router const router = tools_router();
    EXPECT_EQ(find(router, DoorKind::tools, "/static/js/a.js").request->param("path"), "js/a.js");
    EXPECT_EQ(find(router, DoorKind::tools, "/static/").pattern, "");
    EXPECT_TRUE(find(router, DoorKind::tools, "/static/a%2Fb").failed);
    EXPECT_EQ(find(router, DoorKind::tools, "/tool/a%2Fb").request->param("tool_id"), "a/b");
}

TEST(Router, refuses_paths_that_mean_another_one)
{
    Router const router = tools_router();
    for (const char* const target : {"/..", "/static/../x", "/static/%2e%2e/x", "/static/.%2E", "/./x", "/static/%00",
                                     "/a%0ab", "/%", "/%f", "/%zz", "/%ff", "/%c0%ae"})
        EXPECT_TRUE(find(router, DoorKind::tools, target).failed) << target;
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += "/a";
    EXPECT_TRUE(find(router, DoorKind::tools, deep).failed);
}

TEST(Router, serves_a_route_only_at_its_doors)
{
    Router router;
    EXPECT_TRUE(router.add({{DoorKind::tools, "", {}}, {DoorKind::security, "/api/v1", {}}},
                           {row(Method::get, "/a", DoorKind::security)}));
    EXPECT_EQ(find(router, DoorKind::tools, "/a").pattern, "");
    EXPECT_EQ(find(router, DoorKind::security, "/api/v1/a").pattern, "/a");
    EXPECT_EQ(router.endpoints(DoorKind::security).size(), 1U);
    EXPECT_TRUE(router.endpoints(DoorKind::tools).empty());
}

TEST(Router, refuses_a_table_that_contradicts_itself)
{
    Router router;
    Mount const mount{DoorKind::tools, "", {}};
    EXPECT_TRUE(router.add({mount}, {row(Method::get, "/a/{x}")}));
    EXPECT_FALSE(router.add({mount}, {row(Method::get, "/a/{x}")}));
    EXPECT_FALSE(router.add({mount}, {row(Method::get, "/a/{y}/b")}));
    EXPECT_FALSE(router.add({mount}, {row(Method::get, "a")}));
}

} // namespace
} // namespace pix::http
