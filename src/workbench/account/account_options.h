#pragma once
#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace pix::workbench {

/// What JWT_EXPIRY may say at most.
inline constexpr std::chrono::hours longest_token_life{366 * 24};

/// How the workbench door lets people in.
struct AccountOptions {
    std::filesystem::path home;
    std::filesystem::path secret_key_file;      ///< empty: <home>/secret.key
    std::string token_secret;                   ///< empty: <home>/jwt.key, made at the first start
    std::chrono::seconds token_life{7 * 86400}; ///< of tokens and of the cookie
    std::string gate;                           ///< what X-API-Key must hold on every /api request; empty: no gate
    bool query_credentials = true;              ///< keys and tokens in addresses, where the contract has them
    int trusted_proxies = 0;                    ///< in front of the server
    bool hosted = false;                        ///< everybody is the first account: someone else's login is in front
};

/// Reads JWT_SECRET, JWT_EXPIRY, API_KEY, PIX_SECRET_KEY_FILE, PIXCODE_ALLOW_QUERY_CREDENTIALS, TRUST_PROXY_HOPS,
/// VITE_IS_PLATFORM and PIXCODE_ALLOW_PLATFORM_AUTH_BYPASS; an empty variable counts as not set.
/// Errors: Errc::invalid, naming the variable.
core::Result<AccountOptions> account_options(const std::filesystem::path& home,
                                             const std::map<std::string, std::string>& environment);

/// CORS_ORIGINS: the origins, separated by commas, whose pages may use the workbench's cookie.
/// Errors: Errc::invalid ("*", or something that is no origin).
core::Result<std::vector<std::string>> allowed_origins(const std::map<std::string, std::string>& environment);

} // namespace pix::workbench
