#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace pix::tools {

using Variables = std::map<std::string, std::string>;

/// What a `.env` text sets: KEY=value, KEY="value" with \\ \" \n \r \t, KEY='value', "export " before, # comments.
/// Lines that are none of these are left out. At most 1 MiB and 1,000 keys.
Variables parse_env(std::string_view text);

/// The variables of `<folder>/.env`; none if there is no such file. Blocks for one small file.
Variables read_env_file(const std::filesystem::path& folder);

/// The part of the server's environment that a tool may see. Source: contract 3.7.
Variables allowed_environment(const Variables& server);

/// As a child takes it: "KEY=value", sorted.
std::vector<std::string> as_list(const Variables& variables);

/// Replaces secret values in what a tool printed.
class SecretMask {
public:
    SecretMask() = default;
    /// The values of `env` whose key is declared, or has a name that secrets have. Shorter than 4 characters are not
    /// replaced: that would riddle the text and name the secret.
    SecretMask(const Variables& env, const std::vector<std::string>& declared);

    std::string apply(std::string text) const;
    bool empty() const { return values_.empty(); }

private:
    std::vector<std::string> values_; ///< longest first
};

/// True for a name such as API_KEY, token, DB_PASSWORD.
bool is_secret_name(std::string_view name);

} // namespace pix::tools
