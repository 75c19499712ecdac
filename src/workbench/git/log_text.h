#pragma once
#include <string_view>
#include <vector>

#include "workbench/git/git_types.h"

namespace pix::workbench {

/// How `git log` is asked to write, so that nothing in a commit can be taken for an end.
inline constexpr std::string_view log_format =
    "--format=tformat:%x00%x00%H%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%D%x00%B%x00";

/// Reads what it wrote, with or without --shortstat. What does not fit ends the list.
std::vector<GitCommit> parse_log(std::string_view text);

/// Reads `--raw --numstat -z`. Source: git-diff(1), "Raw output format" and "other diff formats".
std::vector<ChangedFile> parse_changed_files(std::string_view text);

} // namespace pix::workbench
