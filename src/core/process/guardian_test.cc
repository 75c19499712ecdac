#include "core/process/guardian.h"

#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

#include "core/base/testing/temporary_folder.h"
#include "core/process/launch.h"
#include "core/process/process_tree.h"
#include "core/process/testing/loop.h"

extern char** environ; // NOLINT

namespace pix::process {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

bool is_alive(pid_t pid)
{
    const auto info = process_info(pid);
    return info && info->state != 'Z';
}

/// Waits for the end of a process that need not be ours; false if it does not come in time.
bool ends_within(pid_t pid, std::chrono::milliseconds time)
{
    const auto deadline = Clock::now() + time;
    while (is_alive(pid)) {
        if (Clock::now() > deadline) return false;
        ::poll(nullptr, 0, 5);
    }
    return true;
}

/// A guardian with its server (testing/server.h), both of them this very program.
class Pair {
public:
    explicit Pair(const std::filesystem::path& home, std::chrono::milliseconds lease = 60s)
    {
        int input[2] = {-1, -1};
        int output[2] = {-1, -1};
        if (::pipe2(input, O_CLOEXEC) != 0 || ::pipe2(output, O_CLOEXEC) != 0) throw std::runtime_error("no pipes");
        const Fd their_input(input[0]);
        const Fd their_output(output[1]);
        input_ = Fd(input[1]);
        output_ = Fd(output[0]);
        LaunchPlan plan;
        plan.argv = {"/proc/self/exe", "--guardian", home.string(), std::to_string(lease.count())};
        for (char** entry = environ; *entry != nullptr; ++entry) plan.env.emplace_back(*entry);
        plan.folder = "/";
        plan.input = their_input.get();
        plan.output = their_output.get();
        plan.error = 2;
        auto launched = launch(plan);
        if (!launched) throw std::runtime_error(launched.error().message);
        guardian = launched->pid;
        std::istringstream ready(line());
        std::string word;
        ready >> word >> server;
        EXPECT_EQ(word, "ready");
    }
    ~Pair()
    {
        if (!ended_) {
            ::kill(guardian, SIGTERM);
            wait();
        }
    }

