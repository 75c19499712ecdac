#include "core/access/token.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include "core/base/text.h"

namespace pix::access {
namespace {

constexpr std::int64_t now = 1'700'000'000;
const std::string secret = "0123456789abcdef0123456789abcdef";

Claims a_claim()
{
    return {7, "ada", now, now + 3600, "login.1"};
}

std::string base64url(std::string_view text)
{
    std::string made = core::base64_encode(text);
    for (char& c : made) c = c == '+' ? '-' : c == '/' ? '_' : c;
    while (made.ends_with('=')) made.pop_back();
    return made;
}

/// A token made by hand, signed rightly with HMAC-SHA-256: only its header or claims can be what is wrong with it.
std::string forged(std::string_view header, std::string_view claims, const std::string& key = secret)
{
    std::string const text = base64url(header) + "." + base64url(claims);
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    std::string mac(32, '\0');
    crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(mac.data()));
    return text + "." + base64url(mac);
}

constexpr auto good_header = R"({"alg":"HS256","typ":"JWT"})";
constexpr auto good_claims = R"({"userId":7,"username":"ada","iat":1700000000,"exp":1700003600,"jti":"login.1"})";

TEST(Token, says_what_was_signed)
{
    TokenSigner const signer(secret);
    auto const token = signer.sign(a_claim());
    ASSERT_TRUE(token);
    auto const read = signer.verify(*token, now);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, a_claim());
}

TEST(Token, made_by_another_program_with_the_secret_is_read)
{
    EXPECT_EQ(*TokenSigner(secret).verify(forged(good_header, good_claims), now), a_claim());
    EXPECT_TRUE(TokenSigner(secret).verify(forged(R"({"alg":"HS256"})", good_claims), now));
}

TEST(Token, without_an_id_is_read_for_older_servers)
{
    auto const read = TokenSigner(secret).verify(
        forged(good_header, R"({"userId":7,"username":"ada","iat":1700000000,"exp":1700003600})"), now);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->id, "");
}

TEST(Token, of_another_secret_is_refused)
{
    auto const token = TokenSigner("another secret of that length...").sign(a_claim());
    auto const read = TokenSigner(secret).verify(*token, now);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, core::Errc::forbidden);
    EXPECT_EQ(read.error().name, "INVALID_TOKEN");
}

TEST(Token, is_refused_from_the_second_it_expires)
{
    TokenSigner const signer(secret);
    auto const token = *signer.sign(a_claim());
    EXPECT_TRUE(signer.verify(token, now + 3599));
    EXPECT_FALSE(signer.verify(token, now + 3600));
}

TEST(Token, with_any_other_algorithm_or_a_critical_header_is_refused)
{
    TokenSigner const signer(secret);
    for (auto const* header :
         {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"HS384"})", R"({"alg":"HS512"})", R"({"alg":"RS256"})",
          R"({"alg":"hs256"})", R"({"typ":"JWT"})", R"({"alg":["HS256"]})", R"({"alg":"HS256","crit":["exp"]})",
          R"({"alg":"HS256","crit":null})", R"({"alg":"none","alg":"HS256"})", R"({"alg":"HS256","typ":"JWE"})",
          R"({"alg":"HS256","typ":7})", R"(["HS256"])", "HS256", ""})
        EXPECT_FALSE(signer.verify(forged(header, good_claims), now)) << header;
}

TEST(Token, without_a_signature_is_refused)
{
    TokenSigner const signer(secret);
    std::string const none = base64url(R"({"alg":"none"})") + "." + base64url(good_claims) + ".";
    EXPECT_FALSE(signer.verify(none, now));
    std::string const token = forged(good_header, good_claims);
    EXPECT_FALSE(signer.verify(token.substr(0, token.rfind('.')), now));
    EXPECT_FALSE(signer.verify(token.substr(0, token.rfind('.') + 1), now));
}

TEST(Token, with_any_changed_character_is_refused)
{
    TokenSigner const signer(secret);
    std::string const token = *signer.sign(a_claim());
    // The last character of a part carries unused bits, so only the others must matter.
    for (std::size_t i = 0; i + 1 < token.size(); ++i) {
        std::string changed = token;
        changed[i] = changed[i] == 'A' ? 'Q' : 'A';
        EXPECT_FALSE(signer.verify(changed, now)) << i;
    }
}

TEST(Token, with_claims_of_the_wrong_type_is_refused)
{
    TokenSigner const signer(secret);
    for (auto const* claims :
         {R"({"userId":"7","username":"ada","iat":1700000000,"exp":1700003600})",
          R"({"userId":7.5,"username":"ada","iat":1700000000,"exp":1700003600})",
          R"({"userId":7,"username":["ada"],"iat":1700000000,"exp":1700003600})",
          R"({"userId":7,"username":"ada","iat":1700000000})", R"({"userId":7,"username":"ada","exp":1700003600})",
          R"({"userId":7,"username":"ada","iat":1700000000,"exp":"1700003600"})",
          R"({"userId":7,"username":"ada","iat":1700000000,"exp":1700003600,"nbf":1700000001})",
          R"({"userId":7,"userId":8,"username":"ada","iat":1700000000,"exp":1700003600})", "[]", "7", ""})
        EXPECT_FALSE(signer.verify(forged(good_header, claims), now)) << claims;
}

TEST(Token, that_is_no_token_is_refused)
{
    TokenSigner const signer(secret);
    std::string const token = *signer.sign(a_claim());
    for (std::string const& text :
         {std::string(), std::string("."), std::string(".."), std::string("a.b"), "." + token, token + ".", token + " ",
          token + "=", token + "\n", std::string(max_token_bytes + 1, 'a'), std::string("a.b.c\0", 6)})
        EXPECT_FALSE(signer.verify(text, now));
}

} // namespace
} // namespace pix::access
