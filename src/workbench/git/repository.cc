#include "workbench/git/repository.h"

#include <map>

#include "core/base/text.h"

namespace pix::workbench {

using core::Errc;

GitCall Repository::call(GitMode mode, std::vector<std::string> arguments) const
{
    GitCall made;
    made.folder = folder;
    made.arguments = std::move(arguments);
    made.mode = mode;
    if (mode == GitMode::look) made.settings = guards;
    return made;
}

std::string_view Repository::in_project(std::string_view path) const
{
    if (!path.starts_with(prefix)) return {};
    return path.substr(prefix.size());
}

GitSettings guards_against(std::string_view listing)
{
    auto const parts = core::split(listing, '\0');
    std::map<std::string, std::string> of_user;
    std::map<std::string, std::string> of_repository;
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
        std::string_view const entry = parts[i + 1];
        std::size_t const newline = entry.find('\n');
        std::string const key(entry.substr(0, newline));
        if (!key.starts_with("filter.")) continue;
        std::string const value(newline == std::string_view::npos ? std::string_view("true")
                                                                  : entry.substr(newline + 1));
        bool const theirs = parts[i] == "local" || parts[i] == "worktree";
        if (theirs)
            of_repository[key] = value;
        else if (parts[i] != "command")
            of_user[key] = value;
    }
    GitSettings guards;
    for (auto const& [key, value] : of_repository) {
        auto const own = of_user.find(key);
        std::string const off = key.ends_with(".required") ? "false" : "";
        guards.emplace_back(key, own == of_user.end() ? off : own->second);
    }
    return guards;
}

awaitable<GitResult<Repository>> open_repository(GitCommand& git, std::string folder)
{
    Repository repository;
    repository.folder = std::move(folder);
    auto where = repository.look({"rev-parse", "--path-format=absolute", "--show-toplevel", "--absolute-git-dir",
                                  "--git-common-dir", "--show-prefix"});
    PIX_CO_TRY(auto found, co_await git.succeed(std::move(where)));
    auto const lines = core::split(found.output, '\n');
    if (lines.size() != 5)
        co_return git_fail(Errc::internal, "GIT_FAILED", "The name of the repository's folder has a line break in it.");
    repository.top = lines[0];
    repository.git_dir = lines[1];
    repository.common_dir = lines[2];
    repository.prefix = lines[3];
    // core.worktree can point anywhere; what is outside the project's own folders is none of its business.
    std::string const expected = repository.prefix.empty() ? repository.top : repository.top + "/" + repository.prefix;
    std::string_view const below = std::string_view(expected).substr(0, expected.find_last_not_of('/') + 1);
    if (below != repository.folder)
        co_return git_fail(Errc::internal, "GIT_FAILED", "The repository's working tree is not the project's folder.");
    auto list = repository.look({"config", "--show-scope", "--null", "--list"});
    PIX_CO_TRY(auto listing, co_await git.succeed(std::move(list)));
    repository.guards = guards_against(listing.output);
    co_return repository;
}

} // namespace pix::workbench
