#pragma once
#include <optional>
#include <string>

#include "core/base/async.h"
#include "core/base/error.h"

namespace pix::workbench {

/// What git signs in with at one host.
struct GitToken {
    std::string user; ///< what the host wants beside a token, e.g. "x-access-token"
    std::string token;
};

/// Tokens and the identity that a user has stored with Pix. The account is one.
///
/// Runs on: the io thread.
class GitCredentials {
public:
    virtual ~GitCredentials() = default;
    /// The token for exactly this host ("github.com", or "localhost:8443" with a port); nothing if none is stored.
    virtual awaitable<core::Result<std::optional<GitToken>>> token_for(std::string host) = 0;
};

} // namespace pix::workbench
