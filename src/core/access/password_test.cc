#include "core/access/password.h"

#include <gtest/gtest.h>

namespace pix::access {
namespace {

constexpr auto cut_short = "$2b$04$abcdefghijklmnopqrstuu";

TEST(Password, matches_its_own_hash_only)
{
    auto const hash = hash_password("correct horse");
    ASSERT_TRUE(hash);
    EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    EXPECT_TRUE(verify_password("correct horse", *hash));
    EXPECT_FALSE(verify_password("correct horsf", *hash));
    EXPECT_FALSE(verify_password("", *hash));
    EXPECT_FALSE(is_outdated_hash(*hash));
}

TEST(Password, hashes_differ_by_their_salt)
{
    EXPECT_NE(*hash_password("same"), *hash_password("same"));
}

TEST(Password, verifies_bcrypt_of_an_imported_account)
{
    // The test vector "U*U" of crypt_blowfish (Openwall), public domain.
    std::string const hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    EXPECT_TRUE(verify_password("U*U", hash));
    EXPECT_FALSE(verify_password("U*V", hash));
    std::string newer = hash;
    newer[2] = 'b';
    EXPECT_TRUE(verify_password("U*U", newer));
    EXPECT_TRUE(is_outdated_hash(hash));
}

TEST(Password, a_zero_byte_does_not_end_it)
{
    std::string const hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    EXPECT_FALSE(verify_password(std::string_view("U*U\0x", 5), hash));
}

TEST(Password, matches_nothing_that_is_no_hash)
{
    for (std::string const hash :
         {"", "correct horse", "*", "$2b$", cut_short, "$1$abc$def", "$argon2id$", "$argon2i$v=19"})
        EXPECT_FALSE(verify_password("correct horse", hash)) << hash;
}

TEST(Password, refuses_a_bcrypt_cost_that_would_take_minutes)
{
    EXPECT_FALSE(verify_password("U*U", "$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
}

TEST(Password, refuses_what_is_too_long_to_be_one)
{
    std::string const longest(max_password_bytes, 'x');
    EXPECT_TRUE(hash_password(longest));
    EXPECT_EQ(hash_password(longest + "x").error().code, core::Errc::invalid);
    EXPECT_FALSE(verify_password(longest + "x", decoy_hash()));
}

TEST(Password, the_decoy_costs_as_much_as_a_real_hash_and_matches_nothing)
{
    EXPECT_FALSE(is_outdated_hash(decoy_hash()));
    EXPECT_FALSE(verify_password("", decoy_hash()));
    EXPECT_FALSE(verify_password("password", decoy_hash()));
}

} // namespace
} // namespace pix::access
