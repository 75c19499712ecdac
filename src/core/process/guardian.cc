#include "core/process/guardian.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <poll.h>
#include <set>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/process/channel.h"
#include "core/process/control_group.h"
#include "core/process/launch.h"
#include "core/process/nest.h"
#include "core/process/process_tree.h"
#include "core/process/spool.h"
#include "core/process/takeover.h"

extern char** environ; // NOLINT

namespace pix::process {

namespace {

using Clock = Nest::Clock;

// Reads what a child writes while there is no server: into its spool file, or away.
struct Drain {
    int fd = -1; // the nest's
    std::optional<Spool> spool;
};

constexpr std::chrono::milliseconds server_exit_patience{2000};
constexpr std::chrono::milliseconds last_patience{2000};

class Guardian {
public:
    Guardian(GuardianOptions options, std::vector<std::string> argv)
        : options_(std::move(options)), argv_(std::move(argv)),
          nest_({.reaps_everything = true, .holds_descriptors = true})
    {}

    int run()
    {
        prepare();
        if (auto started = start_server(); !started) {
            std::fprintf(stderr, "pix: %s\n", started.error().message.c_str());
            return 127;
        }
        while (true) {
            for (auto& happening : nest_.work()) tell(std::move(happening));
            keep_time();
            if (is_finished()) break;
            wait_for_something();
        }
        channel_.close();
        sweep();
        if (server_exit_->kind == Exit::signalled) return 128 + server_exit_->code;
        return server_exit_->code;
    }

private:
    // --- Start

    void prepare()
    {
        sigset_t watched;
        sigemptyset(&watched);
        for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT}) sigaddset(&watched, number);
        sigprocmask(SIG_BLOCK, &watched, nullptr);
        signals_ = Fd(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
        std::signal(SIGPIPE, SIG_IGN);
        // It holds several descriptors for each child. What the children get is what it found.
        rlimit files{};
        ::getrlimit(RLIMIT_NOFILE, &files);
        original_files_ = files;
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }

    core::Result<void> start_server()
    {
        int ends[2] = {-1, -1};
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
            return core::fail_errno(core::Errc::unavailable, "cannot open a socket", errno);
        }
        channel_ = Channel(Fd(ends[0]));
        const Fd theirs(ends[1]);

        LaunchPlan plan;
        plan.argv = argv_;
        plan.argv[0] = options_.program;
        for (char** entry = environ; *entry != nullptr; ++entry) plan.env.emplace_back(*entry);
        plan.env.push_back(std::string(guardian_variable) + "=" + std::to_string(theirs.get()));
        std::error_code ignored;
        plan.folder = std::filesystem::current_path(ignored).string();
        if (plan.folder.empty()) plan.folder = "/";
        plan.input = 0;
        plan.output = 1;
        plan.error = 2;
        plan.open_files = original_files_;
        // Not KILL: a server that is told goes through its own stop.
        plan.death_signal = SIGTERM;
        // A process group of its own: Ctrl-C reaches the guardian alone, which forwards it once.
        plan.own_session = false;
        plan.inherited = {theirs.get()};
        plan.keep_core_limit = true;
        PIX_TRY(Launched launched, launch(plan));
        server_pid_ = launched.pid;
        return {};
    }

    // --- Waiting

    void wait_for_something()
    {
        std::vector<pollfd> fds;
        fds.push_back({signals_.get(), POLLIN, 0});
        const bool has_channel = channel_.is_open();
        if (has_channel) {
            const short events = channel_.has_queued() ? POLLIN | POLLOUT : POLLIN;
            fds.push_back({channel_.fd(), events, 0});
        }
        const bool has_listener = is_orphan_ && !has_channel && takeover_.fd() >= 0;
        if (has_listener) fds.push_back({takeover_.fd(), POLLIN, 0});
        const std::size_t first_drain = fds.size();
        for (const auto& drain : drains_) fds.push_back({drain.fd, POLLIN, 0});

        int timeout = -1;
        for (const auto& time : {nest_.next_work(), next_time_}) {
            if (!time) continue;
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(*time - Clock::now()).count();
            const int wait = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
            if (timeout < 0 || wait < timeout) timeout = wait;
        }
        if (::poll(fds.data(), fds.size(), timeout) <= 0) return;

        if (fds[0].revents != 0) read_signals();
        for (std::size_t i = 0; i < drains_.size(); ++i) {
            if (fds[first_drain + i].revents != 0) drain(drains_[i]);
        }
        std::erase_if(drains_, [](const Drain& d) { return d.fd < 0; });
        if (has_channel && fds[1].revents != 0) read_channel();
        if (has_listener && fds[1].revents != 0) {
            if (Fd caller = takeover_.accept()) channel_ = Channel(std::move(caller));
        }
    }

