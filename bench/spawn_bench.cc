// Starting programs out of a large server: through the supervisor and its guardian against fork and exec.
//
//   spawn_bench [SPAWNS] [MEBIBYTES]        300 spawns of each kind, 1024 MiB resident; two minutes at most
//
// Executes itself as guardian first, as the server does. The server then touches its memory and starts /bin/true both
// ways, by turns. A time is what a caller waits until the program is known to run: the supervisor's answer here; there
// the end of file on a pipe that the exec closes. The supervisor also makes a session, pipes for the output and a
// watched process in that time, fork and exec nothing more than the process. Prints p50 and p99 of both, and the ratio.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "core/process/guardian.h"
#include "core/process/supervisor.h"

namespace {

using namespace pix;
using Clock = std::chrono::steady_clock;

constexpr unsigned most_seconds = 120;
constexpr int warm_up = 5;
constexpr const char* program = "/bin/true";

struct Plan {
    int spawns = 300;
    int mebibytes = 1024;
};

struct Times {
    std::vector<double> supervisor;
    std::vector<double> plain;
};

[[noreturn]] void give_up(const std::string& why)
{
    std::fprintf(stderr, "spawn_bench: %s\n", why.c_str());
    std::exit(2);
}

double milliseconds_since(Clock::time_point start)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

int number_of(std::string_view text, int most)
{
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > most) {
        give_up("a number from 1 to " + std::to_string(most) + " is wanted");
    }
    return number;
}

/// Makes the memory resident: as a page that was written, not as the shared page of zeros.
void touch(int mebibytes)
{
    const std::size_t bytes = static_cast<std::size_t>(mebibytes) << 20;
    void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) give_up("cannot map the memory");
    auto* const first = static_cast<volatile char*>(memory);
    for (std::size_t offset = 0; offset < bytes; offset += 4096) first[offset] = 1;
}

long resident_mebibytes()
{
    std::ifstream file("/proc/self/statm");
    long total = 0;
    long resident = 0;
    file >> total >> resident;
    return resident * ::sysconf(_SC_PAGESIZE) >> 20;
}

double fork_and_exec()
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) give_up("cannot make a pipe");
    char* const arguments[] = {const_cast<char*>(program), nullptr};
    char* const environment[] = {nullptr};
    const auto start = Clock::now();
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::execve(program, arguments, environment);
        ::_exit(127);
    }
    ::close(ends[1]);
    char byte = 0;
    const bool ended = pid > 0 && ::read(ends[0], &byte, 1) == 0;
    const double time = milliseconds_since(start);
    ::close(ends[0]);
    int status = 0;
    if (!ended || ::waitpid(pid, &status, 0) != pid || status != 0) give_up("fork and exec have failed");
    return time;
}

awaitable<double> spawn(process::Supervisor& supervisor)
{
    process::Command command;
    command.argv = {program};
    command.folder = "/";
    const auto start = Clock::now();
    auto child = co_await supervisor.spawn(std::move(command));
    const double time = milliseconds_since(start);
    if (!child) give_up(child.error().message);
    const auto exit = co_await (*child)->wait();
    if (!exit.ok()) give_up("the program has failed");
    co_return time;
}

awaitable<void> measure(process::Supervisor& supervisor, int spawns, Times& times)
{
    for (int i = 0; i < warm_up; ++i) {
        co_await spawn(supervisor);
        fork_and_exec();
    }
    for (int i = 0; i < spawns; ++i) {
        times.supervisor.push_back(co_await spawn(supervisor));
        times.plain.push_back(fork_and_exec());
    }
}

/// The smallest time that at least this share of all times does not exceed.
double percentile(std::vector<double> times, int percent)
{
    std::sort(times.begin(), times.end());
    const auto rank = (times.size() * static_cast<std::size_t>(percent) + 99) / 100;
    return times[rank - 1];
}

int run_server(Plan plan)
{
    ::alarm(most_seconds); // the kernel ends a run that hangs, and the guardian what is left of it
    asio::io_context io;
    asio::thread_pool files(1);
    Times times;
    {
        process::Supervisor supervisor(io.get_executor(), files, {});
        if (!supervisor.has_guardian()) give_up("there is no guardian");
        touch(plan.mebibytes);
        asio::co_spawn(io, measure(supervisor, plan.spawns, times), [&io](std::exception_ptr error) {
            if (error) give_up("the measurement has failed");
            io.stop();
        });
        io.run();
    }
    std::printf("%d spawns of %s, %ld MiB resident\n", plan.spawns, program, resident_mebibytes());
    for (const int percent : {50, 99}) {
        const double supervisor = percentile(times.supervisor, percent);
        const double plain = percentile(times.plain, percent);
        std::printf("p%d   supervisor %7.3f ms   fork and exec %7.3f ms   ratio %.3f\n", percent, supervisor, plain,
                    supervisor / plain);
    }
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    Plan plan;
    if (argc > 1) plan.spawns = number_of(argv[1], 1000);
    if (argc > 2) plan.mebibytes = number_of(argv[2], 4096);
    if (std::getenv(process::guardian_variable) == nullptr) {
        return process::run_guardian({}, std::vector<std::string>(argv, argv + argc));
    }
    return run_server(plan);
}
