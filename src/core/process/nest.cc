#include "core/process/nest.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <pty.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/process/channel.h"
#include "core/process/launch.h"

namespace pix::process {

using core::Errc;

namespace {

// How often a tree that is going down is looked at: nothing tells when a process ends that is not our child.
constexpr std::chrono::milliseconds poll_interval{20};

struct Pipe {
    Fd read, write;
};

core::Result<Pipe> make_pipe()
{
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return core::fail_errno(Errc::unavailable, "cannot make a pipe", errno);
    return Pipe{Fd(ends[0]), Fd(ends[1])};
}

void never_block(const Fd& fd)
{
    ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

Exit exit_of(const siginfo_t& info)
{
    Exit exit;
    exit.kind = info.si_code == CLD_EXITED ? Exit::exited : Exit::signalled;
    exit.code = info.si_status;
    return exit;
}

// The children of this process. Source: proc(5), /proc/[pid]/task/[tid]/children.
std::optional<std::vector<pid_t>> own_children()
{
    std::vector<pid_t> result;
    std::error_code error;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", error)) {
        std::ifstream file(task.path() / "children");
        if (!file) return std::nullopt;
        for (pid_t pid = 0; file >> pid;) result.push_back(pid);
    }
    if (error) return std::nullopt;
    return result;
}

// On its way out: no memory any more, so no mark to read, but not yet a zombie. The first process of a sandbox stays
// so until all others in it are gone.
bool is_dying_stray(pid_t pid)
{
    const auto info = process_info(pid);
    return info && info->state != 'Z' && info->resident_bytes == 0 && info->session != ::getsid(0);
}

} // namespace

Nest::Nest(Options options) : options_(std::move(options))
{
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    ::getrlimit(RLIMIT_NOFILE, &open_files_);
    set_home(options_.home);
}

void Nest::set_home(std::string home)
{
    options_.home = std::move(home);
    const auto self = process_info(::getpid());
    mark_ = home_mark(options_.home) + "-" + std::to_string(::getpid()) + "-" + std::to_string(self ? self->start : 0) +
            "-";
}

core::Result<Nest::Birth> Nest::spawn(Spawn request, Fd input)
{
    Child child;
    child.started.ticket = request.ticket;
    child.started.number = ++last_number_;
    child.started.id = mark_ + std::to_string(last_number_);

    Fd child_input, child_output, child_error;
    Fd our_input, our_output, our_error;
    if (request.pty) {
        int master = -1;
        int slave = -1;
        const winsize size{request.pty->rows, request.pty->columns, 0, 0};
        if (::openpty(&master, &slave, nullptr, nullptr, &size) != 0) {
            return core::fail_errno(Errc::unavailable, "cannot open a pseudo terminal", errno);
        }
        our_output = Fd(master);
        child_input = Fd(slave);
        ::fcntl(master, F_SETFD, FD_CLOEXEC);
        ::fcntl(slave, F_SETFD, FD_CLOEXEC);
        child_output = duplicate(slave);
        child_error = duplicate(slave);
    } else {
        const auto nowhere = [](int mode) { return Fd(::open("/dev/null", mode | O_CLOEXEC)); };
        if (request.input == Spawn::pipe) {
            PIX_TRY(Pipe pipe, make_pipe());
            child_input = std::move(pipe.read);
            our_input = std::move(pipe.write);
        } else {
            child_input = input ? std::move(input) : nowhere(O_RDONLY);
        }
        if (request.keep_stdout) {
            PIX_TRY(Pipe pipe, make_pipe());
            child_output = std::move(pipe.write);
            our_output = std::move(pipe.read);
        } else {
            child_output = nowhere(O_WRONLY);
        }
        if (request.merge_stderr) {
            child_error = duplicate(child_output.get());
        } else if (request.keep_stderr) {
            PIX_TRY(Pipe pipe, make_pipe());
            child_error = std::move(pipe.write);
            our_error = std::move(pipe.read);
        } else {
            child_error = nowhere(O_WRONLY);
        }
    }
    if (!child_input || !child_output || !child_error) {
        return core::fail_errno(Errc::unavailable, "cannot open the child's streams", errno);
    }
    for (const Fd* fd : {&our_input, &our_output, &our_error}) {
        if (*fd) never_block(*fd);
    }

    LaunchPlan plan;
    plan.argv = request.argv;
    // In front, so that a look at a long environment finds it soon.
    plan.env.push_back(std::string(mark_variable) + "=" + child.started.id);
    plan.env.push_back("PIX_JOB=" + request.job);
    for (auto& entry : request.env) {
        if (!entry.starts_with("PIX_CHILD=") && !entry.starts_with("PIX_JOB=")) plan.env.push_back(entry);
    }
    plan.folder = request.folder;
    plan.input = child_input.get();
    plan.output = child_output.get();
    plan.error = child_error.get();
    plan.terminal = request.pty.has_value();
    plan.limits = request.limits;
    plan.open_files = open_files_;
    plan.death_signal = SIGKILL;
    // Moving a process between groups takes milliseconds, so only those that ask for such a limit pay for it.
    if (request.limits.memory_bytes > 0 || request.limits.processes > 0)
        child.group = ControlGroup::make(child.started.id, request.limits);
    if (child.group) plan.group_entry = child.group->entry();
    PIX_TRY(Launched launched, launch(plan));

    child.started.pid = launched.pid;
    child.pidfd = std::move(launched.pidfd);
    child.started.has_input = static_cast<bool>(our_input);
    child.started.has_output = static_cast<bool>(our_output);
    child.started.has_error = static_cast<bool>(our_error);
    if (options_.holds_descriptors) {
        // Standard input must end when the server closes it, so it is only held where a new server may go on writing.
        const bool keep = request.on_server_loss == OnServerLoss::keep;
        if (our_input && keep) child.input = duplicate(our_input.get());
        if (our_output) child.output = duplicate(our_output.get());
        if (our_error) child.error = duplicate(our_error.get());
    }
    Birth birth{child.started, {}};
    for (Fd* fd : {&our_input, &our_output, &our_error}) {
        if (*fd) birth.fds.push_back(std::move(*fd));
    }
    request.env.clear(); // not needed any more, may hold secrets
    child.spawn = std::move(request);
    children_.emplace(child.started.number, std::move(child));
    return birth;
}

void Nest::signal(std::uint64_t number, int signal)
{
    const auto found = children_.find(number);
    // Until it is reaped here its pid cannot belong to anyone else.
    if (found == children_.end() || found->second.exit) return;
    if (::kill(-found->second.started.pid, signal) != 0) ::kill(found->second.started.pid, signal);
}

void Nest::stop(std::uint64_t number, std::chrono::milliseconds grace)
{
    const auto found = children_.find(number);
    if (found == children_.end() || found->second.gone) return;
    auto& child = found->second;
    const auto kill_at = Clock::now() + grace;
    if (!child.kill_at || kill_at < *child.kill_at) child.kill_at = kill_at;
    next_work_ = Clock::now();
}

void Nest::release(std::uint64_t number)
{
    const auto found = children_.find(number);
    if (found == children_.end()) return;
    found->second.released = true;
    if (found->second.gone) children_.erase(found);
}

void Nest::reap(std::vector<Happening>& happened)
{
    const auto ended = [&](Child& child, const siginfo_t& info) {
        child.exit = exit_of(info);
        child.exit->by_limit = child.group && child.exit->kind == Exit::signalled && child.group->was_out_of_memory();
        happened.emplace_back(Exited{child.started.number, child.exit->kind, child.exit->code, child.exit->by_limit});
        // What it left running has the time that a stop would give it.
        if (!child.kill_at) child.kill_at = Clock::now() + options_.leave_taking;
        child.asked = false;
    };
    if (options_.reaps_everything) {
        while (true) {
            siginfo_t info{};
            if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) return;
            const auto found = std::find_if(children_.begin(), children_.end(), [&](const auto& entry) {
                return !entry.second.exit && entry.second.started.pid == info.si_pid;
            });
            if (found != children_.end())
                ended(found->second, info);
            else
                happened.emplace_back(Other{info.si_pid, exit_of(info)});
        }
    }
    for (auto& [number, child] : children_) {
        if (child.exit) continue;
        siginfo_t info{};
        if (::waitid(P_PID, static_cast<id_t>(child.started.pid), &info, WEXITED | WNOHANG) != 0) continue;
        if (info.si_pid != 0) ended(child, info);
    }
    reap_strays();
}

