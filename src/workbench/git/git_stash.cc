#include "core/base/text.h"
#include "workbench/git/git.h"
#include "workbench/git/path_list.h"

namespace pix::workbench {

using core::Errc;

awaitable<GitResult<std::vector<GitStash>>> Git::stashes(std::string project)
{
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    auto call = repository.look({"stash", "list", "-z", "--format=%H %ct %gs", "--no-show-signature"});
    PIX_CO_TRY(auto run, co_await command_.succeed(std::move(call)));
    std::vector<GitStash> stashes;
    for (auto const entry : core::split(run.output, '\0')) {
        auto const fields = core::split(entry, ' ');
        if (fields.size() < 3) continue;
        GitStash stash;
        stash.index = static_cast<int>(stashes.size());
        stash.hash = fields[0];
        stash.at = core::parse_int(fields[1], false).value_or(0);
        stash.message = entry.substr(fields[0].size() + fields[1].size() + 2);
        stashes.push_back(std::move(stash));
    }
    co_return stashes;
}

awaitable<GitResult<GitDone>> Git::stash(std::string project, StashRequest request)
{
    std::string list;
    if (request.files) {
        PIX_CO_TRY(list, path_list(*request.files));
    }
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    if (!co_await has_commits(repository))
        co_return git_fail(Errc::invalid, "GIT_NO_COMMITS", "The repository has no commits yet.");
    std::vector<std::string> arguments{"stash", "push"};
    if (request.untracked) arguments.emplace_back("--include-untracked");
    if (request.staged) arguments.emplace_back("--staged");
    if (!request.message.empty()) arguments.push_back("--message=" + request.message);
    auto call = repository.write(std::move(arguments));
    if (request.files) call = with_paths(std::move(call), std::move(list));
    PIX_CO_TRY(auto done, co_await run_merging(repository, std::move(call)));
    if (done.output.contains("No local changes to save"))
        co_return git_fail(Errc::invalid, "GIT_NOTHING_TO_STASH", "There is nothing to stash.");
    done.message = "Stashed.";
    co_return done;
}

awaitable<GitResult<GitDone>> Git::use_stash(std::string project, std::string how, int index, std::string hash)
{
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    std::string const name = "stash@{" + std::to_string(index) + "}";
    auto find = repository.look({"rev-parse", "--quiet", "--verify", name});
    PIX_CO_TRY(auto found, co_await command_.run(std::move(find)));
    if (found.status != 0) co_return git_fail(Errc::not_found, "GIT_STASH_NOT_FOUND", "There is no such stash.");
    if (!hash.empty() && core::trim(found.output) != hash)
        co_return git_fail(Errc::conflict, "GIT_STASH_MOVED", "The list of stashes has changed meanwhile.",
                           "Look again.");
    std::vector<std::string> arguments{"stash", how, "--quiet"};
    if (how != "drop") arguments.emplace_back("--index");
    arguments.push_back(name);
    auto call = repository.write(arguments);
    auto done = co_await run_merging(repository, std::move(call));
    bool const index_in_the_way = !done && how != "drop" && done.error().name != "GIT_UNCOMMITTED_CHANGES" &&
                                  done.error().details.contains("without --index");
    if (index_in_the_way) {
        std::erase(arguments, "--index");
        auto again = repository.write(std::move(arguments));
        done = co_await run_merging(repository, std::move(again));
    }
    if (done) done->message = how == "drop" ? "Dropped." : "Applied.";
    co_return done;
}

} // namespace pix::workbench
