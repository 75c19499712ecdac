#include "core/process/supervisor.h"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "core/base/testing/temporary_folder.h"
#include "core/process/control_group.h"
#include "core/process/process_tree.h"
#include "core/process/testing/loop.h"

namespace pix::process {
namespace {

using testing::Loop;
using testing::shim;
using namespace std::chrono_literals;

bool is_alive(pid_t pid)
{
    const auto info = process_info(pid);
    return info && info->state != 'Z';
}

pid_t number_after(const std::string& text, const std::string& word)
{
    const auto at = text.find(word);
    return at == std::string::npos ? 0 : std::stoi(text.substr(at + word.size()));
}

std::size_t open_descriptors()
{
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
}

TEST(Supervisor, tells_the_status_of_a_program_that_ends)
{
    Loop loop;
    const auto finished = loop.finish(shim({"exit", "3"}));
    ASSERT_TRUE(finished);
    EXPECT_EQ(finished->exit, (Exit{Exit::exited, 3}));
    EXPECT_EQ(finished->exit.describe(), "exited with status 3");
}

TEST(Supervisor, tells_the_signal_that_ended_a_program)
{
    Loop loop;
    const auto finished = loop.finish(shim({"die", "11"}));
    ASSERT_TRUE(finished);
    EXPECT_EQ(finished->exit, (Exit{Exit::signalled, 11}));
    EXPECT_EQ(finished->exit.describe(), "was killed by SIGSEGV");
}

TEST(Supervisor, names_a_program_that_does_not_exist)
{
    Loop loop;
    auto command = shim({});
    command.argv = {"/no/such/program"};
    auto missing = loop.finish(command);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, core::Errc::not_found);
    EXPECT_NE(missing.error().message.find("/no/such/program"), std::string::npos);

    command.argv = {"no-such-program"};
    missing = loop.finish(command);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, core::Errc::not_found);
    EXPECT_NE(missing.error().message.find("no-such-program"), std::string::npos);
}

TEST(Supervisor, names_a_folder_that_does_not_exist)
{
    Loop loop;
    auto command = shim({"sleep"});
    command.folder = "/no/such/folder";
    const auto missing = loop.finish(command);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, core::Errc::not_found);
    EXPECT_NE(missing.error().message.find("/no/such/folder"), std::string::npos);
}

TEST(Supervisor, refuses_commands_that_cannot_mean_anything)
{
    Loop loop;
    auto command = shim({});
    command.argv.clear();
    EXPECT_EQ(loop.finish(command).error().code, core::Errc::invalid);
    command = shim({std::string("a\0b", 3)});
    EXPECT_EQ(loop.finish(command).error().code, core::Errc::invalid);
    command = shim({"sleep"});
    command.folder = "relative";
    EXPECT_EQ(loop.finish(command).error().code, core::Errc::invalid);
    command = shim({"sleep"});
    pix::testing::TemporaryFolder folder;
    command.argv[0] = folder.path() / "text";
    std::ofstream(command.argv[0]) << "text";
    EXPECT_EQ(loop.finish(command).error().code, core::Errc::forbidden);
}

TEST(Supervisor, looks_a_bare_name_up_in_the_path_of_the_command)
{
    Loop loop;
    auto command = shim({"exit", "0"});
    const std::filesystem::path program = command.argv[0];
    command.argv[0] = program.filename();
    command.env = {"PATH=/nowhere:" + program.parent_path().string()};
    const auto finished = loop.finish(command);
    ASSERT_TRUE(finished) << finished.error().message;
    EXPECT_TRUE(finished->exit.ok());
}

TEST(Supervisor, gives_the_environment_of_the_command_and_two_marks)
{
    Loop loop;
    auto command = shim({"env"});
    command.env = {"ONE=1", "PIX_JOB=forged", "PIX_CHILD=forged", "TWO=a=b"};
    command.job = "job_7";
    const auto finished = loop.finish(command);
    ASSERT_TRUE(finished);
    std::istringstream lines(finished->output);
    std::vector<std::string> names;
    for (std::string line; std::getline(lines, line);) {
        names.push_back(line.starts_with("PIX_CHILD=") ? "PIX_CHILD" : line);
        EXPECT_EQ(line.find("forged"), std::string::npos);
    }
    EXPECT_EQ(names, (std::vector<std::string>{"PIX_CHILD", "PIX_JOB=job_7", "ONE=1", "TWO=a=b"}));
}

TEST(Supervisor, gives_no_descriptors_signals_or_session_of_its_own)
{
    Loop loop;
    auto command = shim({"state"});
    command.limits.open_files = 77;
    const auto finished = loop.finish(command);
    ASSERT_TRUE(finished);
    EXPECT_EQ(finished->output, "open 0\npipe default\nblocked 0\nleader yes\nfiles 77\n");
}

