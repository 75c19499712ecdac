#include <algorithm>

#include "core/base/text.h"
#include "workbench/git/git.h"
#include "workbench/git/git_names.h"

namespace pix::workbench {

using core::Errc;

namespace {

// Run by git's own shell, a constant text; what is secret stands in the environment of this one git.
constexpr std::string_view token_helper =
    R"(!f() { test "$1" = get && printf 'username=%s\npassword=%s\n' "$PIX_GIT_USER" "$PIX_GIT_TOKEN"; }; f)";

void hide(std::string& text, const std::string& secret)
{
    if (secret.empty()) return;
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
        text.replace(at, secret.size(), "***");
}

std::string short_name(std::string_view ref)
{
    return std::string(ref.starts_with("refs/heads/") ? ref.substr(11) : ref);
}

} // namespace

awaitable<std::string> Git::setting(Repository repository, std::string key)
{
    auto call = repository.look({"config", "--get", "--end-of-options", std::move(key)});
    auto run = co_await command_.run(std::move(call));
    if (!run || run->status != 0) co_return std::string();
    co_return std::string(core::trim(run->output));
}

awaitable<GitResult<std::string>> Git::choose_remote(Repository repository, std::string wanted, std::string branch)
{
    if (!wanted.empty()) {
        PIX_CO_CHECK(check_remote(wanted));
    }
    auto list = repository.look({"remote"});
    PIX_CO_TRY(auto run, co_await command_.succeed(std::move(list)));
    auto names = core::split(run.output, '\n');
    std::erase(names, std::string_view());
    auto const has = [&names](std::string_view name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (names.empty()) co_return git_fail(Errc::invalid, "GIT_NO_REMOTE", "The repository has no remote.");
    if (!wanted.empty()) {
        if (!has(wanted)) co_return git_fail(Errc::invalid, "GIT_NO_REMOTE", "There is no remote of that name.");
        co_return wanted;
    }
    if (!branch.empty()) {
        std::string configured = co_await setting(repository, "branch." + branch + ".remote");
        if (has(configured)) co_return configured;
    }
    if (has("origin")) co_return std::string("origin");
    if (names.size() == 1 && check_remote(names.front())) co_return std::string(names.front());
    co_return git_fail(Errc::invalid, "GIT_NO_REMOTE", "The branch has no remote, and none is called origin.");
}

awaitable<GitResult<std::string>> Git::sign_in(GitCall& call, std::string url)
{
    std::string const host = host_of(url);
    bool const safe = url.starts_with("https://") || config_.local_addresses;
    if (credentials_ == nullptr || host.empty() || !safe) co_return std::string();
    PIX_CO_TRY(auto token, co_await credentials_->token_for(host));
    if (!token) co_return std::string();
    std::string const key = "credential." + url.substr(0, url.find("://")) + "://" + host + ".helper";
    call.settings.emplace_back(key, ""); // so that no other helper is asked, or told to keep ours
    call.settings.emplace_back(key, token_helper);
    call.env.push_back("PIX_GIT_USER=" + token->user);
    call.env.push_back("PIX_GIT_TOKEN=" + token->token);
    co_return token->token;
}

awaitable<GitResult<GitDone>> Git::run_remote(Repository repository, std::string remote, GitCall call)
{
    auto ask = repository.look({"remote", "get-url", "--push", "--", remote});
    PIX_CO_TRY(auto url, co_await command_.succeed(std::move(ask)));
    std::string const address(core::trim(url.output));
    if (address.starts_with("-") || address.contains("::"))
        co_return git_fail(Errc::invalid, "GIT_NETWORK", "This kind of remote address is not allowed.");
    PIX_CO_TRY(auto const secret, co_await sign_in(call, address));
    auto done = co_await run_merging(repository, std::move(call));
    if (done) {
        hide(done->output, secret);
    } else {
        hide(done.error().details, secret);
    }
    co_return done;
}

awaitable<GitResult<GitDone>> Git::fetch(std::string project, std::string remote, bool prune)
{
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    PIX_CO_TRY(auto const branch, co_await current_branch(repository));
    PIX_CO_TRY(auto const name, co_await choose_remote(repository, std::move(remote), branch));
    std::vector<std::string> arguments{"fetch", "--no-recurse-submodules"};
    if (prune) arguments.emplace_back("--prune");
    arguments.emplace_back("--");
    arguments.push_back(name);
    auto call = repository.network(std::move(arguments));
    PIX_CO_TRY(auto done, co_await run_remote(repository, name, std::move(call)));
    done.message = "Fetched from " + name + ".";
    co_return done;
}

awaitable<GitResult<GitDone>> Git::pull(std::string project)
{
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    PIX_CO_TRY(auto const branch, co_await current_branch(repository));
    if (branch.empty()) co_return git_fail(Errc::invalid, "GIT_NO_UPSTREAM", "No branch is checked out.");
    PIX_CO_TRY(auto const remote, co_await choose_remote(repository, "", branch));
    std::string const upstream = co_await setting(repository, "branch." + branch + ".merge");
    if (upstream.empty())
        co_return git_fail(Errc::invalid, "GIT_NO_UPSTREAM", "The branch has no upstream.", "Publish it first.");
    auto call = repository.network({"pull", "--no-edit", "--no-recurse-submodules"});
    PIX_CO_TRY(auto done, co_await run_remote(repository, remote, std::move(call)));
    done.message = "Pulled from " + remote + ".";
    co_return done;
}

awaitable<GitResult<GitDone>> Git::push(std::string project, PushRequest request)
{
    if (!request.branch.empty()) {
        PIX_CO_CHECK(check_branch(request.branch));
    }
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    if (!co_await has_commits(repository))
        co_return git_fail(Errc::invalid, "GIT_NO_COMMITS", "The repository has no commits yet.");
    bool const named = !request.branch.empty();
    if (!named) {
        PIX_CO_TRY(request.branch, co_await current_branch(repository));
        if (request.branch.empty()) co_return git_fail(Errc::invalid, "GIT_NO_UPSTREAM", "No branch is checked out.");
    }
    if (!co_await has_ref(repository, "refs/heads/" + request.branch))
        co_return git_fail(Errc::not_found, "GIT_BRANCH_NOT_FOUND", "There is no such branch.");
    PIX_CO_TRY(auto const remote, co_await choose_remote(repository, request.remote, request.branch));
    std::string target = request.branch;
    std::string const own_remote = co_await setting(repository, "branch." + request.branch + ".remote");
    if (!named && own_remote == remote) {
        std::string const merge = short_name(co_await setting(repository, "branch." + request.branch + ".merge"));
        if (!merge.empty() && check_branch(merge)) target = merge;
    }
    std::vector<std::string> arguments{"push", "--porcelain", "--no-recurse-submodules"};
    if (request.force) arguments.emplace_back("--force-with-lease");
    if (request.set_upstream) arguments.emplace_back("--set-upstream");
    arguments.emplace_back("--");
    arguments.push_back(remote);
    arguments.push_back("refs/heads/" + request.branch + ":refs/heads/" + target);
    auto call = repository.network(std::move(arguments));
    PIX_CO_TRY(auto done, co_await run_remote(repository, remote, std::move(call)));
    done.message = "Pushed " + request.branch + " to " + remote + ".";
    co_return done;
}

awaitable<GitResult<GitDone>> Git::publish(std::string project, std::string branch, std::string remote)
{
    PIX_CO_CHECK(check_branch(branch));
    PIX_CO_TRY(auto repository, co_await open(project));
    PIX_CO_TRY(auto const current, co_await current_branch(repository));
    if (current != branch) co_return git_fail(Errc::invalid, "INVALID", "branch is not the one that is checked out");
    PushRequest request;
    request.branch = std::move(branch);
    request.remote = std::move(remote);
    request.set_upstream = true;
    co_return co_await push(std::move(project), std::move(request));
}

awaitable<GitResult<std::vector<GitRemote>>> Git::remotes(std::string project)
{
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    auto list = repository.look({"remote", "--verbose"});
    PIX_CO_TRY(auto run, co_await command_.succeed(std::move(list)));
    std::vector<GitRemote> remotes;
    for (auto const line : core::split(run.output, '\n')) {
        std::size_t const tab = line.find('\t');
        std::size_t const blank = line.rfind(" (");
        if (tab == std::string_view::npos || blank == std::string_view::npos || blank < tab) continue;
        if (remotes.empty() || remotes.back().name != line.substr(0, tab)) {
            GitRemote remote;
            remote.name = line.substr(0, tab);
            remotes.push_back(std::move(remote));
        }
        bool const fetches = line.substr(blank).starts_with(" (fetch)");
        (fetches ? remotes.back().fetch_url : remotes.back().push_url) =
            without_secrets(line.substr(tab + 1, blank - tab - 1));
    }
    co_return remotes;
}

awaitable<GitResult<GitDone>> Git::add_remote(std::string project, std::string name, std::string url)
{
    PIX_CO_CHECK(check_remote(name));
    PIX_CO_CHECK(check_url(url, config_.local_addresses));
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    auto list = repository.look({"remote"});
    PIX_CO_TRY(auto run, co_await command_.succeed(std::move(list)));
    auto const names = core::split(run.output, '\n');
    bool const known = std::find(names.begin(), names.end(), name) != names.end();
    auto call = repository.write({"remote", known ? "set-url" : "add", "--", name, url});
    co_return co_await change(std::move(call), "The remote " + name + " is set.");
}

awaitable<GitResult<GitDone>> Git::remove_remote(std::string project, std::string name)
{
    PIX_CO_CHECK(check_remote(name));
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    auto call = repository.write({"remote", "remove", "--", name});
    co_return co_await change(std::move(call), "The remote " + name + " is removed.");
}

} // namespace pix::workbench