    /// The next line of the server's output; empty at its end.
    std::string line()
    {
        while (true) {
            if (const auto end = buffer_.find('\n'); end != std::string::npos) {
                std::string result = buffer_.substr(0, end);
                buffer_.erase(0, end + 1);
                return result;
            }
            pollfd readable{output_.get(), POLLIN, 0};
            if (::poll(&readable, 1, 60'000) <= 0) return "nothing came";
            char bytes[4096];
            const auto got = ::read(output_.get(), bytes, sizeof(bytes));
            if (got <= 0) return "";
            buffer_.append(bytes, static_cast<std::size_t>(got));
        }
    }
    std::string ask(const std::string& question)
    {
        const std::string text = question + "\n";
        if (::write(input_.get(), text.data(), text.size()) < 0) return "";
        return line();
    }
    struct Started {
        std::string id;
        pid_t pid = 0;
    };
    Started spawn(const std::string& how)
    {
        const std::string answer = ask("spawn " + how);
        std::istringstream words(answer);
        Started started;
        std::string word;
        words >> word >> started.id >> started.pid;
        EXPECT_EQ(word, "child") << answer;
        return started;
    }
    /// The number behind `word` in a child's output.
    pid_t number_in(const Started& child, const std::string& word)
    {
        const std::string answer = ask("see " + child.id + " " + word);
        const auto at = answer.find(word);
        return at == std::string::npos ? 0 : std::stoi(answer.substr(at + word.size()));
    }
    void kill_server() { ::kill(server, SIGKILL); }
    /// The guardian's status, as a shell would have it.
    int wait()
    {
        int status = 0;
        ::waitpid(guardian, &status, 0);
        ended_ = true;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    }

    pid_t guardian = 0;
    pid_t server = 0;

private:
    Fd input_;
    Fd output_;
    std::string buffer_;
    bool ended_ = false;
};

TEST(Guardian, starts_programs_and_tells_how_they_ended)
{
    pix::testing::TemporaryFolder home;
    Pair pair(home.path());
    const auto child = pair.spawn("kill - exit 5");
    EXPECT_EQ(pair.ask("wait " + child.id), "exited with status 5");
    const auto sleeper = pair.spawn("kill - polite");
    EXPECT_EQ(pair.ask("see " + sleeper.id + " ready"), "seen ready");
    EXPECT_EQ(process_info(sleeper.pid)->parent, pair.guardian);
    EXPECT_EQ(pair.ask("stop " + sleeper.id), "ended");
    EXPECT_FALSE(is_alive(sleeper.pid));
}

TEST(Guardian, tells_why_a_program_could_not_be_started)
{
    pix::testing::TemporaryFolder home;
    Pair pair(home.path());
    EXPECT_EQ(pair.ask("missing"), "not_found cannot run /no/such/program: there is no such file");
}

TEST(Guardian, passes_input_through)
{
    pix::testing::TemporaryFolder home;
    Pair pair(home.path());
    const auto child = pair.spawn("kill - cat");
    EXPECT_EQ(pair.ask("write " + child.id + " hello"), "written");
    EXPECT_EQ(pair.ask("see " + child.id + " hello"), "seen hello");
}

TEST(Guardian, ends_with_the_status_of_its_server)
{
    pix::testing::TemporaryFolder home;
    Pair pair(home.path());
    pair.ask("quit");
    EXPECT_EQ(pair.wait(), 0);
    EXPECT_TRUE(std::filesystem::is_empty(home.path())) << "the socket is still there";
}

TEST(Guardian, forwards_the_request_to_stop_once)
{
    pix::testing::TemporaryFolder home;
    Pair pair(home.path());
    const auto child = pair.spawn("kill - sleep");
    const auto kept = pair.spawn("keep - sleep");
    ::kill(pair.guardian, SIGINT);
    EXPECT_EQ(pair.line(), "signal 2");
    EXPECT_EQ(pair.wait(), 0);
    EXPECT_FALSE(is_alive(child.pid));
    EXPECT_FALSE(is_alive(kept.pid)) << "a server that was asked to stop keeps nothing";
}

TEST(Guardian, kills_a_server_that_does_not_heed_the_first_request)
{
    pix::testing::TemporaryFolder home;
    Pair pair(home.path());
    const auto child = pair.spawn("kill - stubborn");
    EXPECT_EQ(pair.ask("see " + child.id + " ready"), "seen ready");
    ::kill(pair.server, SIGSTOP);
    ::kill(pair.guardian, SIGTERM);
    ::poll(nullptr, 0, 20); // two signals of one kind that are pending at once are one
    ::kill(pair.guardian, SIGTERM);
    EXPECT_EQ(pair.wait(), 128 + SIGKILL);
    EXPECT_FALSE(is_alive(child.pid));
}

TEST(Guardian, leaves_no_child_of_a_killed_server)
{
    pix::testing::TemporaryFolder home;
    Pair pair(home.path());
    const auto sleeper = pair.spawn("kill - sleep");
    const auto stubborn = pair.spawn("kill - stubborn");
    EXPECT_EQ(pair.ask("see " + stubborn.id + " ready"), "seen ready");
    const auto parent = pair.spawn("kill - daemonise-stubborn");
    const pid_t daemon = pair.number_in(parent, "daemon ");
    const auto tree = pair.spawn("kill - tree");
    const pid_t grandchild = pair.number_in(tree, "grandchild ");
    const auto flood = pair.spawn("kill - flood 1000000");
    for (const pid_t pid : {sleeper.pid, stubborn.pid, parent.pid, daemon, grandchild, flood.pid}) {
        EXPECT_TRUE(is_alive(pid)) << pid;
    }

    const auto start = Clock::now();
    pair.kill_server();
    for (const pid_t pid : {sleeper.pid, stubborn.pid, parent.pid, daemon, grandchild, flood.pid}) {
        EXPECT_TRUE(ends_within(pid, 5s - std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start)));
    }
    EXPECT_EQ(pair.wait(), 128 + SIGKILL);
}

TEST(Guardian, hands_what_is_kept_to_the_next_server)
{
    pix::testing::TemporaryFolder home;
    const std::string spool = (home.path() / "output").string();
    Pair first(home.path());
    // Far more than a pipe holds, so that it could not go on if nobody read.
    const auto child = first.spawn("keep " + spool + " count-on-line 30000");
    const auto killed = first.spawn("kill - sleep");
    EXPECT_EQ(first.ask("write " + child.id + " go"), "written");
    EXPECT_EQ(first.ask("see " + child.id + " line 100"), "seen line 100");
    first.kill_server();
    EXPECT_TRUE(ends_within(killed.pid, 5s));
    EXPECT_TRUE(is_alive(child.pid));

    Pair second(home.path());
    EXPECT_EQ(second.ask("kept"), "kept 1 " + child.id);
    EXPECT_EQ(second.ask("reattach " + child.id), "attached " + std::to_string(child.pid));
    EXPECT_EQ(second.ask("kept"), "kept 0");
    EXPECT_EQ(second.ask("write " + child.id + " go"), "written");
    EXPECT_EQ(second.ask("see " + child.id + " line 60000"), "seen line 60000");
    EXPECT_EQ(second.ask("stop " + child.id), "was killed by SIGTERM");
    EXPECT_EQ(second.ask("all " + child.id), "complete 60000");
    EXPECT_EQ(second.ask("drop " + child.id), "dropped");
    EXPECT_EQ(first.wait(), 128 + SIGKILL) << "the first guardian ends with its last child";
}

TEST(Guardian, hands_over_again_when_the_second_server_dies_too)
{
    pix::testing::TemporaryFolder home;
    const std::string spool = (home.path() / "output").string();
    Pair first(home.path());
    const auto child = first.spawn("keep " + spool + " count-slowly 500");
    EXPECT_EQ(first.ask("see " + child.id + " line 10"), "seen line 10");
    first.kill_server();
    {
        Pair second(home.path());
        EXPECT_EQ(second.ask("reattach " + child.id), "attached " + std::to_string(child.pid));
        EXPECT_EQ(second.ask("see " + child.id + " line 50"), "seen line 50");
        second.kill_server();
        second.wait();
    }
    Pair third(home.path());
    EXPECT_EQ(third.ask("reattach " + child.id), "attached " + std::to_string(child.pid));
    EXPECT_EQ(third.ask("see " + child.id + " line 500"), "seen line 500");
    EXPECT_EQ(third.ask("stop " + child.id), "was killed by SIGTERM");
    EXPECT_EQ(third.ask("all " + child.id), "complete 500");
}

TEST(Guardian, tells_the_next_server_of_what_ended_meanwhile)
{
    pix::testing::TemporaryFolder home;
    const std::string spool = (home.path() / "output").string();
    Pair first(home.path());
    const auto child = first.spawn("keep " + spool + " sleep");
    EXPECT_EQ(first.ask("see " + child.id + " ready"), "seen ready");
    first.kill_server();
    EXPECT_TRUE(ends_within(first.server, 5s));
    ::kill(child.pid, SIGUSR2);
    EXPECT_TRUE(ends_within(child.pid, 5s));
    Pair second(home.path());
    EXPECT_EQ(second.ask("kept"), "kept 1 " + child.id);
    EXPECT_EQ(second.ask("reattach " + child.id), "attached " + std::to_string(child.pid));
    EXPECT_EQ(second.ask("wait " + child.id), "was killed by SIGUSR2");
    EXPECT_EQ(second.ask("see " + child.id + " ready"), "seen ready");
}

TEST(Guardian, kills_what_is_kept_when_the_lease_ends)
{
    pix::testing::TemporaryFolder home;
    Pair pair(home.path(), 100ms);
    const auto child = pair.spawn("keep - daemonise");
    const pid_t daemon = pair.number_in(child, "daemon ");
    pair.kill_server();
    EXPECT_EQ(pair.wait(), 128 + SIGKILL);
    EXPECT_FALSE(is_alive(child.pid));
    EXPECT_FALSE(is_alive(daemon));
}

TEST(Guardian, takes_children_and_server_along_when_it_is_killed)
{
    pix::testing::TemporaryFolder home;
    Pair pair(home.path());
    const auto child = pair.spawn("kill - stubborn");
    EXPECT_EQ(pair.ask("see " + child.id + " ready"), "seen ready");
    const auto parent = pair.spawn("kill - daemonise-stubborn");
    const pid_t daemon = pair.number_in(parent, "daemon ");
    ::kill(pair.guardian, SIGKILL);
    pair.wait();
    EXPECT_TRUE(ends_within(child.pid, 5s));
    EXPECT_TRUE(ends_within(parent.pid, 5s));
    EXPECT_TRUE(ends_within(pair.server, 5s));

    // Nobody's child now: found by its mark, and only by the right home.
    EXPECT_TRUE(is_alive(daemon));
    pix::testing::TemporaryFolder other;
    EXPECT_EQ(reap_leftovers(other.path()), 0U);
    EXPECT_TRUE(is_alive(daemon));
    EXPECT_EQ(reap_leftovers(home.path()), 1U);
    EXPECT_FALSE(is_alive(daemon));
}

TEST(Guardian, spares_children_whose_guardian_lives_when_it_looks_for_leftovers)
{
    pix::testing::TemporaryFolder home;
    Pair pair(home.path());
    const auto child = pair.spawn("keep - sleep");
    EXPECT_EQ(reap_leftovers(home.path()), 0U);
    EXPECT_TRUE(is_alive(child.pid));
}

TEST(Guardian, keeps_no_descriptor_of_a_child_that_has_ended)
{
    pix::testing::TemporaryFolder home;
    Pair pair(home.path());
    const auto count = [](pid_t pid) {
        int open = 0;
        for ([[maybe_unused]] const auto& entry :
             std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
            ++open;
        return open;
    };
    const auto once = pair.spawn("kill - exit 0");
    pair.ask("stop " + once.id);
    const int with_one = count(pair.guardian);
    pair.ask("drop " + once.id);
    while (count(pair.guardian) == with_one) ::poll(nullptr, 0, 5);
    const int guardian_before = count(pair.guardian);
    const std::string server_before = pair.ask("descriptors");
    for (int i = 0; i < 20; ++i) {
        const auto child = pair.spawn("kill - exit 0");
        EXPECT_EQ(pair.ask("wait " + child.id), "ended");
        EXPECT_EQ(pair.ask("stop " + child.id), "ended");
        EXPECT_EQ(pair.ask("drop " + child.id), "dropped");
    }
    EXPECT_EQ(pair.ask("descriptors"), server_before);
    // The guardian hears of the last release after we do.
    const auto deadline = Clock::now() + 30s;
    while (count(pair.guardian) != guardian_before && Clock::now() < deadline) ::poll(nullptr, 0, 5);
    EXPECT_EQ(count(pair.guardian), guardian_before);
}

} // namespace
} // namespace pix::process
