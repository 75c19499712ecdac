#pragma once
#include <cstddef>
#include <string>

#include "core/base/error.h"

namespace pix::workbench {

/// A file of a working tree as it lies on the disk.
struct WorkFile {
    std::string bytes; ///< of a link: where it points
    bool executable = false;
    bool is_link = false;
    bool cut = false; ///< there is more
};

/// Reads at most `max_bytes` of a regular file or a symbolic link below `folder`. No link is followed on the way, and
/// nothing is opened that could block. Blocking: for the pool.
/// Errors: Errc::not_found, Errc::forbidden (leads out, or not readable), Errc::invalid (a folder, socket, ...).
core::Result<WorkFile> read_work_file(const std::string& folder, const std::string& path, std::size_t max_bytes);

/// Replaces a file below `folder` in one step, keeping its mode; Errc as read_work_file, Errc::unavailable (disk full).
core::Result<void> write_work_file(const std::string& folder, const std::string& path, std::string bytes);

/// Deletes a file or link below `folder`; one that is not there is no failure.
core::Result<void> remove_work_file(const std::string& folder, const std::string& path);

} // namespace pix::workbench
