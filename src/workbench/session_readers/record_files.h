#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace pix::workbench {

/// The whole of a small file. Errors: Errc::not_found, Errc::too_large, Errc::unavailable (not a file, not readable).
core::Result<std::string> read_small_file(const std::filesystem::path& path, std::size_t max_bytes);

/// The first `bytes` of a file of any size.
core::Result<std::string> read_beginning(const std::filesystem::path& path, std::size_t bytes);

/// What tells whether a file has changed. Nothing if it is not there, or not a file (of any kind with `any_kind`).
struct FileMark {
    std::uint64_t size = 0;
    std::int64_t modified = 0; ///< nanoseconds since 1970
    std::uint64_t inode = 0;
};
std::optional<FileMark> mark_of(const std::filesystem::path& path, bool any_kind = false);

/// The entries of a folder in the order of their names, at most `limit`; none if there is no such folder.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder, std::size_t limit = 100'000);

/// Removes one file. Errors: Errc::not_found, Errc::unavailable.
core::Result<void> remove_file(const std::filesystem::path& path);

} // namespace pix::workbench
