#include "app/routes.h"

#include <gtest/gtest.h>

#include "app/runs_page.h"
#include "app/templates.h"
#include "core/http/html.h"

namespace pix::app {
namespace {

TEST(Routes, the_whole_table_fits_into_one_router)
{
    http::Router router;
    auto const added = add_routes(router, {});
    EXPECT_TRUE(added) << added.error().message;
    EXPECT_GT(router.size(), 40U);
}

TEST(Routes, nothing_of_the_workbench_door_is_open_but_what_must_be)
{
    std::set<std::string> open;
    for (auto const& group : route_table({}))
        for (auto const& mount : group.mounts)
            for (auto const& route : group.routes)
                if (mount.door == http::DoorKind::workbench && route.doors.has(mount.door) &&
                    route.access == http::Access::anyone)
                    open.insert(mount.prefix + route.path);
    EXPECT_EQ(open, (std::set<std::string>{"/api/auth/login", "/api/auth/register", "/api/auth/status",
                                           "/api/openapi.json", "/health", "/login", "/manifest.webmanifest", "/setup",
                                           "/static/{path*}", "/tools/api/healthz", "/worker.js"}));
}

TEST(Routes, every_request_that_changes_something_is_a_post_or_says_so)
{
    for (auto const& group : route_table({}))
        for (auto const& route : group.routes)
            if (route.path.ends_with("/validate") && route.method == http::Method::get) {
                EXPECT_TRUE(route.refuse_cross_site_get);
            }
}

TEST(Templates, all_parse_and_find_their_texts)
{
    auto const texts = all_texts();
    ASSERT_TRUE(texts) << texts.error().message;
    auto const templates = all_templates(*texts);
    EXPECT_TRUE(templates) << templates.error().message;
}

TEST(Duration, is_written_for_people)
{
    EXPECT_EQ(duration_text(12), "12 ms");
    EXPECT_EQ(duration_text(1234), "1.2 s");
    EXPECT_EQ(duration_text(184'000), "3 min 4 s");
    EXPECT_EQ(duration_text(7'500'000), "2 h 5 min");
    EXPECT_EQ(duration_text(-5), "0 ms");
}

} // namespace
} // namespace pix::app
