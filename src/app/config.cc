#include "app/config.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <toml++/toml.h>

#include "core/base/text.h"

extern char** environ;

namespace pix::app {

using core::Errc;
using core::fail;
using core::Result;

namespace {

Result<void> read_number(const std::string& text, std::int64_t low, std::int64_t high, auto& target)
{
    auto const value = core::parse_int(text);
    if (!value || *value < low || *value > high)
        return fail(Errc::invalid, "\"" + text + "\" is not a whole number from " + std::to_string(low) + " to " +
                                       std::to_string(high));
    using Target = std::remove_reference_t<decltype(target)>;
    target = Target(*value);
    return {};
}

Result<void> read_flag(const std::string& text, bool& target)
{
    std::string const word = core::lower(text);
    if (word == "1" || word == "true" || word == "on" || word == "yes")
        target = true;
    else if (word == "0" || word == "false" || word == "off" || word == "no" || word.empty())
        target = false;
    else
        return fail(Errc::invalid, "\"" + text + "\" is neither true nor false");
    return {};
}

Result<void> read_host(const std::string& text, bool loopback_only, std::string& target)
{
    in6_addr address;
    if (::inet_pton(AF_INET, text.c_str(), &address) != 1 && ::inet_pton(AF_INET6, text.c_str(), &address) != 1)
        return fail(Errc::invalid, "\"" + text + "\" is not a literal IP address",
                    "Use 127.0.0.1, ::1 or an address of this machine.");
    if (loopback_only && !is_loopback_literal(text))
        return fail(Errc::invalid, "\"" + text + "\" is not a loopback address",
                    "The tools door has no accounts: it listens on 127.0.0.0/8 or ::1 only.");
    target = text;
    return {};
}

Result<void> read_path(const std::string& text, std::filesystem::path& target)
{
    if (text.empty()) return fail(Errc::invalid, "the path is empty");
    target = std::filesystem::absolute(text).lexically_normal();
    return {};
}

constexpr std::int64_t ports = 65'535;
constexpr std::int64_t gib = 1LL << 30;

const std::vector<Setting>& table()
{
    static const std::vector<Setting> rows = {
        {"home",
         "--home",
         {"PIX_HOME"},
         "Folder that holds all state.",
         [](Config& c, const std::string& v) { return read_path(v, c.home); }},
        {"user_home",
         "--user-home",
         {"PIX_USER_HOME"},
         "Home of the user whose agents are driven; children get it as HOME.",
         [](Config& c, const std::string& v) {
             c.user_home_given = true;
             return read_path(v, c.user_home);
         }},
        {"tools.dir",
         "--tools-dir",
         {"PIX_TOOLS_DIR", "PIXIE_TOOLS_DIR"},
         "Folder whose sub-folders are the tools.",
         [](Config& c, const std::string& v) {
             c.tools_dir_given = true;
             return read_path(v, c.tools_dir);
         }},
        {"database",
         "--database",
         {"PIX_DATABASE"},
         "postgresql:// URL; without it the database is pix.db in the home.",
         [](Config& c, const std::string& v) -> Result<void> {
             if (!v.empty() && !v.starts_with("postgresql://") && !v.starts_with("postgres://") &&
                 !v.starts_with("sqlite:"))
                 return fail(Errc::invalid, "the database URL must start with postgresql://");
             c.database = v;
             return {};
         }},
        {"history.days",
         "",
         {"PIX_HISTORY_DAYS"},
         "Days that finished jobs stay in the history.",
         [](Config& c, const std::string& v) {
             std::chrono::days days{};
             auto read = read_number(v, 1, 36'500, days);
             if (read) c.history = days;
             return read;
         }},
        {"tools.host",
         "--tools-host",
         {"PIX_TOOLS_HOST", "PIXIE_HOST"},
         "Loopback address of the tools door.",
         [](Config& c, const std::string& v) { return read_host(v, true, c.tools_host); }},
        {"tools.port",
         "--tools-port",
         {"PIX_TOOLS_PORT", "PIXIE_PORT"},
         "Port of the tools door, 0 picks a free one.",
         [](Config& c, const std::string& v) { return read_number(v, 0, ports, c.tools_port); }},
        {"workbench.host",
         "--host",
         {"PIX_HOST"},
         "Address of the workbench door; 0.0.0.0 opens it to the network.",
         [](Config& c, const std::string& v) { return read_host(v, false, c.workbench_host); }},
        {"workbench.port",
         "--workbench-port",
         {"PIX_WORKBENCH_PORT", "SERVER_PORT"},
         "Port of the workbench door.",
         [](Config& c, const std::string& v) { return read_number(v, 0, ports, c.workbench_port); }},
        {"workbench.tls",
         "--workbench-tls",
         {"PIX_WORKBENCH_TLS"},
         "auto for Pix's own certificate, or CERT,KEY as PEM files.",
         [](Config& c, const std::string& v) -> Result<void> {
             if (!v.empty() && v != "auto" && v.find(',') == std::string::npos)
                 return fail(Errc::invalid, "\"" + v + "\" is neither auto nor CERT,KEY");
             c.workbench_tls = v;
             return {};
         }},
        {"security.host",
         "--security-host",
         {"PIX_SECURITY_HOST"},
         "Address of the security door.",
         [](Config& c, const std::string& v) { return read_host(v, false, c.security_host); }},
        {"security.port",
         "--security-port",
         {"PIX_SECURITY_PORT"},
         "Port of the security door.",
         [](Config& c, const std::string& v) { return read_number(v, 0, ports, c.security_port); }},
        {"base_path",
         "--base-path",
         {"PIX_BASE_PATH"},
         "Path prefix when Pix sits behind a proxy, such as /pix.",
         [](Config& c, const std::string& v) -> Result<void> {
             if (!v.empty() && (v.front() != '/' || v.back() == '/'))
                 return fail(Errc::invalid, "a base path starts with a slash and does not end with one");
             c.base_path = v;
             return {};
         }},
        {"log_level",
         "--log-level",
         {"PIX_LOG_LEVEL", "PIXIE_LOG_LEVEL"},
         "debug, info, warn or error.",
         [](Config& c, const std::string& v) -> Result<void> {
             if (v != "debug" && v != "info" && v != "warn" && v != "error")
                 return fail(Errc::invalid, "\"" + v + "\" is not one of debug, info, warn, error");
             c.log_level = v;
             return {};
         }},
        {"limits.header_bytes",
         "",
         {"PIX_HEADER_BYTES"},
         "Largest request header block in bytes.",
         [](Config& c, const std::string& v) { return read_number(v, 1024, 1 << 20, c.header_bytes); }},
        {"limits.connections",
         "",
         {"PIX_CONNECTIONS"},
         "Connections open at once over all doors.",
         [](Config& c, const std::string& v) { return read_number(v, 16, 1'000'000, c.connections); }},
        {"limits.idle_seconds",
         "",
         {"PIX_IDLE_SECONDS"},
         "Seconds a kept connection may wait for its next request.",
         [](Config& c, const std::string& v) { return read_number(v, 1, 3600, c.idle_timeout); }},
        {"limits.request_seconds",
         "",
         {"PIX_REQUEST_SECONDS"},
         "Seconds a client may take between two parts of a request.",
         [](Config& c, const std::string& v) { return read_number(v, 1, 3600, c.request_timeout); }},
        {"stop_seconds",
         "",
         {"PIX_STOP_SECONDS"},
         "Seconds that a polite stop waits for running work.",
         [](Config& c, const std::string& v) { return read_number(v, 0, 3600, c.stop_grace); }},
        {"tools.developer_mode",
         "--developer-mode",
         {"PIX_DEVELOPER_MODE", "PIXIE_DEVELOPER_MODE"},
         "true shows ports and pids of tools and /api/launcher/state.",
         [](Config& c, const std::string& v) { return read_flag(v, c.developer_mode); }},
        {"tools.warm_keep_max",
         "",
         {"PIX_WARM_KEEP_MAX", "PIXIE_WARM_MAX", "PIXIE_WARM_KEEP_MAX"},
         "Tools kept warm at once, 1 to 64.",
         [](Config& c, const std::string& v) { return read_number(v, 1, 64, c.warm_keep_max); }},
        {"tools.warm_keep_seconds",
         "",
         {"PIX_WARM_KEEP_SECONDS", "PIXIE_WARM_KEEP_SECONDS"},
         "Idle seconds before a tool is stopped.",
         [](Config& c, const std::string& v) { return read_number(v, 0, 86'400, c.warm_keep); }},
        {"tools.artefact_bytes_per_run",
         "",
         {"PIX_MAX_ARTEFACT_BYTES_PER_RUN", "PIXIE_MAX_ARTEFACT_BYTES_PER_RUN"},
         "Bytes that one run may write into its artefact folder.",
         [](Config& c, const std::string& v) { return read_number(v, 1, 1024 * gib, c.artefact_bytes_per_run); }},
        {"tools.artefacts_per_run",
         "",
         {"PIX_MAX_ARTEFACTS_PER_RUN", "PIXIE_MAX_ARTEFACTS_PER_RUN"},
         "Artefacts registered for one run.",
         [](Config& c, const std::string& v) { return read_number(v, 1, 1'000'000, c.artefacts_per_run); }},
        {"tools.inline_output_bytes",
         "",
         {"PIX_INLINE_OUTPUT_MAX_BYTES", "PIXIE_INLINE_OUTPUT_MAX_BYTES"},
         "An output value larger than this many bytes is kept as an artefact.",
         [](Config& c, const std::string& v) { return read_number(v, 1024, gib, c.inline_output_bytes); }},
        {"tools.response_bytes",
         "",
         {"PIX_TOOL_RESPONSE_BYTES"},
         "Largest answer of a tool in bytes; a larger one fails the run.",
         [](Config& c, const std::string& v) { return read_number(v, 1024, 4 * gib, c.tool_response_bytes); }},
    };
    return rows;
}

/// The values of <home>/pix.toml by setting name; a key that no setting has is an error.
Result<std::map<std::string, std::string>> read_toml(const std::filesystem::path& file)
{
    std::map<std::string, std::string> values;
    std::error_code missing;
    if (!std::filesystem::exists(file, missing)) return values;
    toml::table parsed;
    try {
        parsed = toml::parse_file(file.string());
    } catch (const toml::parse_error& problem) {
        return fail(Errc::invalid, file.string() + " line " + std::to_string(problem.source().begin.line) + ": " +
                                       std::string(problem.description()));
    }
    Result<void> outcome;
    auto const take = [&](std::string name, const toml::node& node) {
        if (auto const text = node.value<std::string>(); text && node.is_string())
            values[name] = *text;
        else if (auto const number = node.as_integer())
            values[name] = std::to_string(number->get());
        else if (auto const flag = node.as_boolean())
            values[name] = flag->get() ? "true" : "false";
        else
            outcome = fail(Errc::invalid, file.string() + " line " + std::to_string(node.source().begin.line) + ": " +
                                              name + " must be a text, a whole number or true/false");
        bool const known = std::ranges::any_of(table(), [&](const Setting& s) { return s.name == name; });
        if (outcome && !known)
            outcome = fail(Errc::invalid,
                           file.string() + " line " + std::to_string(node.source().begin.line) +
                               ": there is no setting " + name,
                           "docs/settings.md lists them all.");
    };
    for (auto const& [key, node] : parsed) {
        if (auto const* section = node.as_table()) {
            for (auto const& [inner, value] : *section)
                if (outcome) take(std::string(key.str()) + "." + std::string(inner.str()), value);
        } else if (outcome) {
            take(std::string(key.str()), node);
        }
    }
    if (!outcome) return std::unexpected(outcome.error());
    return values;
}

} // namespace

std::span<const Setting> settings()
{
    return table();
}

Environment process_environment()
{
    Environment result;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        std::string_view const text(*entry);
        std::size_t const equals = text.find('=');
        if (equals != std::string_view::npos)
            result.emplace(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
    }
    return result;
}

Environment children_environment(const Config& config)
{
    Environment result = process_environment();
    for (const char* secret : {"JWT_SECRET", "API_KEY", "PIX_SECRET_KEY_FILE", "PIX_DATABASE"}) result.erase(secret);
    result["HOME"] = config.user_home.string();
    return result;
}

std::filesystem::path default_home(const Environment& environment)
{
    auto const variable = [&](const char* name) -> std::string {
        auto const found = environment.find(name);
        return found == environment.end() ? std::string() : found->second;
    };
    if (auto const home = variable("PIX_HOME"); !home.empty())
        return std::filesystem::absolute(home).lexically_normal();
    if (auto const data = variable("XDG_DATA_HOME"); data.starts_with("/")) return std::filesystem::path(data) / "pix";
    std::string const home = variable("HOME");
    return std::filesystem::path(home.empty() ? "/" : home) / ".local/share/pix";
}

Result<Config> load_config(const std::map<std::string, std::string>& flags, const Environment& environment)
{
    Config config;
    config.home = default_home(environment);
    if (auto const home = environment.find("HOME"); home != environment.end()) config.user_home = home->second;
    if (auto const home = flags.find("home"); home != flags.end()) PIX_CHECK(read_path(home->second, config.home));
    config.tools_dir = config.home / "tools";

    PIX_TRY(auto const file, read_toml(config.home / "pix.toml"));
    for (Setting const& setting : table()) {
        std::string name(setting.name);
        std::string value;
        std::string source;
        if (auto const flag = flags.find(name); flag != flags.end()) {
            value = flag->second;
            source = setting.flag.empty() ? name : std::string(setting.flag);
        } else {
            for (auto const variable : setting.variables) {
                auto const found = environment.find(std::string(variable));
                if (found == environment.end() || found->second.empty()) continue;
                value = found->second;
                source = std::string(variable);
                break;
            }
            if (source.empty() && name != "home") {
                auto const found = file.find(name);
                if (found != file.end()) {
                    value = found->second;
                    source = (config.home / "pix.toml").string() + ": " + name;
                }
            }
        }
        if (source.empty()) continue;
        if (auto read = setting.read(config, value); !read) {
            auto error = read.error();
            error.message = source + ": " + error.message;
            return std::unexpected(std::move(error));
        }
    }
    return config;
}

bool is_loopback_literal(std::string_view host)
{
    std::string const text(host);
    in_addr v4;
    if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
    in6_addr v6;
    return ::inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

} // namespace pix::app
