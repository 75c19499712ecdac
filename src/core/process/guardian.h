#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace pix::process {

struct GuardianOptions {
    std::string program = "/proc/self/exe";                         ///< what to execute as the server
    std::chrono::milliseconds kill_grace = std::chrono::seconds(2); ///< between TERM and KILL after the server's loss
};

/// The environment variable in which a server finds the number of its guardian's socket.
inline constexpr const char* guardian_variable = "PIX_GUARDIAN_FD";

/// Starts the server with `argv` and stays its parent and the parent of all its children until the last one has ended.
/// Returns the status to exit with: the server's own, or 128 + the signal that ended it.
///
/// Runs on: the main thread, before anything has started another one.
/// Owns:    all children, their pipes and terminals.
/// Source:  prctl(2) PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG; pidfd_open(2); unix(7) SCM_RIGHTS.
int run_guardian(GuardianOptions options, std::vector<std::string> argv);

/// Kills every process that carries the mark of this home in its environment and whose guardian is no longer alive.
/// Blocks on /proc and for at most 2 seconds until they are gone; returns how many there were.
std::size_t reap_leftovers(const std::filesystem::path& home);

} // namespace pix::process
