#include <algorithm>

#include "core/base/text.h"
#include "workbench/git/git.h"

namespace pix::workbench {

using core::Errc;

awaitable<GitResult<GitDone>> Git::initial_commit(std::string project)
{
    PIX_CO_TRY(auto repository, co_await open(project));
    if (co_await has_commits(repository))
        co_return git_fail(Errc::invalid, "GIT_HAS_COMMITS", "The repository has commits already.");
    auto add = repository.write({"add", "--all", "--", "."});
    PIX_CO_TRY(auto const added, co_await command_.succeed(std::move(add)));
    CommitRequest request;
    request.message = "Initial commit";
    co_return co_await commit(std::move(project), std::move(request));
}

awaitable<GitResult<GitDone>> Git::undo_commit(std::string project)
{
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    if (!co_await has_commits(repository))
        co_return git_fail(Errc::invalid, "GIT_NO_COMMITS", "The repository has no commits yet.");
    auto ask = repository.look({"for-each-ref", "--contains=HEAD", "--count=1", "--format=%(refname)", "refs/remotes"});
    PIX_CO_TRY(auto const pushed, co_await command_.succeed(std::move(ask)));
    if (!core::trim(pushed.output).empty())
        co_return git_fail(Errc::invalid, "GIT_ALREADY_PUSHED", "The last commit has been pushed.");
    auto parent = repository.look({"rev-parse", "--quiet", "--verify", "HEAD~1^{commit}"});
    PIX_CO_TRY(auto const before, co_await command_.run(std::move(parent)));
    auto call = before.status == 0 ? repository.write({"reset", "--soft", "HEAD~1"})
                                   : repository.write({"update-ref", "-d", "HEAD"});
    co_return co_await change(std::move(call), "The last commit is taken back; its changes are staged.");
}

awaitable<GitResult<GitIdentity>> Git::identity()
{
    GitIdentity identity;
    for (auto const* key : {"user.name", "user.email"}) {
        GitCall call;
        call.folder = config_.user_home.string();
        call.arguments = {"config", "--global", "--get", key};
        PIX_CO_TRY(auto run, co_await command_.run(std::move(call)));
        std::string value(core::trim(run.output));
        (std::string_view(key) == "user.name" ? identity.name : identity.email) = std::move(value);
    }
    co_return identity;
}

awaitable<GitResult<GitDone>> Git::set_identity(GitIdentity identity)
{
    std::size_t const sign = identity.email.find('@');
    bool const looks_right = sign != std::string::npos && sign > 0 && sign + 1 < identity.email.size() &&
                             identity.email.find_first_of(" <>\n\r\t") == std::string::npos &&
                             identity.email.find('@', sign + 1) == std::string::npos && identity.email.size() <= 254;
    if (!looks_right) co_return git_fail(Errc::invalid, "INVALID", "gitEmail is not an e-mail address");
    if (core::trim(identity.name).empty() || identity.name.size() > 200 || !core::is_utf8(identity.name) ||
        identity.name.find_first_of("\n\r<>") != std::string::npos)
        co_return git_fail(Errc::invalid, "INVALID", "gitName is not a name");
    GitDone done;
    for (auto const& [key, value] : {std::pair("user.name", identity.name), std::pair("user.email", identity.email)}) {
        GitCall call;
        call.folder = config_.user_home.string();
        call.mode = GitMode::write;
        call.arguments = {"config", "--global", "--replace-all", key, value};
        PIX_CO_TRY(done, co_await change(std::move(call), "Stored."));
    }
    co_return done;
}

} // namespace pix::workbench
