#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>

#include "core/base/error.h"

namespace pix::app {

/// The lock that one server, or one command working without a server, holds on a home folder.
///
/// Owns:   the descriptor of <home>/lock; the lock goes with it, also when the process is killed.
/// Source: flock(2).
class HomeLock {
public:
    /// Makes the home (mode 0700) if it is missing and takes its lock without waiting.
    /// Errors: Errc::conflict when another process holds it, the message names its pid; Errc::unavailable for the
    /// folder.
    static core::Result<HomeLock> take(const std::filesystem::path& home);

    /// True while some process holds the lock of `home`.
    static bool is_held(const std::filesystem::path& home);

    HomeLock(HomeLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    HomeLock& operator=(HomeLock&& other) noexcept;
    ~HomeLock();

private:
    explicit HomeLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

/// Where the doors of a running server are: the content of <home>/doors.json.
struct Doors {
    std::string tools;     ///< origin without a path, "http://127.0.0.1:7860"
    std::string workbench; ///< likewise
    std::string security;  ///< likewise, https
    pid_t pid = 0;         ///< the server's, not the guardian's
};

/// Writes <home>/doors.json by rename, so that a reader sees all of it or nothing.
core::Result<void> write_doors(const std::filesystem::path& home, const Doors& doors);

/// Reads it. Errors: Errc::not_found when no server has written one.
core::Result<Doors> read_doors(const std::filesystem::path& home);

/// Removes it; silent when it is not there.
void remove_doors(const std::filesystem::path& home);

/// Writes `content` to `file` by way of a temporary file beside it, fsync and rename; mode 0600 or as given.
core::Result<void> replace_file(const std::filesystem::path& file, std::string_view content, mode_t mode = 0600);

/// The whole of a file of at most `max_bytes`. Errors: not_found, too_large, unavailable.
core::Result<std::string> read_file(const std::filesystem::path& file, std::size_t max_bytes);

} // namespace pix::app
