#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace pix::access {

/// What a token says of its bearer.
struct Claims {
    std::int64_t user_id = 0;   ///< claim userId
    std::string username;       ///< claim username
    std::int64_t issued_s = 0;  ///< claim iat, seconds since 1970
    std::int64_t expires_s = 0; ///< claim exp
    std::string id;             ///< claim jti; empty in tokens of older servers

    bool operator==(const Claims&) const = default;
};

/// Longer ones are refused unread.
inline constexpr std::size_t max_token_bytes = 4096;

/// Makes and checks the tokens of one secret.
///
/// Runs on: any thread. An HMAC takes microseconds.
/// Errors:  every refusal of verify() is Errc::forbidden with the name INVALID_TOKEN and the same message.
/// Source:  RFC 7515 and RFC 7519, HS256 only; a header that names another algorithm, none, or `crit` is refused.
class TokenSigner {
public:
    explicit TokenSigner(std::string secret) : secret_(std::move(secret)) {}

    core::Result<std::string> sign(const Claims& claims) const;
    /// `now_s` decides whether it has expired.
    core::Result<Claims> verify(const std::string& token, std::int64_t now_s) const;

private:
    std::string secret_;
};

} // namespace pix::access
