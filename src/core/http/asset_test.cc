#include "core/http/asset.h"

#include <gtest/gtest.h>

#include "core/http/testing/test_server.h"

namespace pix::http {
namespace {

using testing::TestServer;

const Asset assets[] = {
    {"js/frame-B1xY77aQ.js", "text/javascript", "\"1\"", "identity", "gz", "br"},
    {"icon.png", "image/png", "\"2\"", "png", "", ""},
};

TEST(Asset, knows_names_with_a_hash)
{
    EXPECT_TRUE(is_hashed_name("js/frame-B1xY77aQ.js"));
    EXPECT_TRUE(is_hashed_name("frame-abcd-1_Z.css"));
    EXPECT_FALSE(is_hashed_name("js/frame.js"));
    EXPECT_FALSE(is_hashed_name("site-manifest.json"));
    EXPECT_FALSE(is_hashed_name("frame-B1xY77a.js"));
}

TEST(Asset, takes_the_coding_that_the_client_likes_best)
{
    EXPECT_EQ(choose_coding("gzip, deflate, br", true, true), "br");
    EXPECT_EQ(choose_coding("gzip", true, true), "gzip");
    EXPECT_EQ(choose_coding("br;q=0.1, gzip", true, true), "gzip");
    EXPECT_EQ(choose_coding("br;q=0, gzip;q=0", true, true), "");
    EXPECT_EQ(choose_coding("*", true, true), "br");
    EXPECT_EQ(choose_coding("br", false, true), "");
    EXPECT_EQ(choose_coding("", true, true), "");
    EXPECT_EQ(choose_coding("gzip;q=x", true, true), "");
}

TEST(Asset, is_served_precompressed_and_kept)
{
    TestServer server;
    server.routes.push_back(asset_route(assets));
    server.start();
    auto client = server.client();
    auto const brotli = client.get("/static/js/frame-B1xY77aQ.js", "Accept-Encoding: gzip, br\r\n");
    EXPECT_EQ(brotli.body, "br");
    EXPECT_EQ(brotli.header("Content-Encoding"), "br");
    EXPECT_EQ(brotli.header("Vary"), "Accept-Encoding");
    EXPECT_EQ(brotli.header("Cache-Control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(client.get("/static/js/frame-B1xY77aQ.js").body, "identity");
    auto const icon = client.get("/static/icon.png", "Accept-Encoding: gzip, br\r\n");
    EXPECT_EQ(icon.header("Content-Encoding"), "");
    EXPECT_EQ(icon.header("Cache-Control"), "no-cache");
    auto const known = client.get("/static/icon.png", "If-None-Match: \"2\"\r\n");
    EXPECT_EQ(known.status, 304);
    EXPECT_EQ(known.header("ETag"), "\"2\"");
    EXPECT_EQ(client.get("/static/nothing.png").status, 404);
}

} // namespace
} // namespace pix::http
