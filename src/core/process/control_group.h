#pragma once
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "core/process/fd.h"
#include "core/process/limits.h"

namespace pix::process {

/// A control group for one child and whatever descends from it: nobody leaves it by a new session, by losing its
/// parents or by clearing its environment. It holds the child to its memory and its number of processes exactly, where
/// those controllers are ours to use.
///
/// Runs on: one thread; every call is a few small writes to the kernel.
/// Owns:    the group's folder, which goes with the object once nobody is in it.
/// Source:  Linux, Documentation/admin-guide/cgroup-v2.rst.
class ControlGroup {
public:
    /// Makes a group below that of this process. Nothing where that is not permitted: no cgroup v2 or no write access.
    static std::optional<ControlGroup> make(const std::string& name, const Limits& limits);
    ~ControlGroup();
    ControlGroup(ControlGroup&& other) noexcept;
    ControlGroup& operator=(ControlGroup&& other) noexcept;

    /// Whoever writes "0" to it is in the group from then on.
    int entry() const { return entry_.get(); }
    std::vector<pid_t> members() const;
    /// KILL to all members at once; none can fork away meanwhile.
    void kill_all() const;
    /// Whether the kernel killed a member because the group was over its memory.
    bool was_out_of_memory() const;

private:
    ControlGroup(std::string folder, Fd entry);

    std::string folder_; ///< empty when moved from
    Fd entry_;
};

/// Ends and removes the groups below ours whose name starts with `prefix` and for which `is_leftover` holds.
void remove_groups(const std::string& prefix, bool (*is_leftover)(const std::string& name));

} // namespace pix::process
