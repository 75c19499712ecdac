#pragma once
#include <dirent.h>
#include <sys/stat.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "workbench/file/ignore_rules.h"
#include "workbench/file/project_folder.h"

namespace pix::workbench {

/// What a walk leaves out. Version control and installed packages always; the rest as asked.
enum class LeaveOut : std::uint8_t {
    by_default,   ///< also dist and build
    by_gitignore, ///< what the .gitignore files say; without one at the root: as by default
    nothing_more, ///< only version control and installed packages
};

struct WalkOptions {
    LeaveOut leave_out = LeaveOut::by_default;
    unsigned depth = 64; ///< levels that are read; an open descriptor each
    std::chrono::milliseconds time{5000};
};

/// One thing found; links are not followed.
struct WalkEntry {
    ContainedPath path;
    struct stat about{};
    unsigned depth = 0;  ///< 0: in the folder that was asked for
    bool enters = false; ///< a folder that is read next

    bool is_folder() const { return S_ISDIR(about.st_mode); }
    bool is_link() const { return S_ISLNK(about.st_mode); }
};

/// Goes through a folder and what is below it, each folder before its content, never through a link, never into another
/// file system, reading one folder at a time.
///
/// Runs on: any thread; blocks on the file system.
/// Owns:    an open descriptor for each level it is in.
class FolderWalk {
public:
    /// Errors: those of ProjectFolder::open_folder().
    static core::Result<FolderWalk> start(const ProjectFolder& project, const ContainedPath& folder,
                                          WalkOptions options);

    /// The next thing; nothing at the end, or when the time is over.
    std::optional<WalkEntry> next();
    /// The open folder that the last entry is in.
    int folder() const;
    /// True when the walk stopped because the time was over.
    bool out_of_time() const { return out_of_time_; }

private:
    struct CloseStream {
        void operator()(DIR* stream) const { ::closedir(stream); }
    };
    struct Level {
        std::unique_ptr<DIR, CloseStream> stream;
        ContainedPath path;
        std::shared_ptr<const IgnoreRules> rules;
    };

    FolderWalk(WalkOptions options) : options_(options), deadline_(std::chrono::steady_clock::now() + options.time) {}
    bool push(Descriptor folder, ContainedPath path, std::shared_ptr<const IgnoreRules> outer);
    bool is_left_out(std::string_view name, const ContainedPath& path, bool is_folder) const;
    void enter();

    WalkOptions options_;
    std::chrono::steady_clock::time_point deadline_;
    std::vector<Level> levels_;
    dev_t device_ = 0;
    std::string entering_; ///< the name of the folder to enter next, in the last level
    ContainedPath entering_path_;
    bool by_rules_ = false;
    bool out_of_time_ = false;
};

} // namespace pix::workbench
