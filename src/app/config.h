#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace pix::app {

/// Everything that can be set, with its default. One of these is made at start and never changed afterwards.
struct Config {
    std::filesystem::path home;      ///< all state lives under it
    std::filesystem::path user_home; ///< where the agents' own folders are; HOME of children
    bool user_home_given = false;    ///< then CLAUDE_CONFIG_DIR, CODEX_HOME and XDG_* are ignored
    std::filesystem::path tools_dir; ///< default <home>/tools
    bool tools_dir_given = false;    ///< the examples are copied only into the default folder
    std::string database;            ///< "" = <home>/pix.db, else postgresql://…

    std::string tools_host = "127.0.0.1";
    std::uint16_t tools_port = 7860; ///< 0 picks a free port; so for every port
    std::string workbench_host = "127.0.0.1";
    std::uint16_t workbench_port = 3001;
    std::string workbench_tls; ///< "" = none, "auto" = our own certificate, else "CERT,KEY"
    std::string security_host = "127.0.0.1";
    std::uint16_t security_port = 8443;
    std::string base_path; ///< path prefix behind a proxy, e.g. "/pix"; "" = none

    std::string log_level = "info";
    std::size_t header_bytes = 16 * 1024;     ///< request line and header fields together
    std::size_t connections = 20'000;         ///< open at once, over all doors
    std::chrono::hours history{90 * 24};      ///< how long finished jobs stay listed
    std::chrono::seconds idle_timeout{75};    ///< a keep-alive connection without a request
    std::chrono::seconds request_timeout{30}; ///< header and body must have arrived by then, extended while they flow
    std::chrono::seconds stop_grace{10};      ///< how long a polite stop waits for running work

    bool developer_mode = false;
    int warm_keep_max = 5;               ///< tools kept warm at once
    std::chrono::seconds warm_keep{300}; ///< idle time before a tool is stopped
    std::uint64_t artefact_bytes_per_run = 10ULL << 30;
    int artefacts_per_run = 10'000;
    std::uint64_t inline_output_bytes = 65'536; ///< a larger output value is kept as an artefact
    std::uint64_t tool_response_bytes = 256ULL << 20;

    std::filesystem::path database_file() const { return home / "pix.db"; }
};

/// One row of the settings table: where a value may come from, and what it is.
struct Setting {
    std::string_view name;                   ///< key in pix.toml, "area.name"
    std::string_view flag;                   ///< of `pix serve`, "" if none
    std::vector<std::string_view> variables; ///< environment, first wins
    std::string_view help;                   ///< one sentence, with unit and range
    core::Result<void> (*read)(Config&, const std::string&);
};

/// All settings, in the order that `pix serve --help` and docs/settings.md show them.
std::span<const Setting> settings();

using Environment = std::map<std::string, std::string>;

/// The process's environment as a map.
Environment process_environment();

/// The same without the server's own secrets, and with HOME as configured: what tools, git and agents may inherit.
Environment children_environment(const Config& config);

/// Where state lives when nobody says otherwise: $PIX_HOME, else $XDG_DATA_HOME/pix, else ~/.local/share/pix.
std::filesystem::path default_home(const Environment& environment);

/// Layers: flags over environment over <home>/pix.toml over defaults.
/// `flags` maps a setting's name to the text given. Errors: Errc::invalid, naming flag, variable or file and line.
core::Result<Config> load_config(const std::map<std::string, std::string>& flags, const Environment& environment);

/// True for a literal address in 127.0.0.0/8 or ::1; names such as "localhost" are not literal.
bool is_loopback_literal(std::string_view host);

} // namespace pix::app
