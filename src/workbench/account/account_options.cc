#include "workbench/account/account_options.h"

#include "core/base/text.h"

namespace pix::workbench {

using core::Errc;
using core::fail;
using core::Result;

namespace {

using Environment = std::map<std::string, std::string>;

std::string variable(const Environment& environment, const std::string& name)
{
    auto const found = environment.find(name);
    return found == environment.end() ? std::string() : std::string(core::trim(found->second));
}

bool is_on(const Environment& environment, const std::string& name)
{
    std::string const value = core::lower(variable(environment, name));
    return value == "1" || value == "true" || value == "yes";
}

/// "7d", "24h", "90m", or seconds.
Result<std::chrono::seconds> life_of(std::string_view text)
{
    std::int64_t unit = 1;
    if (!text.empty()) {
        char const last = text.back();
        unit = last == 'd' ? 86400 : last == 'h' ? 3600 : last == 'm' ? 60 : 1;
        if (unit != 1 || last == 's') text.remove_suffix(1);
    }
    auto const number = core::parse_int(text, false);
    constexpr std::int64_t longest = std::chrono::seconds(longest_token_life).count();
    if (!number || *number < 1 || *number > longest / unit || *number * unit < 60)
        return fail(Errc::invalid, "JWT_EXPIRY is no time between 60s and 366d", "Write 7d, 24h, 90m or seconds.");
    return std::chrono::seconds(*number * unit);
}

} // namespace

Result<AccountOptions> account_options(const std::filesystem::path& home, const Environment& environment)
{
    AccountOptions options;
    options.home = home;
    options.secret_key_file = variable(environment, "PIX_SECRET_KEY_FILE");
    options.token_secret = variable(environment, "JWT_SECRET");
    constexpr std::size_t shortest_secret = 16;
    if (!options.token_secret.empty() && options.token_secret.size() < shortest_secret)
        return fail(Errc::invalid, "JWT_SECRET is shorter than " + std::to_string(shortest_secret) + " characters",
                    "Whoever guesses it can sign in. Unset it and the server makes one.");
    if (auto const life = variable(environment, "JWT_EXPIRY"); !life.empty()) {
        PIX_TRY(options.token_life, life_of(life));
    }
    options.gate = variable(environment, "API_KEY");
    auto const query = core::lower(variable(environment, "PIXCODE_ALLOW_QUERY_CREDENTIALS"));
    options.query_credentials = query != "0" && query != "false" && query != "no";
    if (auto const hops = variable(environment, "TRUST_PROXY_HOPS"); !hops.empty()) {
        auto const number = core::parse_int(hops, false);
        if (!number || *number > 10) return fail(Errc::invalid, "TRUST_PROXY_HOPS is no number from 0 to 10");
        options.trusted_proxies = static_cast<int>(*number);
    }
    if (is_on(environment, "VITE_IS_PLATFORM")) {
        if (!is_on(environment, "PIXCODE_ALLOW_PLATFORM_AUTH_BYPASS"))
            return fail(Errc::invalid, "VITE_IS_PLATFORM turns every login off",
                        "If another login stands in front of this server, set PIXCODE_ALLOW_PLATFORM_AUTH_BYPASS=1 as "
                        "well; if not, unset VITE_IS_PLATFORM.");
        options.hosted = true;
    }
    return options;
}

Result<std::vector<std::string>> allowed_origins(const Environment& environment)
{
    std::vector<std::string> origins;
    std::string const list = variable(environment, "CORS_ORIGINS");
    for (auto const part : core::split(list, ',')) {
        std::string origin = core::lower(core::trim(part));
        if (origin.empty()) continue;
        while (origin.ends_with('/')) origin.pop_back();
        bool const http = origin.starts_with("http://") || origin.starts_with("https://");
        std::string_view const host = http ? std::string_view(origin).substr(origin.find("://") + 3) : "";
        if (host.empty() || host.find_first_of("/*?#@ ") != std::string_view::npos)
            return fail(Errc::invalid,
                        "CORS_ORIGINS names \"" + core::shorten(core::to_utf8(origin), 100) + "\", which is no origin",
                        "Write https://host or https://host:port, separated by commas; there is no wildcard.");
        origins.push_back(std::move(origin));
    }
    return origins;
}

} // namespace pix::workbench
