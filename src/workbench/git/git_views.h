#pragma once
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "workbench/git/git.h"
#include "workbench/git/patch.h"

namespace pix::workbench {

/// What the routes answer, as the contract has it; older and further fields stand beside. Bytes that are no UTF-8 are
/// replaced.
core::json::object view_of(const GitStatus& status);
core::json::object view_of(const GitBranches& branches);
core::json::object view_of(const GitDone& done);
/// Files, hunks and lines of a diff.
core::json::array view_of(const std::vector<PatchFile>& files);
core::json::array texts_view(const std::vector<std::string>& texts);

} // namespace pix::workbench
