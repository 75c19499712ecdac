#include "core/access/login_limits.h"

#include <gtest/gtest.h>

namespace pix::access {
namespace {

using namespace std::chrono_literals;

constexpr core::Millis start = 1'700'000'000'000;
constexpr core::Millis minute = 60'000;

TEST(LoginLimits, refuses_the_sixth_failure_of_a_name_and_says_how_long)
{
    LoginLimits limits;
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(limits.begin({"ada", "192.0.2." + std::to_string(i)}, start + i * minute));
    auto const wait = limits.begin({"ADA", "192.0.2.9"}, start + 5 * minute);
    ASSERT_TRUE(wait);
    EXPECT_EQ(*wait, 600s);
    EXPECT_FALSE(limits.begin({"grace", "192.0.2.9"}, start + 5 * minute));
}

TEST(LoginLimits, lets_a_refused_name_in_again_when_it_has_waited)
{
    LoginLimits limits;
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(limits.begin({"ada", "192.0.2.1"}, start));
    for (int i = 1; i < 15; ++i) EXPECT_TRUE(limits.begin({"ada", "192.0.2.1"}, start + i * minute));
    EXPECT_FALSE(limits.begin({"ada", "192.0.2.1"}, start + 15 * minute));
}

TEST(LoginLimits, refuses_the_twenty_first_failure_of_an_address)
{
    LoginLimits limits;
    for (int i = 0; i < 20; ++i) EXPECT_FALSE(limits.begin({"name" + std::to_string(i), "192.0.2.1"}, start));
    EXPECT_TRUE(limits.begin({"another", "192.0.2.1"}, start));
    EXPECT_FALSE(limits.begin({"another", "192.0.2.2"}, start));
}

TEST(LoginLimits, a_success_makes_the_name_new)
{
    LoginLimits limits;
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(limits.begin({"ada", "192.0.2.1"}, start));
    limits.succeed({"ada", "192.0.2.1"});
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(limits.begin({"ada", "192.0.2.1"}, start));
    EXPECT_TRUE(limits.begin({"ada", "192.0.2.1"}, start));
}

TEST(LoginLimits, successes_do_not_use_up_an_address)
{
    LoginLimits limits;
    for (int i = 0; i < 100; ++i) {
        EXPECT_FALSE(limits.begin({"ada", "192.0.2.1"}, start));
        limits.succeed({"ada", "192.0.2.1"});
    }
    EXPECT_EQ(limits.size(), 0U);
}

TEST(LoginLimits, strangers_do_not_lock_the_owner_out)
{
    LoginLimits limits;
    for (int i = 0; i < 200; ++i) limits.begin({"ada", "198.51.100." + std::to_string(i)}, start);
    EXPECT_TRUE(limits.begin({"ada", "192.0.2.1"}, start));
    EXPECT_FALSE(limits.begin({"ada", "192.0.2.1", true}, start));
}

TEST(LoginLimits, a_known_address_is_limited_too)
{
    LoginLimits limits;
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(limits.begin({"ada", "127.0.0.1", true}, start));
    EXPECT_TRUE(limits.begin({"ada", "127.0.0.1", true}, start));
}

TEST(LoginLimits, an_ipv6_client_cannot_change_its_address_within_its_network)
{
    EXPECT_EQ(address_group("2001:db8:1:2::1"), address_group("2001:db8:1:2:ffff::9"));
    EXPECT_NE(address_group("2001:db8:1:2::1"), address_group("2001:db8:1:3::1"));
    EXPECT_EQ(address_group("::ffff:192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(address_group("192.0.2.1"), "192.0.2.1");
}

TEST(LoginLimits, remembers_a_bounded_number_of_names)
{
    LoginLimits limits({.max_entries = 100});
    for (int i = 0; i < 1000; ++i)
        limits.begin({"name" + std::to_string(i), "192.0.2." + std::to_string(i)}, start + i);
    EXPECT_LE(limits.size(), 100U);
}

} // namespace
} // namespace pix::access
