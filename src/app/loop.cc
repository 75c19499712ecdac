#include "app/loop.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <ctime>

namespace pix::app {

#ifdef NDEBUG

void run_loop(asio::io_context& io)
{
    io.run();
}

#else

namespace {

using std::chrono::nanoseconds;
constexpr std::chrono::milliseconds longest_hold{20};

nanoseconds processor_time()
{
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

void complain(nanoseconds held)
{
    if (held <= longest_hold) return;
    spdlog::warn("a handler held the loop for {} ms",
                 std::chrono::duration_cast<std::chrono::milliseconds>(held).count());
}

} // namespace

void run_loop(asio::io_context& io)
{
    while (!io.stopped()) {
        auto const began = std::chrono::steady_clock::now();
        if (io.poll_one() > 0) {
            complain(std::chrono::steady_clock::now() - began);
            continue;
        }
        // Nothing is ready: waiting for the next handler and running it are one call, so only its processor time is
        // known.
        auto const spent = processor_time();
        if (io.run_one() == 0) return;
        complain(processor_time() - spent);
    }
}

#endif

} // namespace pix::app
