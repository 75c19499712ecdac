#pragma once
#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace pix::access {

/// Keeps secrets that have to be read again (tokens of services) unreadable in the database.
///
/// Runs on: any thread, once opened.
/// Owns:    the key, which is <home>/secret.key or the file named by PIX_SECRET_KEY_FILE.
/// Source:  XChaCha20-Poly1305 of libsodium with a random nonce for each text.
class SecretBox {
public:
    /// Makes the key at the first call. Errors: those of load_or_make_secret.
    static core::Result<SecretBox> open(const std::filesystem::path& key_file);
    ~SecretBox();
    SecretBox(const SecretBox&) = default;
    SecretBox& operator=(const SecretBox&) = default;

    /// `purpose` says where the result is kept ("git_credential/7"): moved elsewhere it does not open.
    std::string seal(std::string_view secret, std::string_view purpose) const;
    /// Errors: Errc::unavailable (another key, another purpose, or changed bytes).
    core::Result<std::string> open_sealed(std::string_view sealed, std::string_view purpose) const;

private:
    SecretBox() = default;
    std::array<unsigned char, 32> key_{};
};

} // namespace pix::access
