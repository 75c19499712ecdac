#pragma once
#include <boost/json.hpp>
#include <chrono>

#include "workbench/file/folder_walk.h"

namespace pix::workbench {

struct TreeLimits {
    std::size_t items = 10'000;           ///< of the whole answer
    std::chrono::milliseconds time{5000}; ///< reading stops
};

struct TreeRequest {
    ContainedPath folder;
    unsigned depth = 1; ///< levels
    LeaveOut leave_out = LeaveOut::by_default;
    bool truncate = false; ///< what was read until a limit, instead of a failure
};

struct FileTree {
    boost::json::array entries; ///< as the wire has them; folders that were read have `children`
    bool truncated = false;
};

/// Lists a folder and, down to a depth, what is in it; folders first, then by name without case.
///
/// Runs on: any thread; blocks.
/// Errors:  those of ProjectFolder::open_folder(), Errc::too_large (FILE_TREE_TOO_LARGE).
core::Result<FileTree> read_tree(const ProjectFolder& project, const TreeRequest& request, const TreeLimits& limits);

} // namespace pix::workbench
