#include "tools/launcher.h"

#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <fstream>

#include "core/base/json.h"
#include "core/base/text.h"

namespace pix::tools {

namespace {

using core::Errc;
using core::fail;
using core::Result;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::size_t stderr_ring = 64 * 1024;
constexpr int port_attempts = 3;
constexpr std::size_t remembered_ports = 10'000;
constexpr auto idle_grace = milliseconds(3000);

milliseconds since(Steady::time_point then)
{
    return std::chrono::duration_cast<milliseconds>(Steady::now() - then);
}

LaunchFailure failure(LaunchFailure::Kind kind, core::Error error)
{
    LaunchFailure result;
    result.kind = kind;
    result.error = std::move(error);
    return result;
}

std::uint64_t machine_memory_mb()
{
    return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) /
           (1024 * 1024);
}

/// Resident memory of one process in MiB; 0 if it has gone.
std::int64_t resident_mb(pid_t pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
    std::int64_t total = 0;
    std::int64_t resident = 0;
    if (!(file >> total >> resident)) return 0;
    return resident * ::sysconf(_SC_PAGESIZE) / (1024 * 1024);
}

bool says_port_is_taken(const std::string& text)
{
    std::string const low = core::lower(text);
    return low.find("address already in use") != std::string::npos || low.find("eaddrinuse") != std::string::npos ||
           low.find("errno 98") != std::string::npos;
}

} // namespace

std::string WarmTool::stderr_tail(std::size_t max_bytes) const
{
    return core::to_utf8(mask.apply(child->error_output().tail(max_bytes)));
}

std::string WarmTool::ending() const
{
    if (!exit) return {};
    return exit->by_limit ? exit->reason : exit->describe();
}

InFlight::InFlight(std::shared_ptr<WarmTool> tool, std::string run_id, const core::Clock& clock)
    : tool_(std::move(tool)), run_id_(std::move(run_id)), clock_(clock)
{
    tool_->in_flight.insert(run_id_);
    touch();
}

InFlight::~InFlight()
{
    tool_->in_flight.erase(run_id_);
    touch();
}

void InFlight::touch()
{
    tool_->last_used = Steady::now();
    tool_->last_used_at = clock_.now();
}

/// One start in progress and everybody who waits for it.
struct Launcher::Start {
    Start(const asio::any_io_executor& executor, LaunchSpec wanted)
        : spec(std::move(wanted)), done(executor, Steady::time_point::max())
    {}
    LaunchSpec spec;
    bool given_up = false; ///< somebody asked to stop the tool meanwhile, or nobody waits any more
    int waiting = 0;
    asio::steady_timer done;
    std::optional<Launched> result;
};

Launcher::Launcher(asio::any_io_executor executor, process::Supervisor& supervisor, http::LocalClient& client,
                   const core::Clock& clock, LauncherConfig config)
    : executor_(executor), supervisor_(supervisor), client_(client), clock_(clock), config_(std::move(config)),
      allowed_(allowed_environment(config_.environment)), interpreter_(supervisor, allowed_), sweep_timer_(executor),
      up_since_(Steady::now())
{
    if (config_.memory_budget_mb == 0) config_.memory_budget_mb = machine_memory_mb() * 2 / 5;
}

Launcher::~Launcher() = default;

std::shared_ptr<WarmTool> Launcher::find(const std::string& tool_id) const
{
    auto const it = warm_.find(tool_id);
    if (it == warm_.end() || it->second->dead || it->second->stopping) return nullptr;
    return it->second;
}

bool Launcher::is_starting(const std::string& tool_id) const
{
    return starting_.contains(tool_id);
}

