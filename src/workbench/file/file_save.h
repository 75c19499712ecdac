#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "workbench/file/project_folder.h"

namespace pix::workbench {

struct SaveRequest {
    ContainedPath path;
    std::string_view bytes;
    std::optional<std::string> if_match; ///< only if the content has one of these tags
    bool only_new = false;               ///< only if nothing is there
};

struct SavedFile {
    bool created = false;
    std::string etag;
    struct stat about{};
};

/// Gives a file a new content, all of it or none of it: whoever reads it meanwhile sees the old or the new one. A link
/// is written through to the file inside the project that it leads to; mode, owner and access lists stay.
///
/// Runs on: any thread; blocks.
/// Errors:  those of ProjectFolder and StagedFile; Errc::conflict (FILE_CHANGED, ALREADY_EXISTS), Errc::invalid
///          (NOT_A_FILE, INVALID_NAME).
core::Result<SavedFile> save_file(const ProjectFolder& project, const SaveRequest& request);

} // namespace pix::workbench
