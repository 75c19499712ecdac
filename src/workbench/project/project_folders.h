#pragma once
#include <string>

#include "core/base/async.h"
#include "core/base/error.h"

namespace pix::workbench {

/// Where projects lie. The files, git and search of a project ask it; the project service is one.
///
/// Runs on: the io thread.
class ProjectFolders {
public:
    virtual ~ProjectFolders() = default;
    /// The real path of the working folder of a project, by its name in URLs. Errors: Errc::not_found (no such project,
    /// or its folder is gone; the message says which), Errc::conflict (the path of the folder is not known).
    virtual awaitable<core::Result<std::string>> folder_of(std::string project_name) = 0;
};

} // namespace pix::workbench
