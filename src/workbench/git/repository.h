#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "workbench/git/git_command.h"

namespace pix::workbench {

/// A project's repository, found and checked.
struct Repository {
    std::string folder;     ///< the project's
    std::string top;        ///< of the working tree: `folder` or above it
    std::string prefix;     ///< from `top` to `folder`, with a final slash; empty when they are the same
    std::string git_dir;    ///< of this worktree
    std::string common_dir; ///< of all its worktrees
    GitSettings guards;     ///< take the place of filters that the repository itself names, when it is looked at

    /// Starts a call in the project's folder.
    GitCall call(GitMode mode, std::vector<std::string> arguments) const;
    GitCall look(std::vector<std::string> arguments) const { return call(GitMode::look, std::move(arguments)); }
    GitCall write(std::vector<std::string> arguments) const { return call(GitMode::write, std::move(arguments)); }
    GitCall network(std::vector<std::string> arguments) const { return call(GitMode::network, std::move(arguments)); }

    /// A name relative to the repository as one relative to the project; empty when it lies outside of it.
    std::string_view in_project(std::string_view path) const;
};

/// Finds the repository of a folder.
/// Errors: "GIT_NOT_A_REPOSITORY", "GIT_FAILED" (another user's, bare, a working tree elsewhere).
awaitable<GitResult<Repository>> open_repository(GitCommand& git, std::string folder);

/// The settings that turn off the filters of a repository's own configuration; what the user's configuration says of a
/// filter of the same name stands. `listing` is what `git config --show-scope --null --list` writes.
GitSettings guards_against(std::string_view listing);

} // namespace pix::workbench
