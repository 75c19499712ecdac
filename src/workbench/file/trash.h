#pragma once
#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "core/base/clock.h"
#include "workbench/file/project_folder.h"

namespace pix::workbench {

struct TrashLimits {
    std::chrono::hours age{7 * 24};        ///< what is older goes for good
    std::size_t entries = 500;             ///< the oldest go first
    std::uint64_t copied_bytes = 50 << 20; ///< a file on another file system is copied up to this size
};

/// Where deleted files wait for somebody who wants them back: a folder of Pix's home, one folder in it for each
/// deletion with `item` and `about.json`.
///
/// Runs on: any thread; blocks.
/// Errors:  those of fail_path().
class Trash {
public:
    /// An empty `folder`: there is no trash, and take() takes nothing.
    Trash(std::filesystem::path folder, TrashLimits limits);

    /// Moves what is at `place` into the trash and returns the id that brings it back. Nothing if it cannot be kept:
    /// a folder on another file system. Then it is where it was.
    core::Result<std::optional<std::string>> take(const ProjectFolder& project, const Place& place,
                                                  const ContainedPath& path, core::Millis now) const;
    /// Puts it back where it was. Errors: also Errc::not_found (TRASH_NOT_FOUND: no such id, or of another project),
    /// Errc::conflict (ALREADY_EXISTS).
    core::Result<ContainedPath> restore(const ProjectFolder& project, const std::string& id) const;
    /// What is kept of a project, the newest first: id, name, path, type, deletedAt.
    boost::json::array list(const ProjectFolder& project) const;
    /// Removes for good what is kept of a project; how many deletions that were.
    std::size_t empty(const ProjectFolder& project) const;

private:
    std::vector<std::string> ids() const;
    std::optional<boost::json::object> about(const std::string& id, const ProjectFolder& project) const;
    void remove(const std::string& id) const;
    void purge(core::Millis now) const;

    std::filesystem::path folder_;
    TrashLimits limits_;
};

} // namespace pix::workbench
