#pragma once
#include <memory>
#include <string>
#include <vector>

#include "workbench/file/folder_walk.h"

namespace pix::workbench {

/// A folder as a zip file, made piece by piece as it is sent. Links that lead out of the folder, sockets and the like
/// are left out; what could not be read is named in an entry at the end.
///
/// Runs on: any thread, one at a time; blocks.
/// Owns:    a few hundred KiB, whatever the folder's size, and the descriptors of a walk.
/// Errors:  those of ProjectFolder::open_folder(), Errc::internal (the library refuses).
class FolderArchive {
public:
    static core::Result<std::unique_ptr<FolderArchive>> open(const ProjectFolder& project, const ContainedPath& folder,
                                                             WalkOptions options);
    ~FolderArchive();

    /// The next bytes; none at the end.
    core::Result<std::string> next();
    /// "app.zip".
    std::string filename() const { return top_ + ".zip"; }

private:
    struct Zip;

    FolderArchive(FolderWalk walk, ContainedPath folder, std::string top);
    core::Result<void> step();
    core::Result<void> start(const WalkEntry& entry);
    core::Result<void> add_link(const WalkEntry& entry);
    core::Result<void> continue_file();
    core::Result<void> finish();
    std::string name_of(const ContainedPath& path) const;
    void skip(const WalkEntry& entry, std::string_view why);

    std::unique_ptr<Zip> zip_;
    FolderWalk walk_;
    ContainedPath folder_;
    std::string top_; ///< the folder that everything in the archive is in
    Descriptor file_; ///< being read
    std::uint64_t left_ = 0;
    std::vector<std::string> skipped_;
    bool finished_ = false;
};

} // namespace pix::workbench
