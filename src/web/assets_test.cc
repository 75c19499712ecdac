#include "web/assets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace {

using pix::web::asset_url;
using pix::web::assets;

const pix::http::Asset* find(std::string_view path)
{
    auto const all = assets();
    auto const found = std::ranges::find(all, path, &pix::http::Asset::path);
    return found == all.end() ? nullptr : &*found;
}

TEST(WebAssets, every_name_that_the_frame_uses_is_in_the_binary)
{
    for (std::string_view const name : {"main.js", "style.css", "icon.svg", "icon-192.png", "icon-512.png",
                                        "manifest.webmanifest", "worker.js", "offline.html"})
        EXPECT_NE(find(asset_url(name)), nullptr) << name;
    EXPECT_TRUE(asset_url("no.js").empty());
}

TEST(WebAssets, what_every_page_loads_fits_in_sixty_kilobytes_compressed)
{
    std::size_t bytes = 0;
    for (std::string_view const name : {"main.js", "style.css"}) {
        auto const* asset = find(asset_url(name));
        ASSERT_NE(asset, nullptr) << name;
        ASSERT_FALSE(asset->gzip.empty()) << name;
        bytes += asset->gzip.size();
    }
    // 12 KB are left for the page itself.
    EXPECT_LT(bytes, 48u * 1000);
}

TEST(WebAssets, scripts_and_styles_can_be_kept_for_ever)
{
    EXPECT_TRUE(pix::http::is_hashed_name(asset_url("main.js")));
    EXPECT_TRUE(pix::http::is_hashed_name(asset_url("style.css")));
    EXPECT_TRUE(pix::http::is_hashed_name(asset_url("icon-192.png")));
    EXPECT_FALSE(pix::http::is_hashed_name(asset_url("worker.js")));
}

TEST(WebAssets, the_script_evaluates_no_text)
{
    std::string_view const script = find(asset_url("main.js"))->identity;
    EXPECT_EQ(script.find("eval("), std::string_view::npos);
}

TEST(WebAssets, icons_are_symbols_of_their_names)
{
    EXPECT_TRUE(pix::web::has_icon("play"));
    EXPECT_TRUE(pix::web::has_icon("activity"));
    EXPECT_FALSE(pix::web::has_icon("no-such-icon"));
    EXPECT_NE(pix::web::symbols().find(R"(<symbol id="i-play")"), std::string_view::npos);
    EXPECT_NE(pix::web::texts().find("[frame]"), std::string_view::npos);
}

} // namespace
