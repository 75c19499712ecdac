#include "core/jobs/process_mark.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pix::jobs {
namespace {

TEST(ProcessMark, knows_itself_to_be_alive)
{
    auto const me = ProcessMark::of_this_process("here");
    EXPECT_GT(me.start_ticks, 0);
    EXPECT_FALSE(me.boot.empty());
    EXPECT_FALSE(me.pid_space.empty());
    EXPECT_EQ(me.is_alive(me), std::optional(true));
}

TEST(ProcessMark, knows_a_number_that_was_given_to_another_process)
{
    auto const me = ProcessMark::of_this_process("here");
    auto other = me;
    other.start_ticks -= 1;
    EXPECT_EQ(other.is_alive(me), std::optional(false));
}

TEST(ProcessMark, knows_that_a_restart_of_the_machine_ended_all)
{
    auto const me = ProcessMark::of_this_process("here");
    auto other = me;
    other.boot = "earlier";
    EXPECT_EQ(other.is_alive(me), std::optional(false));
}

TEST(ProcessMark, cannot_judge_another_host_or_namespace)
{
    auto const me = ProcessMark::of_this_process("here");
    auto other = me;
    other.pid = 1'000'000'000;
    EXPECT_EQ(other.is_alive(me), std::optional(false));
    other.pid_space = "pid:[1]";
    EXPECT_EQ(other.is_alive(me), std::nullopt);
    other = me;
    other.host = "elsewhere";
    EXPECT_EQ(other.is_alive(me), std::nullopt);
}

TEST(ProcessMark, counts_a_process_that_has_ended_as_dead)
{
    auto const me = ProcessMark::of_this_process("here");
    pid_t const child = ::fork();
    if (child == 0) ::_exit(0);
    siginfo_t info{};
    // Left as a zombie on purpose.
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
    auto dead = me;
    dead.pid = child;
    EXPECT_EQ(dead.is_alive(me), std::optional(false));
    ::waitpid(child, nullptr, 0);
    EXPECT_EQ(dead.is_alive(me), std::optional(false));
}

} // namespace
} // namespace pix::jobs