awaitable<Launched> Launcher::ensure(LaunchSpec spec, std::shared_ptr<http::Cancellation> cancellation)
{
    if (auto warm = find(spec.tool_id)) co_return warm;
    if (stopping_)
        co_return std::unexpected(
            failure(LaunchFailure::spawn, core::Error{Errc::unavailable, "Pix is stopping", "", ""}));
    auto const is_cancelled = [&] { return cancellation && cancellation->cancelled(); };
    // A start that was given up is waited for, not joined.
    for (auto it = starting_.find(spec.tool_id); it != starting_.end() && it->second->given_up && !is_cancelled();
         it = starting_.find(spec.tool_id)) {
        auto const ending = it->second;
        co_await ending->done.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (auto warm = find(spec.tool_id)) co_return warm;
    if (is_cancelled())
        co_return std::unexpected(
            failure(LaunchFailure::spawn, core::Error{Errc::cancelled, "the run was cancelled", "", ""}));
    std::shared_ptr<Start> start;
    if (auto const it = starting_.find(spec.tool_id); it != starting_.end()) {
        start = it->second;
    } else {
        start = std::make_shared<Start>(executor_, std::move(spec));
        starting_.emplace(start->spec.tool_id, start);
        asio::co_spawn(executor_, run_start(start), asio::detached);
    }
    // Wakes everybody who waits; those who were not cancelled wait on.
    std::optional<http::Cancellation::Watch> watch;
    if (cancellation) watch.emplace(cancellation->on_cancel([start] { start->done.cancel(); }));
    ++start->waiting;
    while (!start->result && !is_cancelled()) co_await start->done.async_wait(asio::as_tuple(asio::use_awaitable));
    if (--start->waiting == 0 && !start->result) start->given_up = true;
    if (!start->result)
        co_return std::unexpected(
            failure(LaunchFailure::spawn, core::Error{Errc::cancelled, "the run was cancelled", "", ""}));
    co_return *start->result;
}

awaitable<void> Launcher::run_start(std::shared_ptr<Start> start)
{
    // A process that is being stopped keeps its place until it has gone, so that a tool never runs twice.
    if (auto const it = warm_.find(start->spec.tool_id); it != warm_.end()) co_await stop_tool(it->second);
    auto launched = co_await start_process(start);
    if (launched && (stopping_ || start->given_up)) {
        co_await (*launched)->child->stop(config_.stop_grace);
        launched = std::unexpected(
            failure(LaunchFailure::spawn, core::Error{Errc::unavailable, "The start was given up.", "", ""}));
    }
    starting_.erase(start->spec.tool_id);
    if (launched && !(*launched)->dead) {
        warm_[start->spec.tool_id] = *launched;
        make_room(start->spec.tool_id);
    }
    start->result = std::move(launched);
    start->done.cancel();
}

awaitable<Launched> Launcher::start_alone(LaunchSpec spec)
{
    auto start = std::make_shared<Start>(executor_, std::move(spec));
    co_return co_await start_process(std::move(start));
}

awaitable<Result<void>> Launcher::prepare(LaunchSpec spec)
{
    auto argv = co_await interpreter_.command_for(spec.folder, spec.entrypoint);
    if (!argv) co_return std::unexpected(std::move(argv).error());
    co_return Result<void>{};
}

awaitable<Launched> Launcher::start_process(std::shared_ptr<Start> start)
{
    const LaunchSpec& spec = start->spec;
    auto argv = co_await interpreter_.command_for(spec.folder, spec.entrypoint, !spec.validating);
    if (!argv) {
        auto const kind = argv.error().code == Errc::gone ? LaunchFailure::venv : LaunchFailure::spawn;
        co_return std::unexpected(failure(kind, std::move(argv).error()));
    }
    for (int left = port_attempts;; --left) {
        auto port = pick_port();
        if (!port) co_return std::unexpected(failure(LaunchFailure::spawn, std::move(port).error()));
        auto launched = co_await attempt(start, *argv, *port);
        bool const again =
            !launched && left > 1 && !stopping_ && !start->given_up && says_port_is_taken(launched.error().stderr_tail);
        if (!again) co_return launched;
    }
}

awaitable<Launched> Launcher::attempt(std::shared_ptr<Start> start, std::vector<std::string> argv, std::uint16_t port)
{
    const LaunchSpec& spec = start->spec;
    auto const began = Steady::now();
    Variables const env_file = read_env_file(spec.folder);
    process::Command command;
    command.argv = std::move(argv);
    command.argv.push_back("--port");
    command.argv.push_back(std::to_string(port));
    command.env = as_list(variables_for(spec, env_file));
    command.folder = spec.folder.string();
    command.job = "tool/" + spec.tool_id;
    command.keep_stdout = false;
    command.log_bytes = stderr_ring;
    command.limits.memory_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(spec.max_memory_mb, 1)) << 20;

    auto child = co_await supervisor_.spawn(std::move(command));
    if (!child) co_return std::unexpected(failure(LaunchFailure::spawn, std::move(child).error()));

    auto tool = std::make_shared<WarmTool>();
    tool->spec = spec;
    tool->port = port;
    tool->child = std::move(*child);
    tool->mask = SecretMask(env_file, tool->spec.secret_keys);
    tool->started_at = tool->last_used_at = clock_.now();
    tool->last_used = Steady::now();
    asio::co_spawn(executor_, watch_child(tool), asio::detached);

    auto const until = began + tool->spec.spawn_timeout;
    asio::steady_timer pause(executor_);
    bool healthy = false;
    while (!healthy && !tool->dead && !stopping_ && !start->given_up && Steady::now() < until) {
        http::ClientRequest probe;
        probe.port = port;
        probe.target = "/healthz";
        probe.deadline = std::chrono::seconds(1);
        probe.max_body = 64 * 1024;
        auto const answer = co_await client_.request(std::move(probe));
        healthy = answer && answer->status == 200;
        if (healthy || tool->dead) break;
        pause.expires_after(since(began) < std::chrono::seconds(2) ? milliseconds(20) : milliseconds(100));
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }

    if (!healthy || tool->dead) {
        bool const ended = tool->dead;
        if (!ended) co_await tool->child->stop(std::chrono::seconds(2));
        client_.forget(port);
        LaunchFailure failed;
        failed.kind = ended || stopping_ || start->given_up ? LaunchFailure::spawn : LaunchFailure::timeout;
        failed.elapsed = since(began);
        failed.stderr_tail = tool->stderr_tail();
        if (stopping_) {
            failed.error = core::Error{Errc::unavailable, "Pix is stopping", "", ""};
        } else if (start->given_up) {
            failed.error = core::Error{Errc::cancelled, "The tool was stopped while it was starting.", "", ""};
        } else if (ended) {
            auto const exit = co_await tool->child->wait();
            failed.silent_exit = exit.ok();
            failed.error =
                core::Error{Errc::bad_gateway,
                            "The tool's process " + (exit.by_limit ? "was stopped: " + exit.reason : exit.describe()) +
                                " before it answered /healthz.",
                            exit.ok() ? "The program ended by itself: does it start its server?" : "", ""};
        } else {
            failed.error = core::Error{Errc::timeout,
                                       "The tool did not answer /healthz within " +
                                           std::to_string(tool->spec.spawn_timeout.count()) + " s.",
                                       "", ""};
        }
        co_return std::unexpected(std::move(failed));
    }

    http::ClientRequest schema;
    schema.port = port;
    schema.target = "/schema";
    schema.deadline = std::chrono::seconds(5);
    schema.max_body = 8 * 1024 * 1024;
    auto const answer = co_await client_.request(std::move(schema));
    if (answer && answer->status == 200)
        if (auto value = core::parse_json(answer->body)) tool->schema = *std::move(value);
    std::string told;
    if (auto const* object = tool->schema.if_object())
        if (auto const* id = object->if_contains("id"); id && id->is_string()) told = id->as_string().c_str();
    if (told != tool->spec.tool_id)
        spdlog::warn("tool {}: its /schema {}", tool->spec.tool_id,
                     told.empty() ? "has no id" : "says that it is " + core::shorten(told, 100));
    co_return tool;
}

