#pragma once
#include <filesystem>
#include <string>

#include "core/base/error.h"

namespace pix::workbench {

/// Refuses what must not be a project: the root, the system's folders, /tmp itself. `real_path` has no links.
/// Errors: Errc::forbidden (FORBIDDEN_PATH).
core::Result<void> check_project_folder(const std::string& real_path, const std::filesystem::path& user_home);

/// True if `path` is `folder` or below it.
bool is_inside(const std::string& path, const std::string& folder);

} // namespace pix::workbench