TEST(Supervisor, keeps_the_two_outputs_apart_or_together)
{
    Loop loop;
    auto command = shim({"no-such-mode"});
    auto finished = loop.finish(command);
    ASSERT_TRUE(finished);
    EXPECT_EQ(finished->output, "");
    EXPECT_EQ(finished->error_output, "no such mode: no-such-mode\n");
    command.merge_stderr = true;
    finished = loop.finish(command);
    ASSERT_TRUE(finished);
    EXPECT_EQ(finished->output, "no such mode: no-such-mode\n");
    EXPECT_EQ(finished->error_output, "");
}

TEST(Supervisor, gives_a_text_as_standard_input)
{
    Loop loop;
    auto command = shim({"cat"});
    command.input = std::string(300'000, 'a') + "end";
    command.log_bytes = 1'000'000;
    const auto finished = loop.finish(command);
    ASSERT_TRUE(finished);
    EXPECT_EQ(finished->output, *command.input);
    EXPECT_FALSE(finished->cut);
}

TEST(Supervisor, ends_a_command_at_its_deadline)
{
    Loop loop;
    const auto finished = loop.run(loop.supervisor->run(shim({"sleep"}), 50ms));
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().code, core::Errc::timeout);
}

TEST(Supervisor, refuses_more_children_than_it_may_have)
{
    Loop loop({.max_children = 1});
    const auto first = loop.spawn(shim({"sleep"}));
    const auto second = loop.run(loop.supervisor->spawn(shim({"sleep"})));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, core::Errc::limit);
}

TEST(Supervisor, starts_many_programs_at_once_and_leaves_nothing)
{
    const auto before = open_descriptors();
    {
        Loop loop;
        const auto with_loop = open_descriptors();
        struct Tally {
            int done = 0;
            int good = 0;
        };
        const auto tally = std::make_shared<Tally>();
        auto one = [](Supervisor& supervisor, std::shared_ptr<Tally> counts) -> awaitable<void> {
            auto command = shim({"count", "3"});
            auto finished = co_await supervisor.run(std::move(command), 60s);
            ++counts->done;
            if (finished && finished->output == "line 1\nline 2\nline 3\n") ++counts->good;
        };
        for (int i = 0; i < 200; ++i) asio::co_spawn(loop.io, one(*loop.supervisor, tally), asio::detached);
        while (tally->done < 200) loop.io.run_one();
        EXPECT_EQ(tally->good, 200);
        loop.run(loop.supervisor->stop_all(0ms));
        EXPECT_EQ(loop.supervisor->running(), 0U);
        loop.io.poll();
        EXPECT_EQ(open_descriptors(), with_loop);
    }
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child or a zombie is left";
}

TEST(Supervisor, kills_a_tree_that_uses_too_much_memory)
{
    Loop loop({.sample_every = 20ms});
    auto command = shim({"eat", "200"});
    command.limits.memory_bytes = 50 * 1024 * 1024;
    const auto child = loop.spawn(command);
    const Exit exit = loop.run(child->wait());
    EXPECT_TRUE(exit.by_limit);
    EXPECT_EQ(exit.reason, "ResourceLimitExceeded: memory");
    loop.run(child->stop(0ms));
    EXPECT_FALSE(is_alive(child->pid()));
}

TEST(Supervisor, names_the_limit_of_processor_time)
{
    Loop loop;
    auto command = shim({"burn"});
    command.limits.cpu = 1s;
    const auto finished = loop.finish(command);
    ASSERT_TRUE(finished);
    EXPECT_TRUE(finished->exit.by_limit);
    EXPECT_EQ(finished->exit.reason, "ResourceLimitExceeded: cpu");
}

TEST(Supervisor, lets_a_sandboxed_program_write_only_where_it_may)
{
    Loop loop;
    pix::testing::TemporaryFolder folder;
    const auto open = folder.path() / "open";
    const auto shut = folder.path() / "shut";
    std::filesystem::create_directories(open);
    std::filesystem::create_directories(shut);
    const auto try_to_write = [&](const std::filesystem::path& file) -> std::string {
        auto command = shim({"write", file.string()});
        command.sandbox = Sandbox{.writable = {open}, .network = false, .private_tmp = false};
        const auto finished = loop.finish(command);
        if (finished) return finished->output + finished->error_output;
        return finished.error().message;
    };
    const std::string answer = try_to_write(open / "file");
    if (answer.find("sandbox") != std::string::npos) GTEST_SKIP() << answer;
    EXPECT_EQ(answer, "written\n");
    EXPECT_TRUE(std::filesystem::exists(open / "file"));
    EXPECT_EQ(try_to_write(shut / "file"), "refused\n");
    EXPECT_FALSE(std::filesystem::exists(shut / "file"));
    loop.run(loop.supervisor->stop_all(30s));
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a zombie is left";
}

