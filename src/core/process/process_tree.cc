#include "core/process/process_tree.h"

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <sys/syscall.h>
#include <unistd.h>
#include <unordered_map>
#include <unordered_set>

#include "core/base/text.h"
#include "core/process/fd.h"

namespace pix::process {

namespace {

// /proc/[pid]/environ is as long as the environment at exec; the mark stands in front of it.
constexpr std::size_t max_environment = 64 * 1024;

std::string read_small_file(const std::string& path, std::size_t max_bytes)
{
    std::string text;
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return text;
    text.resize(max_bytes);
    std::size_t done = 0;
    while (done < max_bytes) {
        const auto got = ::read(file.get(), text.data() + done, max_bytes - done);
        if (got <= 0) break;
        done += static_cast<std::size_t>(got);
    }
    text.resize(done);
    return text;
}

} // namespace

std::optional<ProcessInfo> process_info(pid_t pid)
{
    const std::string text = read_small_file("/proc/" + std::to_string(pid) + "/stat", 1024);
    // The name in parentheses may itself hold parentheses and spaces.
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos || name_end + 2 > text.size()) return std::nullopt;
    const auto fields = core::split(std::string_view(text).substr(name_end + 2), ' ');
    if (fields.size() < 22) return std::nullopt;
    const auto number = [&fields](std::size_t field) { return core::parse_int(fields[field - 3]).value_or(0); };
    ProcessInfo info;
    info.pid = pid;
    info.state = fields[0].empty() ? '?' : fields[0][0];
    info.parent = static_cast<pid_t>(number(4));
    info.session = static_cast<pid_t>(number(6));
    info.start = static_cast<std::uint64_t>(number(22));
    static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    info.resident_bytes = static_cast<std::uint64_t>(number(24)) * page;
    return info;
}

std::vector<ProcessInfo> all_processes()
{
    std::vector<ProcessInfo> result;
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), ::closedir);
    if (!folder) return result;
    while (const dirent* entry = ::readdir(folder.get())) {
        const auto pid = core::parse_int(entry->d_name, false);
        if (!pid) continue;
        if (auto info = process_info(static_cast<pid_t>(*pid))) result.push_back(*info);
    }
    return result;
}

std::string mark_of(pid_t pid)
{
    const std::string text = read_small_file("/proc/" + std::to_string(pid) + "/environ", max_environment);
    for (const auto entry : core::split(text, '\0')) {
        if (entry.starts_with(mark_variable) && entry.size() > mark_variable.size() &&
            entry[mark_variable.size()] == '=') {
            return std::string(entry.substr(mark_variable.size() + 1));
        }
    }
    return {};
}

std::vector<ProcessInfo> descendants(const std::vector<ProcessInfo>& all, const std::vector<pid_t>& roots)
{
    std::unordered_map<pid_t, const ProcessInfo*> by_pid;
    std::unordered_multimap<pid_t, const ProcessInfo*> by_parent;
    for (const auto& process : all) {
        by_pid.emplace(process.pid, &process);
        by_parent.emplace(process.parent, &process);
    }
    std::vector<ProcessInfo> result;
    std::unordered_set<pid_t> seen;
    std::vector<pid_t> waiting = roots;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
        const pid_t pid = waiting[i];
        if (!seen.insert(pid).second) continue;
        if (const auto found = by_pid.find(pid); found != by_pid.end()) {
            result.push_back(*found->second);
        }
        const auto [first, last] = by_parent.equal_range(pid);
        for (auto child = first; child != last; ++child) waiting.push_back(child->second->pid);
    }
    return result;
}

bool send_signal(const ProcessInfo& process, int signal)
{
    const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
    if (!pidfd) return false;
    const auto now = process_info(process.pid);
    if (!now || now->start != process.start) return false;
    return ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0;
}

std::string home_mark(const std::string& home)
{
    std::error_code ignored;
    const auto real = home.empty() ? std::filesystem::path() : std::filesystem::weakly_canonical(home, ignored);
    // FNV-1a: the mark only has to differ between the homes of one machine.
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : real.string()) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>((hash >> (56 - 8 * i)) & 0xff);
    return core::hex(bytes);
}

} // namespace pix::process
