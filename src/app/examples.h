#pragma once
#include <filesystem>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace pix::app {

/// The tar archive of the tools that ship with Pix, as it lies in the binary.
std::string_view examples_archive();

/// Unpacks a tar archive of `<tool>/<file>` members into `tools_dir`, each tool by way of a hidden folder and rename,
/// so that a scan sees whole tools only. A tool whose folder is there already is left alone. Returns the names of the
/// new ones.
///
/// Runs on: start-up, before the io thread; it blocks.
/// Errors:  Errc::invalid (a member with an absolute path, "..", or neither a file nor a folder), Errc::unavailable
/// (disk).
core::Result<std::vector<std::string>> unpack_tools(std::string_view archive, const std::filesystem::path& tools_dir);

} // namespace pix::app
