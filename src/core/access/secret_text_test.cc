#include "core/access/secret_text.h"

#include <gtest/gtest.h>

namespace pix::access {
namespace {

TEST(SecretText, is_hashed_as_everywhere_else)
{
    // FIPS 180-2, appendix B.1.
    EXPECT_EQ(hash_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hash_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(SecretText, is_random_and_fit_for_addresses)
{
    EXPECT_EQ(random_hex(16).size(), 32U);
    EXPECT_EQ(random_base64url(32).size(), 43U);
    EXPECT_NE(random_hex(16), random_hex(16));
    constexpr auto allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (int i = 0; i < 50; ++i) EXPECT_EQ(random_base64url(32).find_first_not_of(allowed), std::string::npos);
}

} // namespace
} // namespace pix::access
