#pragma once
#include <string>
#include <string_view>

#include "workbench/file/project_folder.h"

namespace pix::workbench {

enum class EntryType : std::uint8_t { file, directory };

/// "file", "directory": the wire's.
std::string_view name_of(EntryType type);
/// Errors: Errc::invalid for any other word.
core::Result<EntryType> entry_type_named(std::string_view name);

/// Makes a file with that content, or an empty folder, and the folders above that are missing.
/// Errors: those of ProjectFolder and StagedFile, Errc::conflict (ALREADY_EXISTS), Errc::invalid (INVALID_NAME).
core::Result<void> create_entry(const ProjectFolder& project, const ContainedPath& path, EntryType type,
                                std::string_view content);

/// Moves a file, folder or link (not what it leads to) inside the project. Nothing is replaced.
/// Errors: those of ProjectFolder, Errc::conflict (ALREADY_EXISTS), Errc::invalid (INVALID_NAME, OTHER_FILE_SYSTEM, a
/// folder into itself).
core::Result<void> rename_entry(const ProjectFolder& project, const ContainedPath& from, const ContainedPath& to);

/// What stands at a place; a link is a file. Errors: Errc::not_found.
core::Result<EntryType> type_at(const Place& place, const ContainedPath& path);

/// Removes a file, a link (not what it leads to), or a folder with all that is in it, for good. `folder` is an open
/// descriptor, `name` one name in it. Errors: those of fail_path().
core::Result<void> remove_tree(int folder, const std::string& name);

} // namespace pix::workbench
