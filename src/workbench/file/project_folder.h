#pragma once
#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "workbench/file/contained_path.h"
#include "workbench/file/descriptor.h"

namespace pix::workbench {

/// Where a name stands: its folder, held open, and the name in it. Whatever is done to it cannot leave that folder.
struct Place {
    Descriptor folder; ///< opened as a path: for the ...at() calls
    std::string name;
};

/// A plain file, open for reading.
struct OpenFile {
    Descriptor descriptor;
    struct stat about{};
};

/// The folder of a project, held open. Everything that touches a project's files goes through it: the kernel resolves
/// each path beneath the open folder and refuses what leads out, whoever changes links meanwhile.
///
/// Runs on: any thread; blocks on the file system, so call it on a pool.
/// Errors:  of all functions: Errc::forbidden (PATH_OUTSIDE_PROJECT, PERMISSION_DENIED), Errc::not_found
///          (FILE_NOT_FOUND), Errc::invalid (LINK_LOOP), Errc::unavailable.
/// Source:  openat2(2), RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS; Linux 5.6.
class ProjectFolder {
public:
    /// `path` is absolute and real. Errors: Errc::not_found (PROJECT_NOT_FOUND: it is gone or no folder).
    static core::Result<ProjectFolder> open(std::string path);

    const std::string& path() const { return path_; }
    int descriptor() const { return root_.number(); }

    /// What a client calls a path, as a path below this folder.
    core::Result<ContainedPath> contained(std::string_view text) const { return ContainedPath::read(path_, text); }

    /// Whatever is there, opened as a path only: nothing is read, no device is touched. Links are followed as long as
    /// they stay inside; absolute ones, too.
    core::Result<Descriptor> find(const ContainedPath& path) const;
    /// A plain file for reading. Errors: also Errc::invalid (NOT_A_FILE: a folder, socket, FIFO or device).
    core::Result<OpenFile> open_file(const ContainedPath& path) const;
    /// A folder for listing. Errors: also Errc::invalid (NOT_A_FOLDER).
    core::Result<Descriptor> open_folder(const ContainedPath& path) const;

    /// The place of a path that need not be there. Links on the way are followed, one at the end is not.
    /// Errors: also Errc::forbidden for the root, which has no place inside.
    core::Result<Place> place_of(const ContainedPath& path) const;
    /// The place where `found` (by find()) really is: where a new content for it has to be put.
    /// Errors: also Errc::conflict when it was moved meanwhile.
    core::Result<Place> real_place_of(const Descriptor& found, const ContainedPath& path) const;
    /// As place_of(), but makes the folders that are missing; their names are checked like any new name.
    /// What was made is added to `made`, outermost first.
    core::Result<Place> make_place(const ContainedPath& path, std::vector<ContainedPath>* made = nullptr) const;

private:
    ProjectFolder(std::string path, Descriptor root) : path_(std::move(path)), root_(std::move(root)) {}
    core::Result<Descriptor> open_beneath(const ContainedPath& path, int flags) const;

    std::string path_;
    Descriptor root_;
};

/// Opens for real what was opened as a path. For plain files and folders only. -1 with errno.
int reopen(const Descriptor& found, int flags);

/// "a folder", "a socket": what a message calls it.
std::string_view kind_of(const struct stat& about);

} // namespace pix::workbench
