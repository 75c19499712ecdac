// A program that misbehaves in one way, for the tests of core/process. The first argument says which.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

extern char** environ; // NOLINT

namespace {

[[noreturn]] void sleep_for_ever()
{
    while (true) ::pause();
}

void say(const std::string& line)
{
    std::fputs((line + "\n").c_str(), stdout);
    std::fflush(stdout);
}

// Leaves parents, session and terminal behind, as daemons do; tells its pid and stays.
void daemonise(bool stubborn, bool unmarked = false)
{
    int told[2] = {-1, -1};
    if (::pipe(told) != 0) return;
    if (::fork() != 0) {
        char byte = 0;
        if (::read(told[0], &byte, 1) != 1) say("no daemon");
        return;
    }
    ::setsid();
    if (::fork() != 0) ::_exit(0);
    if (stubborn) std::signal(SIGTERM, SIG_IGN);
    say("daemon " + std::to_string(::getpid()));
    if (::write(told[1], "x", 1) != 1) ::_exit(1);
    ::close(0);
    ::close(1);
    ::close(2);
    if (unmarked) { // as a program that starts with an environment of its own
        char* const argv[] = {const_cast<char*>("shim"), const_cast<char*>("stubborn"), nullptr};
        char* const env[] = {nullptr};
        ::execve("/proc/self/exe", argv, env);
    }
    sleep_for_ever();
}

} // namespace

int main(int argc, char** argv)
{
    const std::string mode = argc > 1 ? argv[1] : "";
    const std::string argument = argc > 2 ? argv[2] : "";
    if (mode == "sleep") {
        say("ready");
        sleep_for_ever();
    }
    if (mode == "stubborn") { // ignores TERM
        std::signal(SIGTERM, SIG_IGN);
        std::signal(SIGHUP, SIG_IGN);
        say("ready");
        sleep_for_ever();
    }
    if (mode == "polite") { // says goodbye on TERM
        sigset_t term;
        sigemptyset(&term);
        sigaddset(&term, SIGTERM);
        sigprocmask(SIG_BLOCK, &term, nullptr);
        say("ready");
        int number = 0;
        sigwait(&term, &number);
        say("goodbye");
        return 0;
    }
    if (mode == "exit") return std::atoi(argument.c_str());
    if (mode == "die") {
        ::raise(std::atoi(argument.c_str()));
        return 1;
    }
    if (mode == "env") {
        for (char** entry = environ; *entry != nullptr; ++entry) say(*entry);
        return 0;
    }
    if (mode == "state") { // what is inherited: descriptors, signals, session, limits
        int open = 0;
        for (int fd = 3; fd < 1024; ++fd) open += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
        struct sigaction pipe{};
        sigaction(SIGPIPE, nullptr, &pipe);
        sigset_t blocked;
        sigprocmask(SIG_SETMASK, nullptr, &blocked);
        int count = 0;
        for (int number = 1; number < 32; ++number) count += sigismember(&blocked, number);
        rlimit files{};
        ::getrlimit(RLIMIT_NOFILE, &files);
        say("open " + std::to_string(open));
        say("pipe " + std::string(pipe.sa_handler == SIG_DFL ? "default" : "other"));
        say("blocked " + std::to_string(count));
        say("leader " + std::string(::getsid(0) == ::getpid() ? "yes" : "no"));
        say("files " + std::to_string(files.rlim_cur));
        return 0;
    }
    if (mode == "cat") {
        char buffer[4096];
        ssize_t got = 0;
        while ((got = ::read(0, buffer, sizeof(buffer))) > 0) {
            if (::write(1, buffer, static_cast<std::size_t>(got)) != got) return 1;
        }
        return 0;
    }
    if (mode == "flood") { // MEBIBYTES to standard error, then "done" to standard output
        const std::string block(1024 * 1024, 'x');
        for (int i = 0; i < std::atoi(argument.c_str()); ++i) {
            std::size_t done = 0;
            while (done < block.size()) {
                const auto written = ::write(2, block.data() + done, block.size() - done);
                if (written <= 0) return 1;
                done += static_cast<std::size_t>(written);
            }
        }
        say("done");
        return 0;
    }
    if (mode == "count") { // lines with numbers up to N, then stays if told so
        for (int i = 1; i <= std::atoi(argument.c_str()); ++i) std::printf("line %d\n", i);
        std::fflush(stdout);
        if (argc > 3) sleep_for_ever();
        return 0;
    }
    if (mode == "count-on-line") { // N lines for each line of input
        char buffer[256];
        int number = 0;
        while (std::fgets(buffer, sizeof(buffer), stdin) != nullptr) {
            for (int i = 0; i < std::atoi(argument.c_str()); ++i) std::printf("line %d\n", ++number);
            std::fflush(stdout);
        }
        return 0;
    }
    if (mode == "count-slowly") { // a line every few milliseconds, N in all; then stays
        for (int i = 1; i <= std::atoi(argument.c_str()); ++i) {
            say("line " + std::to_string(i));
            ::usleep(2000);
        }
        sleep_for_ever();
    }
    if (mode == "daemonise" || mode == "daemonise-stubborn") { // and stays itself
        daemonise(mode == "daemonise-stubborn");
        say("ready");
        sleep_for_ever();
    }
    if (mode == "daemonise-unmarked") { // and stays itself
        daemonise(true, true);
        say("ready");
        sleep_for_ever();
    }
    if (mode == "daemonise-and-exit") {
        daemonise(false);
        return 0;
    }
    if (mode == "tree") { // a child and a grandchild in the same group
        if (::fork() == 0) {
            if (::fork() == 0) {
                say("grandchild " + std::to_string(::getpid()));
                sleep_for_ever();
            }
            sleep_for_ever();
        }
        sleep_for_ever();
    }
    if (mode == "eat") { // MEBIBYTES of memory in a child of its own
        if (::fork() == 0) {
            std::vector<char> memory(static_cast<std::size_t>(std::atoi(argument.c_str())) * 1024 * 1024, 'x');
            say("eaten " + std::to_string(memory.back()));
            sleep_for_ever();
        }
        sleep_for_ever();
    }
    if (mode == "burn") {
        volatile unsigned long number = 0;
        while (true) number = number + 1;
    }
    if (mode == "terminal") { // tells the size at each line of input
        say(::isatty(0) != 0 && ::isatty(1) != 0 && ::isatty(2) != 0 ? "terminal" : "no terminal");
        char buffer[256];
        while (std::fgets(buffer, sizeof(buffer), stdin) != nullptr) {
            winsize size{};
            ::ioctl(0, TIOCGWINSZ, &size);
            say("size " + std::to_string(size.ws_row) + "x" + std::to_string(size.ws_col));
        }
        return 0;
    }
    if (mode == "write") { // creates the file; says whether it could
        std::FILE* file = std::fopen(argument.c_str(), "w");
        say(file != nullptr ? "written" : "refused");
        return 0;
    }
    std::fprintf(stderr, "no such mode: %s\n", mode.c_str());
    return 2;
}