// Zombies that came to this process as the subreaper. They have no mark any more; what other code of this process
// started is in this process's own session, and the nest's children are in none but their own.
void Nest::reap_strays()
{
    if (options_.reaps_everything) return;
    const auto own = own_children();
    if (!own) return;
    for (const pid_t pid : *own) {
        if (is_root(pid)) continue;
        const auto info = process_info(pid);
        if (info && info->state == 'Z' && info->session != ::getsid(0)) ::waitpid(pid, nullptr, WNOHANG);
    }
}

bool Nest::is_root(pid_t pid) const
{
    return std::any_of(children_.begin(), children_.end(),
                       [pid](const auto& entry) { return !entry.second.exit && entry.second.started.pid == pid; });
}

const std::vector<ProcessInfo>& Nest::scan()
{
    if (!scan_) scan_ = all_processes();
    return *scan_;
}

// What has no parent but this process, was not started by it, and carries the child's mark.
std::vector<pid_t> Nest::orphans_of(const Child& child)
{
    std::vector<pid_t> candidates;
    if (auto own = own_children()) {
        candidates = std::move(*own);
    } else {
        for (const auto& process : scan()) {
            if (process.parent == ::getpid()) candidates.push_back(process.pid);
        }
    }
    std::vector<pid_t> result;
    for (const pid_t pid : candidates) {
        if (is_root(pid)) continue;
        const std::string mark = mark_of(pid);
        if (mark == child.started.id || (mark.empty() && is_dying_stray(pid))) result.push_back(pid);
    }
    return result;
}

