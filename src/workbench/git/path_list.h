#pragma once
#include <string>
#include <vector>

#include "workbench/git/git_command.h"
#include "workbench/git/git_failure.h"

namespace pix::workbench {

/// Names inside a project, each followed by a NUL. Errors: those of inside(); none, or more than 10,000, are refused.
GitResult<std::string> path_list(const std::vector<std::string>& files);

/// Gives them to git by its standard input: there may be more of them than a command line holds.
GitCall with_paths(GitCall call, std::string list);

} // namespace pix::workbench
