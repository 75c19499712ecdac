#include "core/http/metrics.h"

#include <gtest/gtest.h>

#include "core/http/testing/test_server.h"

namespace pix::http {
namespace {

TEST(Metrics, writes_counters_gauges_and_histograms)
{
    Metrics metrics;
    metrics.name_route(0, "tools", "GET", "/a");
    metrics.count(0, 200, 0.0001, 10);
    metrics.count(0, 200, 0.2, 10);
    metrics.count(0, 404, 100, 10);
    metrics.count(Metrics::no_route, 404, 0, 0);
    metrics.counter("pix_runs_total", "Runs.", {{"tool", "a\"b\\c\nd"}}).add(2);
    metrics.counter("pix_runs_total", "Runs.", {{"tool", "a\"b\\c\nd"}}).add();
    metrics.gauge("pix_warm", "Warm tools.", [] { return 1.5; });
    std::string const text = metrics.text();
    auto const has = [&](const std::string& line) { return text.find(line + "\n") != std::string::npos; };
    std::string const labels = "door=\"tools\",method=\"GET\",route=\"/a\"";
    EXPECT_TRUE(has("pix_http_requests_total{" + labels + ",status=\"200\"} 2")) << text;
    EXPECT_TRUE(has("pix_http_request_seconds_bucket{" + labels + ",le=\"0.0005\"} 1"));
    EXPECT_TRUE(has("pix_http_request_seconds_bucket{" + labels + ",le=\"0.25\"} 2"));
    EXPECT_TRUE(has("pix_http_request_seconds_bucket{" + labels + ",le=\"+Inf\"} 3"));
    EXPECT_TRUE(has("pix_http_request_seconds_count{" + labels + "} 3"));
    EXPECT_TRUE(has("pix_http_sent_bytes_total{" + labels + "} 30"));
    EXPECT_TRUE(has("pix_runs_total{tool=\"a\\\"b\\\\c\\nd\"} 3"));
    EXPECT_TRUE(has("# TYPE pix_warm gauge"));
    EXPECT_TRUE(has("pix_warm 1.5"));
}

TEST(Metrics, are_free_on_loopback_and_guarded_elsewhere)
{
    testing::TestServer tools;
    tools.routes.push_back(metrics_route(tools.metrics));
    tools.start();
    auto const answer = tools.client().get("/metrics");
    EXPECT_EQ(answer.status, 200);
    EXPECT_NE(answer.body.find("pix_http_connections 1\n"), std::string::npos);

    testing::TestServer open(DoorKind::workbench);
    open.door.host = "0.0.0.0";
    open.routes.push_back(metrics_route(open.metrics));
    open.start();
    EXPECT_EQ(open.client().get("/metrics").status, 401);
}

} // namespace
} // namespace pix::http
