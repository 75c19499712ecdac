#include "workbench/account/account_options.h"

#include <gtest/gtest.h>

#include "core/http/door.h"
#include "workbench/account/client.h"

namespace pix::workbench {
namespace {

using namespace std::chrono_literals;
using Environment = std::map<std::string, std::string>;

TEST(AccountOptions, have_safe_defaults)
{
    auto const options = *account_options("/home", {});
    EXPECT_EQ(options.token_secret, "");
    EXPECT_EQ(options.token_life, 7 * 24h);
    EXPECT_EQ(options.gate, "");
    EXPECT_TRUE(options.query_credentials);
    EXPECT_EQ(options.trusted_proxies, 0);
    EXPECT_FALSE(options.hosted);
    auto const empty = *account_options("/home", {{"JWT_SECRET", ""}, {"JWT_EXPIRY", " "}, {"VITE_IS_PLATFORM", ""}});
    EXPECT_EQ(empty.token_life, 7 * 24h);
}

TEST(AccountOptions, read_times_as_people_write_them)
{
    auto const life = [](const char* text) { return account_options("/home", {{"JWT_EXPIRY", text}}); };
    EXPECT_EQ(life("24h")->token_life, 24h);
    EXPECT_EQ(life("90m")->token_life, 90min);
    EXPECT_EQ(life("30d")->token_life, 30 * 24h);
    EXPECT_EQ(life("3600")->token_life, 1h);
    EXPECT_EQ(life("60s")->token_life, 60s);
    for (auto const* const text : {"0", "-1", "1", "h", "7 days", "1e9", "999999999999999999d", "367d", "1.5h"})
        EXPECT_FALSE(life(text)) << text;
}

TEST(AccountOptions, refuse_a_short_secret)
{
    EXPECT_FALSE(account_options("/home", {{"JWT_SECRET", "changeme"}}));
    EXPECT_TRUE(account_options("/home", {{"JWT_SECRET", "0123456789abcdef"}}));
}

TEST(AccountOptions, turn_every_login_off_only_when_told_twice)
{
    EXPECT_FALSE(account_options("/home", {{"VITE_IS_PLATFORM", "true"}}));
    EXPECT_FALSE(account_options("/home", {{"PIXCODE_ALLOW_PLATFORM_AUTH_BYPASS", "1"}})->hosted);
    EXPECT_TRUE(
        account_options("/home", {{"VITE_IS_PLATFORM", "true"}, {"PIXCODE_ALLOW_PLATFORM_AUTH_BYPASS", "1"}})->hosted);
}

TEST(AccountOptions, name_origins_one_by_one)
{
    auto const origins = [](const char* text) { return allowed_origins({{"CORS_ORIGINS", text}}); };
    EXPECT_EQ(*origins(""), std::vector<std::string>());
    EXPECT_EQ(*origins("https://A.example/, http://b.example:3000"),
              (std::vector<std::string>{"https://a.example", "http://b.example:3000"}));
    for (auto const* const text :
         {"*", "https://*", "a.example", "null", "https://a.example/path", "https://", "ftp://a"})
        EXPECT_FALSE(origins(text)) << text;
}

std::shared_ptr<http::Request> from(std::string address, std::vector<std::pair<std::string, std::string>> headers)
{
    http::RequestBuilder builder;
    builder.client = std::move(address);
    builder.headers = std::move(headers);
    return builder.build();
}

TEST(Client, is_believed_only_as_far_as_its_proxies_are)
{
    auto const direct = client_of(*from("127.0.0.1", {}), 0);
    EXPECT_TRUE(direct.is_local);
    EXPECT_FALSE(direct.is_shared);

    auto const forged = from("127.0.0.1", {{"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-Proto", "https"}});
    EXPECT_FALSE(client_of(*forged, 0).is_local);
    EXPECT_TRUE(client_of(*forged, 0).is_shared);
    EXPECT_FALSE(client_of(*forged, 0).is_encrypted);

    // What the client itself wrote stands to the left of what the proxy has seen.
    auto const seen = from("127.0.0.1", {{"X-Forwarded-For", "127.0.0.1, 192.0.2.7"}, {"X-Forwarded-Proto", "https"}});
    EXPECT_EQ(client_of(*seen, 1).address, "192.0.2.7");
    EXPECT_FALSE(client_of(*seen, 1).is_local);
    EXPECT_TRUE(client_of(*seen, 1).is_encrypted);
    EXPECT_EQ(client_of(*from("10.0.0.1", {}), 1).address, "10.0.0.1");
    EXPECT_FALSE(client_of(*from("192.0.2.1", {}), 0).is_local);
}

} // namespace
} // namespace pix::workbench
