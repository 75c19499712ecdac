#include <algorithm>
#include <filesystem>

#include "core/base/text.h"
#include "workbench/git/git.h"
#include "workbench/git/git_names.h"

namespace pix::workbench {

using core::Errc;

namespace {

std::vector<GitWorktree> parse_worktrees(std::string_view text)
{
    std::vector<GitWorktree> trees;
    for (auto const line : core::split(text, '\0')) {
        if (line.starts_with("worktree ")) {
            GitWorktree tree;
            tree.path = line.substr(9);
            tree.main = trees.empty();
            trees.push_back(std::move(tree));
        }
        if (trees.empty()) continue;
        auto& tree = trees.back();
        if (line.starts_with("HEAD ")) tree.head = line.substr(5);
        if (line.starts_with("branch refs/heads/")) tree.branch = line.substr(18);
        if (line == "locked" || line.starts_with("locked ")) tree.locked = true;
        if (line == "prunable" || line.starts_with("prunable ")) tree.prunable = true;
    }
    return trees;
}

/// Beside the repository, in a folder of its own.
std::filesystem::path default_place(const std::string& top, std::string branch)
{
    std::replace(branch.begin(), branch.end(), '/', '-');
    std::filesystem::path const main(top);
    return main.parent_path() / (main.filename().string() + ".worktrees") / branch;
}

} // namespace

awaitable<GitResult<std::vector<GitWorktree>>> Git::worktrees_of(Repository repository)
{
    auto list = repository.look({"worktree", "list", "--porcelain", "-z"});
    PIX_CO_TRY(auto run, co_await command_.succeed(std::move(list)));
    co_return parse_worktrees(run.output);
}

awaitable<GitResult<std::vector<GitWorktree>>> Git::worktrees(std::string project)
{
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    co_return co_await worktrees_of(std::move(repository));
}

awaitable<GitResult<GitWorktree>> Git::create_worktree(std::string project, WorktreeRequest request)
{
    PIX_CO_CHECK(check_branch(request.branch));
    if (!request.base.empty()) {
        PIX_CO_CHECK(check_revision(request.base));
    }
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    PIX_CO_TRY(auto const before, co_await worktrees_of(repository));
    std::filesystem::path const main(before.empty() ? repository.top : before.front().path);
    std::filesystem::path place = default_place(main.string(), request.branch);
    if (!request.path.empty()) {
        if (request.path.contains('\0')) co_return git_fail(Errc::invalid, "INVALID", "path is not a path");
        place = (main.parent_path() / request.path).lexically_normal();
        std::string const parent = main.parent_path().string() + "/";
        std::string const home = config_.user_home.string() + "/";
        if (!place.string().starts_with(parent) && !place.string().starts_with(home))
            co_return git_fail(Errc::forbidden, "FORBIDDEN",
                               "path lies neither beside the repository nor in the home folder");
    }
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(place, ignored)) &&
        !std::filesystem::is_empty(place, ignored))
        co_return git_fail(Errc::conflict, "GIT_WORKTREE_EXISTS", "There is something at this path already.");
    std::vector<std::string> arguments{"worktree", "add"};
    bool const known = co_await has_ref(repository, "refs/heads/" + request.branch);
    if (!known) {
        arguments.emplace_back("-b");
        arguments.push_back(request.branch);
    }
    arguments.emplace_back("--");
    arguments.push_back(place.string());
    if (known)
        arguments.push_back(request.branch);
    else if (!request.base.empty())
        arguments.push_back(request.base);
    auto call = repository.write(std::move(arguments));
    PIX_CO_TRY(auto const done, co_await run_with_hooks(std::move(call)));
    GitWorktree made;
    made.path = place.string();
    made.branch = request.branch;
    co_return made;
}

awaitable<GitResult<GitDone>> Git::merge_worktree(std::string project, std::string path)
{
    PIX_CO_TRY(auto repository, co_await open(project));
    PIX_CO_TRY(auto const trees, co_await worktrees_of(repository));
    auto const found = std::find_if(trees.begin(), trees.end(), [&](auto const& tree) { return tree.path == path; });
    if (found == trees.end())
        co_return git_fail(Errc::not_found, "GIT_WORKTREE_NOT_FOUND", "There is no such worktree.");
    if (found->branch.empty()) co_return git_fail(Errc::conflict, "GIT_NO_BRANCH", "The worktree has no branch.");
    co_return co_await merge(std::move(project), found->branch);
}

awaitable<GitResult<GitDone>> Git::remove_worktree(std::string project, std::string path, bool force)
{
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    PIX_CO_TRY(auto const trees, co_await worktrees_of(repository));
    auto const found = std::find_if(trees.begin(), trees.end(), [&](auto const& tree) { return tree.path == path; });
    if (found == trees.end())
        co_return git_fail(Errc::not_found, "GIT_WORKTREE_NOT_FOUND", "There is no such worktree.");
    if (found->main) co_return git_fail(Errc::invalid, "INVALID", "path is the repository itself");
    if (!force && !found->branch.empty()) {
        auto ask = repository.look({"merge-base", "--is-ancestor", found->head, trees.front().head});
        PIX_CO_TRY(auto const merged, co_await command_.run(std::move(ask)));
        if (merged.status != 0)
            co_return git_fail(Errc::conflict, "GIT_NOT_MERGED", "The worktree's branch is not merged.",
                               "Merge it, or remove the worktree by force.");
    }
    std::vector<std::string> arguments{"worktree", "remove"};
    if (force) arguments.emplace_back("--force");
    arguments.emplace_back("--");
    arguments.push_back(path);
    auto call = repository.write(std::move(arguments));
    co_return co_await change(std::move(call), "The worktree is removed.");
}

} // namespace pix::workbench