std::vector<ProcessInfo> Nest::tree_of(const Child& child)
{
    std::vector<pid_t> roots = orphans_of(child);
    if (!child.exit) roots.push_back(child.started.pid);
    if (child.group) {
        for (const pid_t pid : child.group->members())
            if (std::find(roots.begin(), roots.end(), pid) == roots.end()) roots.push_back(pid);
    }
    if (roots.empty()) return {};
    auto members = descendants(scan(), roots);
    std::erase_if(members, [](const ProcessInfo& member) { return member.state == 'Z'; });
    return members;
}

void Nest::advance(Child& child, Clock::time_point now, std::vector<Happening>& happened)
{
    if (child.gone || !child.kill_at) return;
    const bool due = now >= *child.kill_at;
    if (child.exit || due || !child.asked) {
        const auto members = tree_of(child);
        if (child.exit && members.empty()) {
            reap_strays();
            child.gone = true;
            child.pidfd.reset();
            child.group.reset();
            happened.emplace_back(Gone{child.started.number});
            return;
        }
        if (due) {
            if (child.group) child.group->kill_all();
            // A tree that forks while it is killed is looked at again until nothing is left.
            for (const auto& member : members) send_signal(member, SIGKILL);
        } else if (!child.asked) {
            for (const auto& member : members) {
                send_signal(member, SIGTERM);
                send_signal(member, SIGCONT); // a stopped process would not see the TERM
            }
        }
        child.asked = true;
    }
    const auto next = now + poll_interval;
    if (!next_work_ || next < *next_work_) next_work_ = next;
}

std::vector<Nest::Happening> Nest::work()
{
    std::vector<Happening> happened;
    scan_.reset();
    next_work_.reset();
    reap(happened);
    const auto now = Clock::now();
    for (auto& [number, child] : children_) advance(child, now, happened);
    std::erase_if(children_, [](const auto& entry) { return entry.second.gone && entry.second.released; });
    scan_.reset();
    return happened;
}

bool Nest::kill_descendants(pid_t spared)
{
    const auto all = all_processes();
    bool any = false;
    for (const auto& member : descendants(all, {::getpid()})) {
        if (member.pid == ::getpid() || member.pid == spared) continue;
        any = send_signal(member, SIGKILL) || any;
    }
    return any;
}

} // namespace pix::process
