#pragma once
#include <string>
#include <sys/resource.h>
#include <sys/types.h>
#include <vector>

#include "core/base/error.h"
#include "core/process/fd.h"
#include "core/process/limits.h"

namespace pix::process {

/// Everything about a program that is about to run. Descriptors are borrowed.
struct LaunchPlan {
    std::vector<std::string> argv;
    std::vector<std::string> env;
    std::string folder;
    int input = -1; ///< become 0, 1 and 2
    int output = -1;
    int error = -1;
    bool terminal = false; ///< `input` is a pseudo terminal that becomes the controlling one
    Limits limits;
    int group_entry = -1;         ///< a ControlGroup's, or none
    rlimit open_files{};          ///< used where limits.open_files is zero
    int death_signal = 0;         ///< what it gets when the calling thread ends; 0: nothing
    bool own_session = true;      ///< false: only a process group of its own
    std::vector<int> inherited;   ///< descriptors it finds under the same numbers
    bool keep_core_limit = false; ///< false: no core files
};

struct Launched {
    pid_t pid = 0;
    Fd pidfd;
};

/// Starts a program without copying the caller's memory, and returns once it runs or could not be executed.
///
/// Runs on: any thread; blocks for the time of an exec, under a millisecond whatever the caller's size.
/// Errors:  Errc::not_found (program or folder, named), Errc::forbidden (not executable), Errc::unavailable (no more
///          processes or memory), Errc::invalid (empty argv, NUL byte, not a program), Errc::too_large (arguments).
/// Source:  clone(2) CLONE_VM, CLONE_VFORK, CLONE_PIDFD: what posix_spawn(3) does, with the steps it has no word for.
core::Result<Launched> launch(const LaunchPlan& plan);

/// The file that `name` means to a program started in `folder` with `env`: itself if it has a slash, else the first
/// executable of that name in the PATH of `env`. Errors: Errc::not_found, Errc::forbidden.
core::Result<std::string> find_program(const std::string& name, const std::vector<std::string>& env,
                                       const std::string& folder);

} // namespace pix::process
