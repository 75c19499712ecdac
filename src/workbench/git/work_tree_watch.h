#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/process/fd.h"

namespace pix::workbench {

/// What of a file changes when it does.
struct PathMark {
    std::uint64_t device = 0, inode = 0, size = 0; ///< all 0: there is no such file
    std::int64_t modified_ns = 0, changed_ns = 0;
    std::uint32_t mode = 0, links = 0;
    bool operator==(const PathMark&) const = default;
};

PathMark mark_of(const std::string& path);

/// How many folders are watched in all.
struct WatchBudget {
    std::atomic<std::size_t> left;
};

/// Notices whatever could change the answer of `git status` for one folder: every folder below it by inotify, and
/// single files elsewhere (git's own, configuration) by their marks.
///
/// Runs on: the pool; thread-safe.
/// Owns:    the inotify descriptor.
/// Units:   a generation is counted up with every change noticed.
/// Source:  inotify(7). An event is queued before the call that caused it returns, so what is read here leaves out
///          nothing that was finished before. Not told: writes through a mapping, or through a name outside the
///          folder, that was made behind the watch's back (an answer is therefore asked for again now and then), and
///          other machines' writes (only local file systems are watched).
class WorkTreeWatch {
public:
    enum class News {
        none,
        content,   ///< files have changed; the watch still sees everything
        structure, ///< folders or git's own files have changed: make a new watch
    };

    /// Watches `folder`, but not the folders in `ignored` (relative, with a final slash), and the marks of `files`.
    /// Nothing if that cannot be done completely: another file system, a repository inside, too many folders.
    static std::unique_ptr<WorkTreeWatch> start(const std::string& folder, std::vector<std::string> ignored,
                                                const std::vector<std::string>& files, WatchBudget& budget);
    ~WorkTreeWatch();
    WorkTreeWatch(const WorkTreeWatch&) = delete;
    WorkTreeWatch& operator=(const WorkTreeWatch&) = delete;

    /// What has happened since the last call, and the generation that it led to.
    std::pair<News, std::uint64_t> look();
    /// True if one of the files was changed so lately that another change may leave the same mark.
    bool is_racy() const;
    std::size_t folders() const { return folders_.size(); }

private:
    explicit WorkTreeWatch(WatchBudget& budget) : budget_(budget) {}
    bool add_tree(const std::string& folder, const std::vector<std::string>& ignored);
    bool add_folder(const std::string& path);
    News drain();

    WatchBudget& budget_;
    mutable std::mutex mutex_;
    process::Fd inotify_;
    std::string root_;
    std::uint64_t device_ = 0;
    std::unordered_map<int, std::string> folders_; ///< absolute, with a final slash
    std::map<std::string, PathMark> files_;
    std::map<std::string, PathMark> suspects_; ///< files that may change without an event
    std::uint64_t generation_ = 1;
    bool broken_ = false;
};

} // namespace pix::workbench
