#include "core/process/launch.h"

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <linux/close_range.h>
#include <memory>
#include <sched.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pix::process {

using core::Errc;
using core::fail;

namespace {

enum class Step : int { none, session, terminal, descriptors, folder, limits, exec };

// What the child reads and where it says what went wrong. It shares the parent's memory until exec.
struct Handover {
    const char* path = nullptr;
    char* const* argv = nullptr;
    char* const* envp = nullptr;
    const char* folder = nullptr;
    int fds[3] = {-1, -1, -1};
    const int* inherited = nullptr;
    std::size_t inherited_count = 0;
    bool terminal = false;
    bool own_session = true;
    int group_entry = -1;
    int death_signal = 0;
    pid_t parent = 0;
    rlimit limits[RLIM_NLIMITS] = {};
    bool limited[RLIM_NLIMITS] = {};
    volatile int step = 0;
    volatile int error = 0;
};

// The kernel's own layout: the library's sigaction would write into tables that the parent shares.
struct KernelAction {
    void* handler = nullptr;
    unsigned long flags = 0;
    void* restorer = nullptr;
    unsigned long mask = 0;
};

// Code between clone and exec: no allocation, no locks, no library state, and no sanitizer bookkeeping, since the
// parent's memory is in use.
#if defined(__clang__)
#define PIX_BARE __attribute__((no_sanitize("address", "thread", "undefined"), noinline))
#else
#define PIX_BARE __attribute__((no_sanitize_address, no_sanitize_thread, no_sanitize_undefined, noinline))
#endif

PIX_BARE int give_up(Handover* plan, Step step)
{
    plan->step = static_cast<int>(step);
    plan->error = errno;
    syscall(SYS_exit_group, 127);
    return 127;
}

PIX_BARE int run_child(void* argument)
{
    auto* plan = static_cast<Handover*>(argument);

    KernelAction ignored;
    for (int number = 1; number < 65; ++number) {
        // Only "ignore" survives an exec.
        if (number == SIGKILL || number == SIGSTOP) continue;
        if (syscall(SYS_rt_sigaction, number, nullptr, &ignored, 8) != 0) continue;
        if (ignored.handler != reinterpret_cast<void*>(SIG_IGN)) continue;
        const KernelAction standard;
        syscall(SYS_rt_sigaction, number, &standard, nullptr, 8);
    }

    if (plan->own_session) {
        if (syscall(SYS_setsid) < 0) return give_up(plan, Step::session);
    } else if (syscall(SYS_setpgid, 0, 0) < 0) {
        return give_up(plan, Step::session);
    }
    if (plan->death_signal != 0) {
        syscall(SYS_prctl, PR_SET_PDEATHSIG, plan->death_signal, 0, 0, 0);
        if (syscall(SYS_getppid) != plan->parent) syscall(SYS_exit_group, 127);
    }

    // Before anything is started. Failing, the child is still found by its mark.
    if (plan->group_entry >= 0) syscall(SYS_write, plan->group_entry, "0", 1UL);

    for (int i = 0; i < 3; ++i) {
        if (syscall(SYS_dup3, plan->fds[i], i, 0) < 0) return give_up(plan, Step::descriptors);
    }
    if (plan->terminal && syscall(SYS_ioctl, 0, TIOCSCTTY, 0) < 0) return give_up(plan, Step::terminal);

    // Everything from 3 on closes at the exec, but for what is to be inherited.
    if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) < 0) {
        for (int fd = 3; fd < 65536; ++fd) syscall(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
    }
    for (std::size_t i = 0; i < plan->inherited_count; ++i) syscall(SYS_fcntl, plan->inherited[i], F_SETFD, 0);

    if (syscall(SYS_chdir, plan->folder) < 0) return give_up(plan, Step::folder);

    for (int i = 0; i < RLIM_NLIMITS; ++i) {
        if (!plan->limited[i]) continue;
        if (syscall(SYS_prlimit64, 0, i, &plan->limits[i], nullptr) < 0) return give_up(plan, Step::limits);
    }

    const unsigned long none = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, 8);
    syscall(SYS_execve, plan->path, plan->argv, plan->envp);
    return give_up(plan, Step::exec);
}

// The thread sanitizer takes every clone() for a fork and marks the memory, which the parent shares, as a child's.
#if defined(__SANITIZE_THREAD__)
extern "C" int __clone(int (*function)(void*), void* stack, int flags, void* argument, ...) noexcept; // NOLINT
#define PIX_CLONE __clone
#else
#define PIX_CLONE ::clone
#endif

bool has_nul(const std::vector<std::string>& texts)
{
    for (const auto& text : texts) {
        if (text.find('\0') != std::string::npos) return true;
    }
    return false;
}

std::vector<char*> pointers(const std::vector<std::string>& texts)
{
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (const auto& text : texts) result.push_back(const_cast<char*>(text.c_str()));
    result.push_back(nullptr);
    return result;
}

std::unexpected<core::Error> explain(const LaunchPlan& plan, const std::string& path, Step step, int error)
{
    const std::string program = "cannot run " + path;
    if (step == Step::folder) {
        const auto code = error == EACCES ? Errc::forbidden : Errc::not_found;
        return core::fail_errno(code, "cannot start in the folder " + plan.folder, error);
    }
    if (step != Step::exec) return core::fail_errno(Errc::unavailable, program, error);
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        if (::access((path.front() == '/' ? path : plan.folder + "/" + path).c_str(), F_OK) == 0) {
            return fail(Errc::not_found, program + ": the interpreter it asks for does not exist");
        }
        return fail(Errc::not_found, program + ": there is no such file");
    case EACCES:
    case EPERM: return fail(Errc::forbidden, program + ": the file is not executable");
    case ENOEXEC: return fail(Errc::invalid, program + ": it is neither a program nor a script with a #! line");
    case E2BIG: return fail(Errc::too_large, program + ": its arguments and environment are too long");
    default: return core::fail_errno(Errc::unavailable, program, error);
    }
}

