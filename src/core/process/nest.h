#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <variant>
#include <vector>

#include "core/base/error.h"
#include "core/process/control_group.h"
#include "core/process/fd.h"
#include "core/process/message.h"
#include "core/process/process_tree.h"

namespace pix::process {

/// The children of this process: starts them, reaps them, and stops a child together with everything it started.
///
/// A child's tree is the child, what descends from it, and what lost its parent: as the subreaper this process
/// inherits that, and the mark in its environment tells whose it was.
///
/// Runs on: one thread; spawn() blocks for a vfork, work() for a look at /proc while something is being stopped.
/// Owns:    pids, pidfds, and with `holds_descriptors` a duplicate of each pipe and terminal.
class Nest {
public:
    using Clock = std::chrono::steady_clock;

    struct Options {
        std::string home;               ///< for the mark
        bool reaps_everything = false;  ///< every child of this process is the nest's; unknown ones end with it
        bool holds_descriptors = false; ///< keep what the server holds too, for when it dies
        std::chrono::milliseconds leave_taking{2000}; ///< TERM to KILL for what a child leaves running when it ends
    };
    struct Child {
        Started started;
        Spawn spawn;
        Fd pidfd;
        std::optional<ControlGroup> group; ///< of those with a limit on memory or processes, where permitted
        Fd input, output, error;           ///< duplicates, with holds_descriptors
        std::optional<Exit> exit;
        bool gone = false;                        ///< nothing of the tree is left
        bool released = false;                    ///< nobody will ask for it again
        std::optional<Clock::time_point> kill_at; ///< set while it is being stopped
        bool asked = false;                       ///< TERM was sent
    };
    struct Birth {
        Started started;
        std::vector<Fd> fds; ///< the server's ends, as Started says
    };
    struct Other { ///< a child of this process that the nest did not start has ended
        pid_t pid = 0;
        Exit exit;
    };
    using Happening = std::variant<Exited, Gone, Other>;

    explicit Nest(Options options);

    /// Makes this process the one that inherits orphans. Call once it will not change its pid any more.
    void set_home(std::string home);

    core::Result<Birth> spawn(Spawn request, Fd input);
    void signal(std::uint64_t number, int signal);
    void stop(std::uint64_t number, std::chrono::milliseconds grace);
    void release(std::uint64_t number);

    /// Reaps, sends what is due, and tells what happened since the last call.
    std::vector<Happening> work();
    /// When work() has to be called again even if no child ends; nothing if no time is running.
    std::optional<Clock::time_point> next_work() const { return next_work_; }

    /// KILL to every descendant of this process but `spared`, until none is left; for the end of a guardian.
    bool kill_descendants(pid_t spared);

    std::map<std::uint64_t, Child>& children() { return children_; }

private:
    void reap(std::vector<Happening>& happened);
    void reap_strays();
    bool is_root(pid_t pid) const;
    std::vector<ProcessInfo> tree_of(const Child& child);
    std::vector<pid_t> orphans_of(const Child& child);
    const std::vector<ProcessInfo>& scan();
    void advance(Child& child, Clock::time_point now, std::vector<Happening>& happened);

    Options options_;
    std::string mark_; // "<home>-<pid>-<start>-"
    rlimit open_files_{};
    std::uint64_t last_number_ = 0;
    std::map<std::uint64_t, Child> children_;
    std::optional<std::vector<ProcessInfo>> scan_; // shared by all within one work()
    std::optional<Clock::time_point> next_work_;
};

} // namespace pix::process