awaitable<void> Launcher::watch_child(std::shared_ptr<WarmTool> tool)
{
    auto exit = co_await tool->child->wait();
    tool->exit = std::move(exit);
    tool->dead = true;
    client_.forget(tool->port);
    auto const it = warm_.find(tool->spec.tool_id);
    if (it != warm_.end() && it->second == tool) {
        if (!tool->stopping) spdlog::warn("tool {}: its process {}", tool->spec.tool_id, tool->ending());
        warm_.erase(it);
    }
}

awaitable<void> Launcher::stop_tool(std::shared_ptr<WarmTool> tool)
{
    tool->stopping = true;
    co_await tool->child->stop(config_.stop_grace);
    client_.forget(tool->port);
    auto const it = warm_.find(tool->spec.tool_id);
    if (it != warm_.end() && it->second == tool) warm_.erase(it);
}

void Launcher::retire(std::shared_ptr<WarmTool> tool)
{
    if (tool->stopping) return;
    tool->stopping = true;
    asio::co_spawn(executor_, stop_tool(tool), asio::detached);
}

awaitable<void> Launcher::stop(std::string tool_id, std::string reason)
{
    if (auto const starting = starting_.find(tool_id); starting != starting_.end()) starting->second->given_up = true;
    auto const it = warm_.find(tool_id);
    if (it == warm_.end()) co_return;
    if (it->second->stop_reason.empty()) it->second->stop_reason = std::move(reason);
    co_await stop_tool(it->second);
}