    void read_signals()
    {
        signalfd_siginfo info{};
        while (::read(signals_.get(), &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
            if (info.ssi_signo == SIGCHLD) continue; // work() reaps
            ++stop_requests_;
            if (!server_exit_) {
                const int forwarded = info.ssi_signo == SIGHUP ? SIGTERM : static_cast<int>(info.ssi_signo);
                ::kill(server_pid_, stop_requests_ == 1 ? forwarded : SIGKILL);
            } else {
                for (auto& [number, child] : nest_.children()) let_go(number, child);
            }
        }
    }

    void read_channel()
    {
        if (channel_.has_queued()) (void)channel_.flush();
        // Bounded, so that a chatty server does not keep the signals waiting.
        for (int i = 0; i < 64 && channel_.is_open(); ++i) {
            auto packet = channel_.receive();
            if (!packet) {
                channel_.close();
                on_channel_end();
                return;
            }
            if (!*packet) return;
            auto& fds = (*packet)->fds;
            std::visit([this, &fds](auto& message) { on(std::move(message), fds); }, (*packet)->message);
        }
        if (!channel_.is_open()) on_channel_end();
    }

    // --- What the server says

    void on(Hello hello, std::vector<Fd>&)
    {
        lease_ = std::chrono::milliseconds(std::min<std::uint64_t>(hello.lease_ms, 24ULL * 3600 * 1000));
        if (is_orphan_) return hand_over();
        nest_.set_home(hello.home);
        if (hello.home.empty()) return;
        if (auto socket = TakeoverSocket::open(hello.home))
            takeover_ = std::move(*socket);
        else
            std::fprintf(stderr, "pix: %s\n", socket.error().message.c_str());
    }

    void on(Spawn spawn, std::vector<Fd>& fds)
    {
        const auto ticket = spawn.ticket;
        if (is_orphan_) {
            // Its own guardian starts a new server's programs.
            (void)channel_.send(Refused{ticket, core::Errc::unavailable, "this guardian only keeps children", {}});
            return;
        }
        Fd input;
        if (spawn.input == Spawn::from_descriptor && !fds.empty()) input = std::move(fds.front());
        auto birth = nest_.spawn(std::move(spawn), std::move(input));
        if (birth) {
            (void)channel_.send(birth->started, std::move(birth->fds));
        } else {
            auto& error = birth.error();
            (void)channel_.send(Refused{ticket, error.code, std::move(error.message), std::move(error.hint)});
        }
    }

    void on(SendSignal message, std::vector<Fd>&)
    {
        if (message.signal > 0 && message.signal < 65) nest_.signal(message.number, message.signal);
    }
    void on(Stop message, std::vector<Fd>&)
    {
        const auto grace = std::min<std::uint64_t>(message.grace_ms, 24ULL * 3600 * 1000);
        nest_.stop(message.number, std::chrono::milliseconds(grace));
    }
    void on(CloseInput message, std::vector<Fd>&)
    {
        const auto found = nest_.children().find(message.number);
        if (found != nest_.children().end()) found->second.input.reset();
    }
    void on(Release message, std::vector<Fd>&) { nest_.release(message.number); }

    // What only a guardian says is ignored.
    void on(Started, std::vector<Fd>&) {}
    void on(Refused, std::vector<Fd>&) {}
    void on(Exited, std::vector<Fd>&) {}
    void on(Gone, std::vector<Fd>&) {}
    void on(Kept, std::vector<Fd>&) {}
    void on(KeptEnd, std::vector<Fd>&) {}

    // --- What happens to children

    void tell(Nest::Happening happening)
    {
        if (const auto* exited = std::get_if<Exited>(&happening)) {
            if (channel_.is_open()) (void)channel_.send(*exited);
        } else if (const auto* gone = std::get_if<Gone>(&happening)) {
            if (channel_.is_open()) (void)channel_.send(*gone);
        } else if (const auto* other = std::get_if<Nest::Other>(&happening)) {
            if (other->pid == server_pid_ && !server_exit_) {
                server_exit_ = other->exit;
                channel_.close();
                become_orphan();
            }
        }
    }

    void on_channel_end()
    {
        if (!server_exit_) {
            // The kernel closes a dying process's sockets first; one that lives on without its socket is of no use.
            next_time_ = Clock::now() + server_exit_patience;
            return;
        }
        become_orphan();
    }

    void become_orphan()
    {
        is_orphan_ = true;
        const bool all = stop_requests_ > 0 || (server_exit_->kind == Exit::exited && server_exit_->code == 0);
        lease_end_ = Clock::now() + lease_;
        drains_.clear();
        for (auto& [number, child] : nest_.children()) {
            if (all || child.spawn.on_server_loss == OnServerLoss::kill) let_go(number, child);
            const bool keep = !child.released;
            const auto watch = [&](const Fd& fd, const std::string& suffix) {
                if (!fd) return;
                Drain drain{fd.get(), std::nullopt};
                if (keep && !child.spawn.spool.empty()) {
                    if (auto spool = Spool::open(child.spawn.spool + suffix, child.spawn.spool_bytes)) {
                        drain.spool = std::move(*spool);
                    }
                }
                drains_.push_back(std::move(drain));
            };
            watch(child.output, "");
            watch(child.error, ".err");
        }
        release_gone();
    }

    void let_go(std::uint64_t number, Nest::Child& child)
    {
        nest_.stop(number, stop_requests_ > 1 ? std::chrono::milliseconds(0) : options_.kill_grace);
        child.released = true;
    }

    void release_gone()
    {
        std::erase_if(nest_.children(), [](const auto& entry) { return entry.second.gone && entry.second.released; });
    }

    // The descriptors belong to the children: a drain goes when its child's record does.
    void drain(Drain& drain)
    {
        char buffer[64 * 1024];
        const bool is_held = std::any_of(nest_.children().begin(), nest_.children().end(), [&](const auto& entry) {
            return entry.second.output.get() == drain.fd || entry.second.error.get() == drain.fd;
        });
        const auto got = is_held ? ::read(drain.fd, buffer, sizeof(buffer)) : 0;
        if (got > 0) {
            if (drain.spool) (void)drain.spool->append(std::string_view(buffer, static_cast<std::size_t>(got)));
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            drain.fd = -1;
        }
    }

    void hand_over()
    {
        drains_.clear();
        lease_end_.reset();
        for (auto& [number, child] : nest_.children()) {
            if (child.released) continue;
            Kept kept;
            kept.child = child.started;
            kept.argv = child.spawn.argv;
            kept.job = child.spawn.job;
            kept.terminal = child.spawn.pty.has_value();
            kept.spool = child.spawn.spool;
            kept.spool_bytes = child.spawn.spool_bytes;
            kept.limits = child.spawn.limits;
            if (child.exit) kept.exited = Exited{number, child.exit->kind, child.exit->code, child.exit->by_limit};
            std::vector<Fd> fds;
            const auto add = [&fds](const Fd& fd, bool& has) {
                has = static_cast<bool>(fd);
                if (fd) fds.push_back(duplicate(fd.get()));
            };
            add(child.input, kept.child.has_input);
            add(child.output, kept.child.has_output);
            add(child.error, kept.child.has_error);
            if (!channel_.send(kept, std::move(fds))) return;
            if (child.gone && !channel_.send(Gone{number})) return;
        }
        (void)channel_.send(KeptEnd{});
    }

    // --- Time and end

    void keep_time()
    {
        const auto now = Clock::now();
        if (!server_exit_ && next_time_ && now >= *next_time_) {
            ::kill(server_pid_, SIGKILL);
            next_time_.reset();
        }
        if (lease_end_ && is_orphan_) {
            next_time_ = lease_end_;
            if (now >= *lease_end_) {
                for (auto& [number, child] : nest_.children()) {
                    if (!child.released) let_go(number, child);
                }
                lease_end_.reset();
                next_time_ = now; // work() has something to do
            }
        } else if (is_orphan_) {
            next_time_.reset();
        }
        release_gone();
        if (is_orphan_) {
            // Descriptors of records that are gone are closed; their drains must not touch a later one's number.
            std::erase_if(drains_, [this](const Drain& d) {
                return std::none_of(nest_.children().begin(), nest_.children().end(), [&](const auto& entry) {
                    return entry.second.output.get() == d.fd || entry.second.error.get() == d.fd;
                });
            });
        }
    }

    bool is_finished() const { return server_exit_ && is_orphan_ && nest_is_empty(); }
    bool nest_is_empty() const { return const_cast<Nest&>(nest_).children().empty(); }

    // What cleared its environment and left its parents has no mark; here it is known to be ours.
    void sweep()
    {
        const auto until = Clock::now() + last_patience;
        while (nest_.kill_descendants(0) && Clock::now() < until) {
            for ([[maybe_unused]] const auto& ignored : nest_.work()) {
            }
            pollfd signal{signals_.get(), POLLIN, 0};
            ::poll(&signal, 1, 20);
            signalfd_siginfo info{};
            while (::read(signals_.get(), &info, sizeof(info)) > 0) {
            }
        }
        for ([[maybe_unused]] const auto& ignored : nest_.work()) {
        }
    }

    GuardianOptions options_;
    std::vector<std::string> argv_;
    Nest nest_;
    Fd signals_;
    Channel channel_; // to the server, ours or the one that took over
    TakeoverSocket takeover_;
    rlimit original_files_{};
    pid_t server_pid_ = 0;
    std::optional<Exit> server_exit_;
    bool is_orphan_ = false; // our server is gone
    int stop_requests_ = 0;
    std::chrono::milliseconds lease_{60'000};
    std::optional<Clock::time_point> lease_end_; // set while nobody has taken over
    std::optional<Clock::time_point> next_time_;
    std::vector<Drain> drains_;
};

} // namespace

int run_guardian(GuardianOptions options, std::vector<std::string> argv)
{
    ::prctl(PR_SET_NAME, "pix guardian", 0, 0, 0);
    Guardian guardian(std::move(options), std::move(argv));
    return guardian.run();
}

namespace {

// Whether the process that a mark says made it has ended.
bool parent_is_gone(const std::string& mark)
{
    const auto parts = core::split(mark, '-');
    if (parts.size() != 4) return false;
    const auto parent = core::parse_int(parts[1], false);
    const auto start = core::parse_int(parts[2], false);
    if (!parent || !start) return false;
    const auto info = process_info(static_cast<pid_t>(*parent));
    return !info || info->state == 'Z' || info->start != static_cast<std::uint64_t>(*start);
}

} // namespace

std::size_t reap_leftovers(const std::filesystem::path& home)
{
    const std::string wanted = home_mark(home.string()) + "-";
    const auto is_leftover = [&](pid_t pid) {
        const std::string mark = mark_of(pid);
        return mark.starts_with(wanted) && parent_is_gone(mark);
    };
    remove_groups(wanted, parent_is_gone);
    std::set<std::pair<pid_t, std::uint64_t>> found;
    for (int attempt = 0; attempt < 100; ++attempt) {
        bool any = false;
        for (const auto& process : all_processes()) {
            if (process.state == 'Z' || process.pid == ::getpid() || !is_leftover(process.pid)) continue;
            any = true;
            found.emplace(process.pid, process.start);
            send_signal(process, SIGKILL);
        }
        if (!any) break;
        ::usleep(20'000);
    }
    return found.size();
}

} // namespace pix::process
