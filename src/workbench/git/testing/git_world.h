#pragma once
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/base/testing/temporary_folder.h"
#include "core/process/testing/loop.h"
#include "workbench/git/git.h"

namespace pix::workbench::testing {

/// Projects by name, as a test says.
class KnownFolders final : public ProjectFolders {
public:
    awaitable<core::Result<std::string>> folder_of(std::string project_name) override
    {
        auto const found = folders.find(project_name);
        if (found == folders.end()) co_return core::fail(core::Errc::not_found, "There is no such project.");
        co_return found->second;
    }
    std::map<std::string, std::string> folders;
};

/// A user's home, a project "p" and the Git area over them, with real repositories.
class GitWorld {
public:
    GitWorld()
    {
        std::filesystem::create_directories(home());
        write_at(home() / ".gitconfig", "[user]\n\tname = Ada Lovelace\n\temail = ada@example.org\n"
                                        "[init]\n\tdefaultBranch = main\n");
        add_project("p");
        GitConfig config;
        config.user_home = home();
        config.cache = root_.path() / "cache";
        config.environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}};
        config.local_addresses = true;
        git = std::make_unique<Git>(folders, *loop.supervisor, pool, std::move(config));
    }
    ~GitWorld()
    {
        settle();
        git.reset();
    }

    /// Until the Git area does nothing in the background.
    void settle() { loop.run(git->settle(std::chrono::seconds(50))); }

    std::filesystem::path root() const { return root_.path(); }
    std::filesystem::path home() const { return root_.path() / "home"; }
    std::filesystem::path folder(const std::string& project = "p") const { return root_.path() / project; }

    void add_project(const std::string& name)
    {
        std::filesystem::create_directories(folder(name));
        folders.folders[name] = std::filesystem::canonical(folder(name)).string();
    }
    /// git itself, in a project's folder; what it wrote. Throws when it fails.
    std::string run(std::vector<std::string> arguments, const std::string& project = "p")
    {
        auto [status, output] = try_run(std::move(arguments), project);
        if (status != 0) throw std::runtime_error("git failed: " + output);
        return output;
    }
    std::pair<int, std::string> try_run(std::vector<std::string> arguments, const std::string& project = "p")
    {
        process::Command command;
        command.argv = {"git"};
        command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
        command.env = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + home().string(), "LC_ALL=C",
                       "GIT_ALLOW_PROTOCOL=file"};
        command.folder = folder(project).string();
        command.merge_stderr = true;
        command.log_bytes = 4UL << 20;
        auto finished = loop.finish(std::move(command));
        if (!finished) throw std::runtime_error(finished.error().message);
        return {finished->exit.code, finished->output};
    }
    void write(const std::string& path, const std::string& text, const std::string& project = "p")
    {
        write_at(folder(project) / path, text);
    }
    std::string read(const std::string& path, const std::string& project = "p") const
    {
        std::ifstream file(folder(project) / path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    bool exists(const std::string& path, const std::string& project = "p") const
    {
        return std::filesystem::exists(std::filesystem::symlink_status(folder(project) / path));
    }
    void commit_all(const std::string& message, const std::string& project = "p")
    {
        run({"add", "--all"}, project);
        run({"commit", "--quiet", "--allow-empty", "-m", message}, project);
    }
    /// "p" as a repository with one commit of the file "a".
    void with_repository()
    {
        run({"init", "--quiet"});
        write("a", "one\ntwo\nthree\n");
        commit_all("first");
    }

    static void write_at(const std::filesystem::path& path, const std::string& text)
    {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
    }

private:
    ::pix::testing::TemporaryFolder root_;

public:
    process::testing::Loop loop;
    asio::thread_pool pool{2};
    KnownFolders folders;
    std::unique_ptr<Git> git;
};

} // namespace pix::workbench::testing
