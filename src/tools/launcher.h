#pragma once
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/async.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/http/client.h"
#include "core/process/supervisor.h"
#include "tools/interpreter.h"
#include "tools/tool_environment.h"

namespace pix::tools {

namespace json = boost::json;

/// What the launcher needs to know of a tool.
struct LaunchSpec {
    std::string tool_id;
    std::filesystem::path folder;
    std::string entrypoint = "main.py";
    std::vector<std::string> secret_keys;
    std::chrono::seconds warm_keep{300};
    std::int64_t max_memory_mb = 512;
    bool pinned_warm = false;
    std::chrono::seconds spawn_timeout{30}; ///< until /healthz answers
    bool validating = false;                ///< PIXIE_VALIDATE, no byte code written
};

/// Why a tool could not be started.
struct LaunchFailure {
    enum Kind {
        venv,    ///< no interpreter
        spawn,   ///< it could not be started or ended while starting
        timeout, ///< /healthz did not answer in time
    };
    Kind kind = spawn;
    core::Error error;
    std::string stderr_tail;  ///< masked
    bool silent_exit = false; ///< it ended with status 0 and without a word
    std::chrono::milliseconds elapsed{0};
};

struct LauncherConfig {
    Variables environment;                ///< the server's own; filtered here
    std::filesystem::path artefacts_root; ///< absolute
    std::filesystem::path cache_folder;   ///< byte code goes to <cache_folder>/pyc/<tool>
    int warm_keep_max = 5;
    std::uint64_t memory_budget_mb = 0; ///< sum of max_memory_mb of warm tools; 0: 40 % of the machine's memory
    std::chrono::milliseconds sweep_every = std::chrono::seconds(10);
    std::chrono::milliseconds stop_grace = std::chrono::seconds(5);
};

/// A tool whose process is alive and answers. Shared by the launcher and by whoever talks to it.
struct WarmTool {
    LaunchSpec spec;
    std::uint16_t port = 0;
    std::shared_ptr<process::Child> child;
    SecretMask mask;
    core::Millis started_at = 0;
    core::Millis last_used_at = 0;
    std::chrono::steady_clock::time_point last_used;
    std::set<std::string> in_flight; ///< run ids
    json::value schema;              ///< what /schema answered; null if it did not
    bool stopping = false;
    std::string stop_reason; ///< why somebody stops it, for the runs that this breaks
    bool dead = false;
    std::optional<process::Exit> exit;

    std::string stderr_tail(std::size_t max_bytes = 4096) const;
    /// How the process ended, for an error message; empty while it lives.
    std::string ending() const;
};

using Launched = std::expected<std::shared_ptr<WarmTool>, LaunchFailure>;

/// Marks a run as in flight on a tool: it is not idle, not evicted, and its time of use is refreshed at both ends.
class InFlight {
public:
    InFlight(std::shared_ptr<WarmTool> tool, std::string run_id, const core::Clock& clock);
    ~InFlight();
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

private:
    void touch();

    std::shared_ptr<WarmTool> tool_;
    std::string run_id_;
    const core::Clock& clock_;
};

/// Starts tools on demand, keeps them warm for a while and stops them.
///
/// Runs on: the io thread; starting one tool never holds up another.
/// Owns:    the tools' processes until stop_all() has returned.
/// Units:   memory in MiB; the newest 64 KiB of a tool's stderr are kept.
/// Source:  contract 4; polling of /healthz starts denser than it asks (every 20 ms) so that fast tools start fast.
class Launcher {
public:
    Launcher(asio::any_io_executor executor, process::Supervisor& supervisor, http::LocalClient& client,
             const core::Clock& clock, LauncherConfig config);
    ~Launcher();
    Launcher(const Launcher&) = delete;
    Launcher& operator=(const Launcher&) = delete;

    /// The warm tool, if it is alive. Does not wait.
    std::shared_ptr<WarmTool> find(const std::string& tool_id) const;
    bool is_starting(const std::string& tool_id) const;

    /// The warm tool, started if need be; simultaneous callers share one start. Nothing about a failure is remembered.
    /// Cancelling ends the wait with Errc::cancelled; the start goes on for the others and is given up without any.
    awaitable<Launched> ensure(LaunchSpec spec, std::shared_ptr<http::Cancellation> cancellation = nullptr);

    /// Starts a process of its own that is never shared, listed or evicted: for the validator. The caller stops it.
    awaitable<Launched> start_alone(LaunchSpec spec);

    /// Makes what starting the tool needs and can be had without a download. Errors: those of Interpreter.
    awaitable<core::Result<void>> prepare(LaunchSpec spec);

    /// Asks the tool's process to end (TERM, wait, KILL) and waits for it; gives up a start; nothing if it is cold.
    awaitable<void> stop(std::string tool_id, std::string reason = {});
    awaitable<void> stop_all();

    /// Stops dead, idle and surplus tools every `sweep_every` until stop_all().
    awaitable<void> sweep();
    void sweep_once();

    /// The stderr ring of a warm tool, masked.
    std::optional<std::string> log_of(const std::string& tool_id) const;
    /// What /api/launcher/state answers.
    json::object state() const;
    std::size_t warm_count() const { return warm_.size(); }

    const LauncherConfig& config() const { return config_; }

private:
    struct Start;

    awaitable<void> run_start(std::shared_ptr<Start> start);
    awaitable<Launched> start_process(std::shared_ptr<Start> start);
    awaitable<Launched> attempt(std::shared_ptr<Start> start, std::vector<std::string> argv, std::uint16_t port);
    awaitable<void> watch_child(std::shared_ptr<WarmTool> tool);
    awaitable<void> stop_tool(std::shared_ptr<WarmTool> tool);
    void retire(std::shared_ptr<WarmTool> tool);
    void make_room(const std::string& newest);
    std::shared_ptr<WarmTool> least_recently_used(const std::string& newest) const;
    std::shared_ptr<WarmTool> heaviest(const std::string& newest) const;
    core::Result<std::uint16_t> pick_port();
    Variables variables_for(const LaunchSpec& spec, const Variables& env_file) const;

    asio::any_io_executor executor_;
    process::Supervisor& supervisor_;
    http::LocalClient& client_;
    const core::Clock& clock_;
    LauncherConfig config_;
    Variables allowed_;
    Interpreter interpreter_;
    std::map<std::string, std::shared_ptr<WarmTool>> warm_;
    std::map<std::string, std::shared_ptr<Start>> starting_;
    std::set<std::uint16_t> used_ports_;
    asio::steady_timer sweep_timer_;
    std::chrono::steady_clock::time_point up_since_;
    bool stopping_ = false;
};

} // namespace pix::tools
