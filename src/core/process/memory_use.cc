#include "core/process/memory_use.h"

#include <map>
#include <set>

#include "core/process/process_tree.h"

namespace pix::process {

std::vector<Measured> measure(std::vector<Measured> children)
{
    const auto all = all_processes();
    std::map<pid_t, pid_t> parents;
    for (const auto& process : all) parents.emplace(process.pid, process.parent);
    // What lost its parent is now a child of the parent of ours, and carries the mark.
    std::set<pid_t> nests;
    std::set<pid_t> known;
    for (const auto& child : children) {
        if (const auto found = parents.find(child.pid); found != parents.end()) nests.insert(found->second);
        known.insert(child.pid);
    }
    std::map<std::string, std::vector<pid_t>> roots;
    for (const auto& process : all) {
        if (nests.contains(process.parent) && !known.contains(process.pid)) {
            roots[mark_of(process.pid)].push_back(process.pid);
        }
    }
    for (auto& child : children) {
        auto& own = roots[child.id];
        own.push_back(child.pid);
        for (const auto& member : descendants(all, own)) child.resident_bytes += member.resident_bytes;
    }
    return children;
}

} // namespace pix::process
