#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/process/fd.h"

namespace pix::process {

/// A file that keeps the newest output of a child. A byte's place in the file is its place in the output: what is too
/// old becomes a hole, so that offsets stay true for whoever opens the file later.
///
/// Runs on: any thread but the io thread, for it blocks on the file system. Thread-safe.
/// Units:   bytes since the child's start.
/// Errors:  Errc::unavailable (cannot be opened, disk full).
/// Source:  fallocate(2) FALLOC_FL_PUNCH_HOLE, lseek(2) SEEK_DATA. Where the file system has no holes the file stops
///          growing at the limit: the oldest stays instead of the newest.
class Spool {
public:
    /// Opens or creates the file with mode 0600; further bytes go to its end.
    static core::Result<Spool> open(const std::filesystem::path& path, std::uint64_t limit_bytes);

    /// Adds all of `bytes`. After a failure (disk full) the place of what was not written becomes a hole, so that
    /// later bytes keep their offsets.
    core::Result<void> append(std::string_view bytes);

    /// At most `max_bytes` from `offset` on, or from the oldest byte kept if that is later; `found` says from where.
    core::Result<std::string> read(std::uint64_t offset, std::size_t max_bytes, std::uint64_t& found) const;

    std::uint64_t size() const;

private:
    std::unique_ptr<std::mutex> lock_ = std::make_unique<std::mutex>(); // guards what follows
    Fd file_;
    std::uint64_t limit_ = 0;
    std::uint64_t size_ = 0;
    std::uint64_t holed_ = 0; // up to here the file is known to be a hole
    bool full_ = false;       // no holes on this file system and the limit is reached
};

} // namespace pix::process
