#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "workbench/git/git_failure.h"

namespace pix::workbench {

/// One changed file as `git status --porcelain=v2 -z` tells it.
struct StatusEntry {
    std::string path;     ///< new name, relative to the repository
    std::string old_path; ///< of a rename or copy
    char index = '.';     ///< HEAD against index: . M T A D R C U ?
    char worktree = '.';  ///< index against working tree
    bool untracked = false;
    bool conflicted = false;
    bool submodule = false;
    bool operator==(const StatusEntry&) const = default;
};

/// All of it.
struct PorcelainStatus {
    std::string commit;   ///< empty before the first one
    std::string branch;   ///< empty when detached
    std::string upstream; ///< empty when there is none
    int ahead = 0;
    int behind = 0;
    std::vector<StatusEntry> entries;
    bool operator==(const PorcelainStatus&) const = default;
};

/// Source: git-status(1), "Porcelain Format Version 2". Lines of unknown kinds are skipped.
/// Errors: Errc::internal (this is not what git writes).
GitResult<PorcelainStatus> parse_status(std::string_view text);

} // namespace pix::workbench