void limit(Handover& handover, int which, rlim_t value)
{
    rlimit current{};
    ::getrlimit(static_cast<__rlimit_resource_t>(which), &current);
    if (current.rlim_max != RLIM_INFINITY && value > current.rlim_max) value = current.rlim_max;
    handover.limits[which] = {value, value};
    handover.limited[which] = true;
}

} // namespace

core::Result<std::string> find_program(const std::string& name, const std::vector<std::string>& env,
                                       const std::string& folder)
{
    if (name.find('/') != std::string::npos) return name;
    std::string_view path = "/usr/local/bin:/usr/bin:/bin";
    for (const auto& entry : env) {
        if (entry.starts_with("PATH=")) path = std::string_view(entry).substr(5);
    }
    bool seen_without_right = false;
    while (true) {
        const auto colon = path.find(':');
        const std::string_view part = path.substr(0, colon);
        // An empty part means the current folder to a shell; nobody means it in a server.
        if (!part.empty()) {
            std::string candidate(part);
            if (candidate.front() != '/') candidate.insert(0, "/").insert(0, folder);
            candidate.append("/").append(name);
            struct stat info{};
            if (::stat(candidate.c_str(), &info) == 0 && S_ISREG(info.st_mode)) {
                if (::access(candidate.c_str(), X_OK) == 0) return candidate;
                seen_without_right = true;
            }
        }
        if (colon == std::string_view::npos) break;
        path.remove_prefix(colon + 1);
    }
    if (seen_without_right) return fail(Errc::forbidden, "cannot run " + name + ": the file is not executable");
    return fail(Errc::not_found, "cannot run " + name + ": there is no such program in PATH",
                "Install it or add its folder to PATH.");
}

core::Result<Launched> launch(const LaunchPlan& plan)
{
    if (plan.argv.empty() || plan.argv[0].empty()) return fail(Errc::invalid, "the command has no program");
    if (has_nul(plan.argv) || has_nul(plan.env) || plan.folder.find('\0') != std::string::npos) {
        return fail(Errc::invalid, "the command has a NUL byte in an argument, a variable or its folder");
    }
    if (plan.folder.empty() || plan.folder.front() != '/') {
        return fail(Errc::invalid, "the command's folder is not an absolute path: " + plan.folder);
    }
    PIX_TRY(const std::string path, find_program(plan.argv[0], plan.env, plan.folder));

    // Numbers 0 to 2 as sources would be overwritten before they are copied.
    Fd raised[3];
    Handover handover;
    const int sources[3] = {plan.input, plan.output, plan.error};
    for (int i = 0; i < 3; ++i) {
        handover.fds[i] = sources[i];
        if (sources[i] > 2) continue;
        raised[i] = Fd(::fcntl(sources[i], F_DUPFD_CLOEXEC, 3));
        if (!raised[i]) return core::fail_errno(Errc::unavailable, "cannot run " + path, errno);
        handover.fds[i] = raised[i].get();
    }

    const auto argv = pointers(plan.argv);
    const auto envp = pointers(plan.env);
    handover.path = path.c_str();
    handover.argv = argv.data();
    handover.envp = envp.data();
    handover.folder = plan.folder.c_str();
    handover.inherited = plan.inherited.data();
    handover.inherited_count = plan.inherited.size();
    handover.terminal = plan.terminal;
    handover.own_session = plan.own_session;
    handover.group_entry = plan.group_entry;
    handover.death_signal = plan.death_signal;
    handover.parent = ::getpid();

    if (!plan.keep_core_limit) limit(handover, RLIMIT_CORE, 0);
    if (plan.open_files.rlim_cur != 0) {
        handover.limits[RLIMIT_NOFILE] = plan.open_files;
        handover.limited[RLIMIT_NOFILE] = true;
    }
    const auto& limits = plan.limits;
    if (limits.open_files > 0) limit(handover, RLIMIT_NOFILE, static_cast<rlim_t>(limits.open_files));
    if (limits.processes > 0) limit(handover, RLIMIT_NPROC, static_cast<rlim_t>(limits.processes));
    if (limits.file_bytes > 0) limit(handover, RLIMIT_FSIZE, limits.file_bytes);
    if (limits.cpu.count() > 0) {
        // One second between the signal that tells why (SIGXCPU) and the one that cannot be ignored.
        limit(handover, RLIMIT_CPU, static_cast<rlim_t>(limits.cpu.count()) + 1);
        handover.limits[RLIMIT_CPU].rlim_cur -= 1;
    }

    struct alignas(16) Stack {
        std::byte bytes[64 * 1024];
    };
    const auto stack = std::make_unique_for_overwrite<Stack>();
    void* top = stack->bytes + sizeof stack->bytes;

    // A handler of the parent's must not run in the child, where it would write to the parent's memory.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int pidfd = -1;
    const int pid = PIX_CLONE(run_child, top, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &handover, &pidfd);
    const int clone_error = errno;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) return core::fail_errno(Errc::unavailable, "cannot run " + path, clone_error);

    Launched launched{pid, Fd(pidfd)};
    if (handover.step != 0) {
        while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
        }
        return explain(plan, path, static_cast<Step>(static_cast<int>(handover.step)), handover.error);
    }
    return launched;
}

} // namespace pix::process
