#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace pix::jobs {

/// Which operating-system process a worker is, so that others on the same host can see that it is gone.
struct ProcessMark {
    std::string host;
    std::string boot;      ///< the kernel's boot id
    std::string pid_space; ///< the process-id namespace: another one's numbers say nothing here
    int pid = 0;
    std::int64_t start_ticks = 0; ///< field 22 of /proc/<pid>/stat: tells a reused number apart

    static ProcessMark of_this_process(std::string host);
    /// Nothing if this process cannot know: another host or namespace.
    std::optional<bool> is_alive(const ProcessMark& me) const;
};

} // namespace pix::jobs
