#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace pix::process {

/// One line of /proc.
struct ProcessInfo {
    pid_t pid = 0;
    pid_t parent = 0;
    pid_t session = 0;
    char state = '?';
    std::uint64_t start = 0; ///< ticks since boot; with the pid it names a process for good
    std::uint64_t resident_bytes = 0;
};

/// The variable that marks whatever descends from a child: "<home>-<parent pid>-<parent start>-<number>".
inline constexpr std::string_view mark_variable = "PIX_CHILD";

/// One process, or nothing if it is gone.
/// Source: proc(5), /proc/[pid]/stat fields 3, 4, 6, 22, 24.
std::optional<ProcessInfo> process_info(pid_t pid);

/// All processes. Blocks on /proc: a few microseconds each.
std::vector<ProcessInfo> all_processes();

/// The value of PIX_CHILD that the program was started with; empty if it has none or is not ours to read.
std::string mark_of(pid_t pid);

/// The processes among `all` that are in `roots` or descend from one of them, zombies too.
std::vector<ProcessInfo> descendants(const std::vector<ProcessInfo>& all, const std::vector<pid_t>& roots);

/// Sends a signal to exactly this process, never to a later one with the same pid.
bool send_signal(const ProcessInfo& process, int signal);

/// The first part of every mark of a home: 16 hexadecimal digits of its real path.
std::string home_mark(const std::string& home);

} // namespace pix::process