TEST(Child, is_killed_when_it_ignores_the_request_to_stop)
{
    Loop loop;
    const auto child = loop.spawn(shim({"stubborn"}));
    ASSERT_NE(loop.output_with(child, "ready"), "");
    EXPECT_EQ(loop.run(child->stop(50ms)), (Exit{Exit::signalled, SIGKILL}));
    EXPECT_FALSE(is_alive(child->pid()));
}

TEST(Child, may_say_goodbye_when_it_is_stopped)
{
    Loop loop;
    const auto child = loop.spawn(shim({"polite"}));
    ASSERT_NE(loop.output_with(child, "ready"), "");
    EXPECT_EQ(loop.run(child->stop(30s)), (Exit{Exit::exited, 0}));
    EXPECT_EQ(child->output().text(), "ready\ngoodbye\n");
}

TEST(Child, takes_its_grandchildren_along)
{
    Loop loop;
    const auto child = loop.spawn(shim({"tree"}));
    const pid_t grandchild = number_after(loop.output_with(child, "grandchild"), "grandchild ");
    ASSERT_TRUE(is_alive(grandchild));
    loop.run(child->stop(5s));
    EXPECT_FALSE(is_alive(grandchild));
}

TEST(Child, takes_daemons_along_that_left_its_session)
{
    Loop loop;
    const auto child = loop.spawn(shim({"daemonise-stubborn"}));
    const pid_t daemon = number_after(loop.output_with(child, "daemon"), "daemon ");
    ASSERT_TRUE(is_alive(daemon));
    loop.run(child->stop(100ms));
    EXPECT_FALSE(is_alive(daemon));
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a zombie is left";
}

TEST(Child, takes_daemons_along_that_cleared_their_environment)
{
    if (!ControlGroup::make("pix-test-" + std::to_string(::getpid()), {}))
        GTEST_SKIP() << "control groups are not permitted here";
    Loop loop;
    auto command = shim({"daemonise-unmarked"});
    command.limits.processes = 100'000;
    const auto child = loop.spawn(command);
    const pid_t daemon = number_after(loop.output_with(child, "ready"), "daemon ");
    ASSERT_TRUE(is_alive(daemon));
    loop.run(child->stop(100ms));
    EXPECT_FALSE(is_alive(daemon));
}

TEST(Child, leaves_no_daemon_behind_when_it_ends_by_itself)
{
    Loop loop;
    const auto child = loop.spawn(shim({"daemonise-and-exit"}));
    const pid_t daemon = number_after(loop.output_with(child, "daemon"), "daemon ");
    ASSERT_GT(daemon, 0);
    EXPECT_TRUE(loop.run(child->wait()).ok());
    loop.run(child->stop(5s));
    EXPECT_FALSE(is_alive(daemon));
}

TEST(Child, is_stopped_when_nobody_holds_it)
{
    Loop loop;
    auto child = loop.spawn(shim({"sleep"}));
    const pid_t pid = child->pid();
    child.reset();
    loop.run(loop.supervisor->stop_all(30s));
    EXPECT_FALSE(is_alive(pid));
}

