#include "core/process/control_group.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include "core/process/process_tree.h"

namespace pix::process {

namespace fs = std::filesystem;

namespace {

// A group without processes of its own may hand its controllers down; ours move here first.
constexpr const char* own_leaf = "pix";

bool write_text(const fs::path& file, const std::string& text)
{
    const Fd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    return fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::vector<std::string> words_of(const fs::path& file)
{
    std::ifstream stream(file);
    std::vector<std::string> result;
    for (std::string word; stream >> word;) result.push_back(word);
    return result;
}

std::vector<pid_t> members_of(const fs::path& group)
{
    std::ifstream stream(group / "cgroup.procs");
    std::vector<pid_t> result;
    for (pid_t pid = 0; stream >> pid;) result.push_back(pid);
    return result;
}

// Where the second version of control groups is mounted, and the part of its tree that is seen there.
struct Mount {
    std::string root;
    fs::path point;
};

// Source: proc(5), /proc/[pid]/mountinfo fields 4 and 5, the type after the dash.
std::optional<Mount> cgroup_mount()
{
    std::ifstream mounts("/proc/self/mountinfo");
    for (std::string line; std::getline(mounts, line);) {
        const auto dash = line.find(" - cgroup2 ");
        if (dash == std::string::npos) continue;
        std::istringstream fields(line.substr(0, dash));
        std::string number, parent, device, root, point;
        if (fields >> number >> parent >> device >> root >> point) return Mount{root, point};
    }
    return std::nullopt;
}

std::optional<fs::path> own_group()
{
    std::ifstream groups("/proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
        if (!line.starts_with("0::/")) continue;
        std::string path = line.substr(3);
        const auto mount = cgroup_mount();
        if (!mount) return std::nullopt;
        if (mount->root != "/") {
            if (!path.starts_with(mount->root)) return std::nullopt;
            path.erase(0, mount->root.size());
        }
        return (mount->point / path.substr(path.starts_with('/') ? 1 : 0)).lexically_normal();
    }
    return std::nullopt;
}

bool is_ours_alone(const std::vector<pid_t>& members)
{
    const auto ours = descendants(all_processes(), {::getpid()});
    return std::all_of(members.begin(), members.end(), [&](pid_t pid) {
        return std::any_of(ours.begin(), ours.end(), [pid](const ProcessInfo& one) { return one.pid == pid; });
    });
}

// Has the kernel count memory and processes for the groups that will be made in `group`, if nobody else lives there.
void hand_down_controllers(const fs::path& group)
{
    const auto available = words_of(group / "cgroup.controllers");
    std::string wanted;
    for (const char* name : {"memory", "pids"})
        if (std::find(available.begin(), available.end(), name) != available.end()) {
            wanted += wanted.empty() ? "+" : " +";
            wanted += name;
        }
    if (wanted.empty() || write_text(group / "cgroup.subtree_control", wanted)) return;
    const auto members = members_of(group);
    if (!is_ours_alone(members)) return;
    std::error_code error;
    fs::create_directory(group / own_leaf, error);
    for (const pid_t pid : members) write_text(group / own_leaf / "cgroup.procs", std::to_string(pid));
    write_text(group / "cgroup.subtree_control", wanted);
}

// The group in which those of the children are made; nothing if we may not.
const std::optional<fs::path>& base_group()
{
    static const std::optional<fs::path> base = []() -> std::optional<fs::path> {
        auto group = own_group();
        if (group && group->filename() == own_leaf) group = group->parent_path();
        if (!group || ::access(group->c_str(), W_OK) != 0) return std::nullopt;
        hand_down_controllers(*group);
        return group;
    }();
    return base;
}

} // namespace

ControlGroup::ControlGroup(std::string folder, Fd entry) : folder_(std::move(folder)), entry_(std::move(entry)) {}

ControlGroup::ControlGroup(ControlGroup&& other) noexcept
    : folder_(std::exchange(other.folder_, {})), entry_(std::move(other.entry_))
{}

ControlGroup& ControlGroup::operator=(ControlGroup&& other) noexcept
{
    std::swap(folder_, other.folder_);
    std::swap(entry_, other.entry_);
    return *this;
}

ControlGroup::~ControlGroup()
{
    if (!folder_.empty()) ::rmdir(folder_.c_str());
}

std::optional<ControlGroup> ControlGroup::make(const std::string& name, const Limits& limits)
{
    const auto& base = base_group();
    if (!base) return std::nullopt;
    const fs::path folder = *base / name;
    std::error_code error;
    if (!fs::create_directory(folder, error)) return std::nullopt;
    Fd entry(::open((folder / "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
    ControlGroup group(folder.string(), std::move(entry));
    if (!group.entry_) return std::nullopt;
    // Missing where the controllers are not ours; then the limit is held by sampling.
    if (limits.memory_bytes > 0) {
        write_text(folder / "memory.max", std::to_string(limits.memory_bytes));
        write_text(folder / "memory.swap.max", "0");
        write_text(folder / "memory.oom.group", "1");
    }
    if (limits.processes > 0) write_text(folder / "pids.max", std::to_string(limits.processes));
    return group;
}

std::vector<pid_t> ControlGroup::members() const
{
    return members_of(folder_);
}

void ControlGroup::kill_all() const
{
    write_text(fs::path(folder_) / "cgroup.kill", "1");
}

bool ControlGroup::was_out_of_memory() const
{
    const auto words = words_of(fs::path(folder_) / "memory.events");
    const auto at = std::find(words.begin(), words.end(), "oom_kill");
    return at != words.end() && at + 1 != words.end() && at[1] != "0";
}

void remove_groups(const std::string& prefix, bool (*is_leftover)(const std::string& name))
{
    const auto& base = base_group();
    if (!base) return;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(*base, error)) {
        const std::string name = entry.path().filename();
        if (!entry.is_directory(error) || !name.starts_with(prefix) || !is_leftover(name)) continue;
        write_text(entry.path() / "cgroup.kill", "1");
        // The dead leave the group before they are reaped, but not at once.
        for (int attempt = 0; attempt < 100 && ::rmdir(entry.path().c_str()) != 0 && errno == EBUSY; ++attempt)
            ::usleep(10'000);
    }
}

} // namespace pix::process
