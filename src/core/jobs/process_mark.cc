#include "core/jobs/process_mark.h"

#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>

#include "core/base/text.h"

namespace pix::jobs {

namespace {

/// Nothing if there is no such process, or /proc does not tell.
std::optional<std::int64_t> start_ticks_of(int pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(file, line)) return std::nullopt;
    // The program's name, in parentheses, may hold spaces and parentheses; field 3 follows the last one.
    std::size_t const name_end = line.rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    std::istringstream fields(line.substr(name_end + 1));
    std::string field;
    char state = '?';
    for (int number = 3; number <= 22; ++number) {
        if (!(fields >> field)) return std::nullopt;
        if (number == 3) state = field.front();
    }
    // A zombie runs nothing any more.
    if (state == 'Z' || state == 'X') return std::nullopt;
    return core::parse_int(field);
}

std::string link_target(const char* path)
{
    std::array<char, 256> buffer{};
    ssize_t const size = ::readlink(path, buffer.data(), buffer.size());
    return size <= 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(size));
}

} // namespace

ProcessMark ProcessMark::of_this_process(std::string host)
{
    ProcessMark mark;
    mark.host = std::move(host);
    std::ifstream("/proc/sys/kernel/random/boot_id") >> mark.boot;
    mark.pid_space = link_target("/proc/self/ns/pid");
    mark.pid = ::getpid();
    mark.start_ticks = start_ticks_of(mark.pid).value_or(0);
    return mark;
}

std::optional<bool> ProcessMark::is_alive(const ProcessMark& me) const
{
    if (host != me.host) return std::nullopt;
    if (boot != me.boot) return false;
    if (pid_space != me.pid_space) return std::nullopt;
    auto const ticks = start_ticks_of(pid);
    return ticks && *ticks == start_ticks;
}

} // namespace pix::jobs
