#pragma once
#include <boost/json.hpp>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace pix::workbench {

/// Where new folders may be made.
struct BrowseConfig {
    std::filesystem::path user_home; ///< what `~` stands for
    /// Folders are made below it only (and below the folder for temporary files). Empty: the user's home.
    std::filesystem::path workspaces;
};

/// The folders of this machine, for choosing one: `path`, `parent` (null for "/"), `entries` with name and type,
/// folders first and hidden ones last, and `suggestions`, the folders alone with their paths. At "/" what belongs to
/// the system is left out. At most 10,000 entries; then `truncated` is true.
///
/// Runs on: any thread; blocks.
/// Errors:  Errc::invalid (a relative path, not a folder), Errc::not_found (not there, or not readable).
core::Result<boost::json::object> browse_filesystem(std::string_view path, const BrowseConfig& config);

/// Makes one folder and returns its real path.
/// Errors: Errc::invalid (INVALID_NAME, a relative path), Errc::forbidden (a system folder, outside the workspaces),
///         Errc::not_found (no parent), Errc::conflict (ALREADY_EXISTS).
core::Result<std::string> create_folder(std::string_view path, const BrowseConfig& config);

/// True for folders, and what is in them, in which no project may lie. `path` is real; `user_home`, too.
bool is_system_folder(std::string_view path, std::string_view user_home);

} // namespace pix::workbench
