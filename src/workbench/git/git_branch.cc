#include "core/base/text.h"
#include "workbench/git/git.h"
#include "workbench/git/git_names.h"

namespace pix::workbench {

using core::Errc;

awaitable<bool> Git::has_ref(Repository repository, std::string ref)
{
    auto call = repository.look({"show-ref", "--verify", "--quiet", "--", std::move(ref)});
    auto run = co_await command_.run(std::move(call));
    co_return run && run->status == 0;
}

awaitable<GitResult<std::string>> Git::current_branch(Repository repository)
{
    auto call = repository.look({"symbolic-ref", "--quiet", "--short", "HEAD"});
    PIX_CO_TRY(auto run, co_await command_.run(std::move(call)));
    if (run.status != 0) co_return std::string();
    co_return std::string(core::trim(run.output));
}

awaitable<GitResult<GitDone>> Git::checkout(std::string project, std::string branch)
{
    PIX_CO_CHECK(check_branch(branch));
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    std::vector<std::string> arguments{"switch", "--quiet"};
    std::size_t const slash = branch.find('/');
    bool const local = co_await has_ref(repository, "refs/heads/" + branch);
    bool const remote = !local && slash != std::string::npos && co_await has_ref(repository, "refs/remotes/" + branch);
    std::string name = remote ? branch.substr(slash + 1) : branch;
    if (remote && !co_await has_ref(repository, "refs/heads/" + name)) {
        arguments.emplace_back("--track");
        arguments.emplace_back("--create");
        arguments.push_back(name);
        arguments.push_back(branch);
    } else {
        arguments.emplace_back("--guess");
        arguments.push_back(name);
    }
    auto call = repository.write(std::move(arguments));
    PIX_CO_TRY(auto done, co_await run_merging(repository, std::move(call)));
    done.message = "On branch " + name + ".";
    co_return done;
}

awaitable<GitResult<GitDone>> Git::create_branch(std::string project, std::string branch, std::string from,
                                                 bool go_there)
{
    PIX_CO_CHECK(check_branch(branch));
    if (!from.empty()) {
        PIX_CO_CHECK(check_revision(from));
    }
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    std::vector<std::string> arguments{"branch"};
    if (go_there) arguments = {"switch", "--quiet", "--create"};
    arguments.push_back(branch);
    if (!from.empty()) arguments.push_back(std::move(from));
    auto call = repository.write(std::move(arguments));
    PIX_CO_TRY(auto done, co_await run_merging(repository, std::move(call)));
    done.message = "The branch " + branch + " is made.";
    co_return done;
}

awaitable<GitResult<GitDone>> Git::delete_branch(std::string project, std::string branch, bool force)
{
    PIX_CO_CHECK(check_branch(branch));
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    PIX_CO_TRY(auto const current, co_await current_branch(repository));
    if (current == branch) co_return git_fail(Errc::invalid, "GIT_CURRENT_BRANCH_DELETE", "The branch is checked out.");
    auto call = repository.write({"branch", force ? "-D" : "-d", "--", branch});
    co_return co_await change(std::move(call), "The branch " + branch + " is deleted.");
}

awaitable<GitResult<GitDone>> Git::rename_branch(std::string project, std::string branch, std::string name)
{
    PIX_CO_CHECK(check_branch(branch));
    PIX_CO_CHECK(check_branch(name));
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    auto call = repository.write({"branch", "-m", "--", branch, name});
    co_return co_await change(std::move(call), "The branch is now called " + name + ".");
}

awaitable<GitResult<GitDone>> Git::merge(std::string project, std::string branch)
{
    PIX_CO_CHECK(check_revision(branch));
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    auto call = repository.write({"merge", "--no-edit", branch});
    PIX_CO_TRY(auto done, co_await run_merging(repository, std::move(call)));
    done.message = "Merged " + branch + ".";
    co_return done;
}

awaitable<GitResult<GitDone>> Git::carry_on(std::string project, std::string how)
{
    if (how != "abort" && how != "continue" && how != "skip")
        co_return git_fail(Errc::invalid, "INVALID", "action must be abort, continue or skip");
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    PIX_CO_TRY(auto status, co_await status_of(repository));
    if (status.operation.empty() || status.operation == "bisect")
        co_return git_fail(Errc::conflict, "GIT_NOTHING_UNDER_WAY",
                           "No merge, rebase, cherry-pick or revert is under way.");
    if (how == "skip" && status.operation == "merge")
        co_return git_fail(Errc::invalid, "INVALID", "a merge cannot be skipped");
    auto call = repository.write({status.operation, "--" + how});
    PIX_CO_TRY(auto done, co_await run_merging(repository, std::move(call)));
    done.message = "Done.";
    co_return done;
}

awaitable<GitResult<GitDone>> Git::run_merging(Repository repository, GitCall call)
{
    auto done = co_await run_with_hooks(std::move(call));
    if (done) co_return done;
    GitFailure failure = std::move(done).error();
    if (failure.name == "GIT_UNCOMMITTED_CHANGES") {
        for (auto const line : core::split(failure.details, '\n')) {
            if (!line.starts_with('\t')) continue;
            std::string_view const path = repository.in_project(line.substr(1));
            if (!path.empty()) failure.files.emplace_back(path);
        }
    } else if (failure.name == "GIT_MERGE_CONFLICT") {
        auto list = repository.look({"diff", "--name-only", "--diff-filter=U", "-z", "--relative", "--no-ext-diff"});
        auto listed = co_await command_.run(std::move(list));
        if (listed)
            for (auto const path : core::split(listed->output, '\0'))
                if (!path.empty()) failure.files.emplace_back(path);
    }
    co_return std::unexpected(std::move(failure));
}

} // namespace pix::workbench
