#include "core/access/secret_box.h"

#include <sodium.h>

#include "core/access/secret_file.h"

namespace pix::access {

using core::Errc;
using core::fail;
using core::Result;

namespace {

constexpr char format = 1; ///< first byte of everything sealed
constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text)
{
    return reinterpret_cast<unsigned char*>(text.data());
}

} // namespace

Result<SecretBox> SecretBox::open(const std::filesystem::path& key_file)
{
    SecretBox box;
    static_assert(sizeof box.key_ == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
    if (::sodium_init() < 0) return fail(Errc::unavailable, "the cryptographic library does not start");
    PIX_TRY(std::string text, load_or_make_secret(key_file, box.key_.size()));
    ::sodium_hex2bin(box.key_.data(), box.key_.size(), text.data(), text.size(), nullptr, nullptr, nullptr);
    ::sodium_memzero(text.data(), text.size());
    return box;
}

SecretBox::~SecretBox()
{
    ::sodium_memzero(key_.data(), key_.size());
}

std::string SecretBox::seal(std::string_view secret, std::string_view purpose) const
{
    std::string sealed(1 + nonce_size + secret.size() + tag_size, '\0');
    sealed[0] = format;
    unsigned char* const nonce = bytes_of(sealed) + 1;
    ::randombytes_buf(nonce, nonce_size);
    ::crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + nonce_size, nullptr, bytes_of(secret), secret.size(),
                                                 bytes_of(purpose), purpose.size(), nullptr, nonce, key_.data());
    return sealed;
}

Result<std::string> SecretBox::open_sealed(std::string_view sealed, std::string_view purpose) const
{
    auto const refused = [] {
        return fail(Errc::unavailable, "a stored secret cannot be read",
                    "The server's secret.key is not the one that it was stored with. Store the secret again.");
    };
    if (sealed.size() < 1 + nonce_size + tag_size || sealed[0] != format) return refused();
    std::string secret(sealed.size() - 1 - nonce_size - tag_size, '\0');
    const unsigned char* const nonce = bytes_of(sealed) + 1;
    int const opened = ::crypto_aead_xchacha20poly1305_ietf_decrypt(
        bytes_of(secret), nullptr, nullptr, nonce + nonce_size, sealed.size() - 1 - nonce_size, bytes_of(purpose),
        purpose.size(), nonce, key_.data());
    if (opened != 0) return refused();
    return secret;
}

} // namespace pix::access