TEST(Child, costs_bounded_memory_when_it_floods)
{
    Loop loop;
    auto command = shim({"flood", "64"});
    command.log_bytes = 10'000;
    const auto child = loop.spawn(command);
    EXPECT_TRUE(loop.run(child->wait()).ok());
    EXPECT_EQ(child->output().text(), "done\n");
    EXPECT_EQ(child->error_output().end(), 64U * 1024 * 1024);
    EXPECT_LE(child->error_output().text().size(), 20'000U);
    EXPECT_GE(child->error_output().text().size(), 10'000U);
}

TEST(Child, loses_no_output_where_none_may_be_lost)
{
    Loop loop;
    auto command = shim({"count", "100000"});
    command.lossless = true;
    command.log_bytes = 4096;
    const auto child = loop.spawn(command);
    std::string all;
    while (true) {
        const auto piece = loop.run(child->read_output(30s));
        ASSERT_TRUE(piece);
        if (piece->empty()) break;
        all += *piece;
    }
    std::string expected;
    for (int i = 1; i <= 100'000; ++i) expected += "line " + std::to_string(i) + "\n";
    EXPECT_TRUE(all == expected) << all.size() << " of " << expected.size();
}

TEST(Child, reads_what_is_written_to_it)
{
    Loop loop;
    auto command = shim({"cat"});
    command.open_stdin = true;
    const auto child = loop.spawn(command);
    ASSERT_TRUE(loop.run(child->write_input("hello\n")));
    EXPECT_NE(loop.output_with(child, "hello\n"), "");
    child->close_input();
    EXPECT_TRUE(loop.run(child->wait()).ok());
    const auto late = loop.run(child->write_input("more"));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, core::Errc::gone);
}

TEST(Child, makes_its_writer_wait_no_longer_than_allowed)
{
    Loop loop;
    auto command = shim({"sleep"});
    command.open_stdin = true;
    const auto child = loop.spawn(command);
    const auto written = loop.run(child->write_input(std::string(10'000'000, 'x'), 50ms));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, core::Errc::timeout);
}

TEST(Child, has_a_terminal_that_can_be_resized)
{
    Loop loop;
    auto command = shim({"terminal"});
    command.pty = PtySize{30, 100};
    const auto child = loop.spawn(command);
    ASSERT_NE(loop.output_with(child, "terminal\r\n"), "");
    ASSERT_TRUE(loop.run(child->write_input("x\n")));
    EXPECT_NE(loop.output_with(child, "size 30x100"), "");
    ASSERT_TRUE(child->resize({40, 120}));
    ASSERT_TRUE(loop.run(child->write_input("x\n")));
    EXPECT_NE(loop.output_with(child, "size 40x120"), "");
    ASSERT_TRUE(loop.run(child->write_input("\x04")));
    EXPECT_TRUE(loop.run(child->wait()).ok());
}

TEST(Child, hears_an_interrupt_while_its_output_is_held)
{
    Loop loop;
    auto command = shim({"flood", "100000"});
    command.pty = PtySize{};
    const auto child = loop.spawn(command);
    ASSERT_NE(loop.output_with(child, "xxx"), "");
    child->hold_output(true);
    ASSERT_TRUE(loop.run(child->write_input("\x03")));
    EXPECT_EQ(loop.run(child->wait()), (Exit{Exit::signalled, SIGINT}));
}

TEST(Child, takes_signals_until_it_has_ended)
{
    Loop loop;
    const auto child = loop.spawn(shim({"sleep"}));
    ASSERT_TRUE(child->signal(SIGUSR1));
    EXPECT_EQ(loop.run(child->wait()), (Exit{Exit::signalled, SIGUSR1}));
    EXPECT_EQ(child->signal(SIGUSR1).error().code, core::Errc::gone);
    EXPECT_EQ(child->resize({}).error().code, core::Errc::conflict);
}

TEST(OutputLog, is_read_from_any_offset_while_the_spool_has_it)
{
    Loop loop;
    pix::testing::TemporaryFolder folder;
    auto command = shim({"count", "20000"});
    command.log_bytes = 2000;
    command.spool = folder.path() / "output";
    const auto child = loop.spawn(command);
    EXPECT_TRUE(loop.run(child->wait()).ok());
    std::string expected;
    for (int i = 1; i <= 20'000; ++i) expected += "line " + std::to_string(i) + "\n";
    std::string all;
    std::uint64_t offset = 0;
    while (true) {
        const auto piece = loop.run(child->output().next(offset, 30s));
        ASSERT_TRUE(piece);
        if (piece->data.empty()) break;
        EXPECT_EQ(piece->dropped, 0U);
        all += piece->data;
        offset = piece->next();
    }
    EXPECT_TRUE(all == expected) << all.size() << " of " << expected.size();
}

TEST(OutputLog, says_how_much_it_no_longer_has)
{
    Loop loop;
    auto command = shim({"count", "20000"});
    command.log_bytes = 2000;
    const auto child = loop.spawn(command);
    EXPECT_TRUE(loop.run(child->wait()).ok());
    const auto piece = loop.run(child->output().next(0, 30s));
    ASSERT_TRUE(piece);
    EXPECT_GT(piece->dropped, 0U);
    EXPECT_EQ(piece->dropped, piece->offset);
    EXPECT_EQ(piece->next(), child->output().end());
    EXPECT_TRUE(piece->end);
}

TEST(OutputLog, times_out_when_nothing_comes)
{
    Loop loop;
    const auto child = loop.spawn(shim({"sleep"}));
    ASSERT_NE(loop.output_with(child, "ready\n"), "");
    const auto piece = loop.run(child->output().next(child->output().end(), 20ms));
    ASSERT_FALSE(piece);
    EXPECT_EQ(piece.error().code, core::Errc::timeout);
}

} // namespace
} // namespace pix::process
