// How long a repository's status takes: git alone, Pix asking git, Pix remembering.
// git_bench [FILES [ROUNDS]]: makes a repository of so many files in a temporary folder.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/base/testing/temporary_folder.h"
#include "core/process/testing/loop.h"
#include "workbench/git/git.h"

namespace {

using namespace pix;
using Clock = std::chrono::steady_clock;

class OneFolder final : public workbench::ProjectFolders {
public:
    explicit OneFolder(std::string folder) : folder_(std::move(folder)) {}
    awaitable<core::Result<std::string>> folder_of(std::string) override { co_return folder_; }

private:
    std::string folder_;
};

template <class Work>
void measure(const char* what, int rounds, Work work)
{
    std::vector<double> times;
    for (int i = 0; i < rounds; ++i) {
        auto const start = Clock::now();
        work();
        times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    std::sort(times.begin(), times.end());
    std::printf("%-34s median %8.2f ms   best %8.2f ms   worst %8.2f ms\n", what, times[times.size() / 2],
                times.front(), times.back());
}

void git(process::testing::Loop& loop, const std::string& folder, std::vector<std::string> arguments)
{
    process::Command command;
    command.argv = {"git", "-c", "user.name=n", "-c", "user.email=e@x"};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.env = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + folder + "/../home", "LC_ALL=C"};
    command.folder = folder;
    auto const finished = loop.finish(std::move(command));
    if (!finished || !finished->exit.ok()) {
        std::fprintf(stderr, "git failed: %s\n", finished ? finished->error_output.c_str() : "not started");
        std::exit(1);
    }
}

} // namespace

int main(int argc, char** argv)
{
    int const files = argc > 1 ? std::atoi(argv[1]) : 50'000;
    int const rounds = argc > 2 ? std::atoi(argv[2]) : 11;
    pix::testing::TemporaryFolder const root;
    std::filesystem::create_directories(root.path() / "home");
    std::filesystem::create_directories(root.path() / "p");
    std::string const folder = std::filesystem::canonical(root.path() / "p").string();
    for (int i = 0; i < files; ++i) {
        auto const inner =
            std::filesystem::path(folder) / ("d" + std::to_string(i / 1000)) / ("e" + std::to_string(i / 20 % 50));
        std::filesystem::create_directories(inner);
        std::ofstream(inner / ("f" + std::to_string(i))) << "text " << i << "\n";
    }
    process::testing::Loop loop;
    asio::thread_pool pool(2);
    OneFolder folders(folder);
    git(loop, folder, {"init", "--quiet"});
    git(loop, folder, {"add", "--all"});
    git(loop, folder, {"commit", "--quiet", "-m", "files"});
    git(loop, folder, {"status"});

    measure("git status", rounds, [&] { git(loop, folder, {"status", "--porcelain=v2", "-z", "--branch"}); });
    git(loop, folder, {"-c", "core.untrackedCache=true", "status"});
    git(loop, folder, {"-c", "core.untrackedCache=true", "status"});
    measure("git status, untracked cache", rounds, [&] {
        git(loop, folder, {"-c", "core.untrackedCache=true", "status", "--porcelain=v2", "-z", "--branch"});
    });
    git(loop, folder, {"update-index", "--no-untracked-cache"});

    workbench::GitConfig config;
    config.user_home = root.path() / "home";
    config.cache = root.path() / "cache";
    config.environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}};
    workbench::Git area(folders, *loop.supervisor, pool, config);
    config.watches = 0;
    workbench::Git forgetful(folders, *loop.supervisor, pool, config);
    auto const ask = [&loop](workbench::Git& one) {
        if (!loop.run(one.status("p"))) std::exit(1);
    };
    measure("Pix, asking git", rounds, [&] { ask(forgetful); });
    ask(area);
    loop.run(area.settle(std::chrono::seconds(30)));
    ask(area);
    measure("Pix, nothing has changed", rounds * 10, [&] { ask(area); });
    int edit = 0;
    measure("Pix, one file has changed", rounds, [&] {
        std::ofstream(folder + "/d0/e0/f0") << "edit " << ++edit << "\n";
        ask(area);
    });
    loop.run(area.settle(std::chrono::seconds(30)));
    loop.run(forgetful.settle(std::chrono::seconds(30)));
    return 0;
}
