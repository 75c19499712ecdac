#include "core/access/password.h"

#include <crypt.h>
#include <sodium.h>

#include <memory>

#include "core/base/text.h"

namespace pix::access {

namespace {

/// "$2b$" and 56 characters. A cost of 15 takes seconds; more would let an imported file stop the server.
constexpr std::size_t bcrypt_size = 60;
constexpr std::int64_t max_bcrypt_cost = 15;

bool is_bcrypt(std::string_view hash)
{
    bool const form = hash.size() == bcrypt_size && hash.starts_with("$2") && hash[3] == '$' && hash[6] == '$' &&
                      (hash[2] == 'a' || hash[2] == 'b' || hash[2] == 'y');
    if (!form) return false;
    auto const cost = core::parse_int(hash.substr(4, 2), false);
    return cost && *cost >= 4 && *cost <= max_bcrypt_cost;
}

bool verify_bcrypt(std::string_view password, const std::string& hash)
{
    // The C interface ends at a zero byte: what follows it would not count.
    if (password.find('\0') != std::string_view::npos) return false;
    std::string secret(password);
    auto const work = std::make_unique<crypt_data>();
    const char* const made = ::crypt_r(secret.c_str(), hash.c_str(), work.get());
    bool const same =
        made && std::string_view(made).size() == hash.size() && ::sodium_memcmp(made, hash.data(), hash.size()) == 0;
    ::sodium_memzero(secret.data(), secret.size());
    ::sodium_memzero(work.get(), sizeof *work);
    return same;
}

} // namespace

core::Result<std::string> hash_password(std::string_view password)
{
    if (password.size() > max_password_bytes)
        return core::fail(core::Errc::invalid,
                          "the password is longer than " + std::to_string(max_password_bytes) + " bytes");
    char text[crypto_pwhash_STRBYTES];
    if (::sodium_init() < 0 || ::crypto_pwhash_str_alg(text, password.data(), password.size(), password_passes,
                                                       password_memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return core::fail(core::Errc::unavailable, "there is not enough memory to hash a password");
    return std::string(text);
}

bool verify_password(std::string_view password, const std::string& hash)
{
    if (password.size() > max_password_bytes || ::sodium_init() < 0) return false;
    if (is_bcrypt(hash)) return verify_bcrypt(password, hash);
    if (!hash.starts_with("$argon2id$") || hash.size() >= crypto_pwhash_STRBYTES) return false;
    return ::crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

bool is_outdated_hash(const std::string& hash)
{
    if (!hash.starts_with("$argon2id$") || hash.size() >= crypto_pwhash_STRBYTES) return true;
    return ::crypto_pwhash_str_needs_rehash(hash.c_str(), password_passes, password_memory_bytes) != 0;
}

const std::string& decoy_hash()
{
    static const std::string hash =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    return hash;
}

} // namespace pix::access