awaitable<void> Launcher::stop_all()
{
    stopping_ = true;
    sweep_timer_.cancel();
    for (const auto& [id, tool] : warm_) retire(tool);
    asio::steady_timer pause(executor_);
    // The children's own grace bounds this wait; the supervisor kills what is left when it stops.
    auto const until = Steady::now() + config_.stop_grace + std::chrono::seconds(4);
    while ((!warm_.empty() || !starting_.empty()) && Steady::now() < until) {
        pause.expires_after(milliseconds(20));
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

awaitable<void> Launcher::sweep()
{
    while (!stopping_) {
        sweep_timer_.expires_after(config_.sweep_every);
        co_await sweep_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (!stopping_) sweep_once();
    }
}

void Launcher::sweep_once()
{
    auto const tools = warm_;
    for (const auto& [id, tool] : tools) {
        bool const idle = tool->in_flight.empty() && since(tool->last_used) > tool->spec.warm_keep + idle_grace;
        if (idle) retire(tool);
    }
}

std::shared_ptr<WarmTool> Launcher::least_recently_used(const std::string& newest) const
{
    std::shared_ptr<WarmTool> oldest;
    for (const auto& [id, tool] : warm_) {
        if (id == newest || tool->stopping || tool->spec.pinned_warm || !tool->in_flight.empty()) continue;
        if (!oldest || tool->last_used < oldest->last_used) oldest = tool;
    }
    return oldest;
}

std::shared_ptr<WarmTool> Launcher::heaviest(const std::string& newest) const
{
    std::shared_ptr<WarmTool> found;
    for (const auto& [id, tool] : warm_) {
        if (id == newest || tool->stopping || tool->spec.pinned_warm || !tool->in_flight.empty()) continue;
        bool const heavier =
            !found || tool->spec.max_memory_mb > found->spec.max_memory_mb ||
            (tool->spec.max_memory_mb == found->spec.max_memory_mb && tool->last_used < found->last_used);
        if (heavier) found = tool;
    }
    return found;
}

void Launcher::make_room(const std::string& newest)
{
    auto const alive = [this] {
        return std::count_if(warm_.begin(), warm_.end(), [](const auto& entry) { return !entry.second->stopping; });
    };
    auto const budgeted = [this] {
        std::int64_t sum = 0;
        for (const auto& [id, tool] : warm_)
            if (!tool->stopping) sum += tool->spec.max_memory_mb;
        return static_cast<std::uint64_t>(sum);
    };
    while (alive() > config_.warm_keep_max) {
        auto victim = least_recently_used(newest);
        if (!victim) break;
        retire(std::move(victim));
    }
    while (budgeted() > config_.memory_budget_mb) {
        auto victim = heaviest(newest);
        if (!victim) break;
        retire(std::move(victim));
    }
}

Result<std::uint16_t> Launcher::pick_port()
{
    if (used_ports_.size() > remembered_ports) used_ports_.clear();
    for (int i = 0; i < 100; ++i) {
        int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0) return core::fail_errno(Errc::unavailable, "cannot find a port for the tool", errno);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        bool const bound = ::bind(fd, generic, length) == 0 && ::getsockname(fd, generic, &length) == 0;
        int const error = errno;
        ::close(fd);
        if (!bound) return core::fail_errno(Errc::unavailable, "cannot find a port for the tool", error);
        std::uint16_t const port = ntohs(address.sin_port);
        if (used_ports_.insert(port).second) return port;
    }
    return fail(Errc::unavailable, "cannot find a port for the tool");
}

Variables Launcher::variables_for(const LaunchSpec& spec, const Variables& env_file) const
{
    Variables variables = allowed_;
    for (const auto& [key, value] : env_file) variables.insert_or_assign(key, value);
    variables.insert_or_assign("PYTHONUNBUFFERED", "1");
    variables.insert_or_assign("PIXIE_TOOL_ID", spec.tool_id);
    variables.insert_or_assign("PIXIE_ARTEFACTS_ROOT", config_.artefacts_root.string());
    if (spec.validating) {
        variables.insert_or_assign("PIXIE_VALIDATE", "true");
        variables.insert_or_assign("PYTHONDONTWRITEBYTECODE", "1");
    } else {
        variables.insert_or_assign("PYTHONPYCACHEPREFIX", (config_.cache_folder / "pyc" / spec.tool_id).string());
    }
    return variables;
}

std::optional<std::string> Launcher::log_of(const std::string& tool_id) const
{
    auto const it = warm_.find(tool_id);
    if (it == warm_.end()) return std::nullopt;
    return it->second->stderr_tail(stderr_ring);
}

json::object Launcher::state() const
{
    json::object warm;
    for (const auto& [id, tool] : warm_) {
        json::object entry;
        entry["pid"] = tool->child->pid();
        entry["port"] = tool->port;
        entry["started_at"] = core::iso_time(tool->started_at);
        entry["last_used"] = core::iso_time(tool->last_used_at);
        entry["idle_seconds"] = static_cast<double>(since(tool->last_used).count()) / 1000;
        entry["in_flight"] = tool->in_flight.size();
        entry["warm_keep_seconds"] = tool->spec.warm_keep.count();
        entry["pinned_warm"] = tool->spec.pinned_warm;
        entry["max_memory_mb"] = tool->spec.max_memory_mb;
        entry["rss_mb"] = resident_mb(tool->child->pid());
        warm[id] = std::move(entry);
    }
    json::object state;
    state["warm"] = std::move(warm);
    state["warm_count"] = warm_.size();
    state["warm_keep_max"] = config_.warm_keep_max;
    state["uptime_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(Steady::now() - up_since_).count();
    return state;
}

} // namespace pix::tools
