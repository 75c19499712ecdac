#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "core/base/error.h"
#include "workbench/file/files.h"

namespace pix::workbench {

/// The files area of one installation: the trash and the attachments lie in `home`. Reads PIXCODE_FILE_TREE_MAX_ITEMS,
/// PIXCODE_FILE_TREE_SCAN_MAX_MS and WORKSPACES_ROOT; an empty variable counts as not set.
/// Errors: Errc::invalid, naming the variable.
core::Result<FilesConfig> files_options(const std::filesystem::path& home, const std::filesystem::path& user_home,
                                        const std::map<std::string, std::string>& environment);

} // namespace pix::workbench
