#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "workbench/git/work_tree_watch.h"

namespace pix::workbench {

/// Copies of repositories' indexes, in which git may note what it has learned (file times, its untracked cache) without
/// taking the user's lock.
///
/// Runs on: the pool; thread-safe.
/// Owns:    the copies; what an earlier server left behind is deleted at the start.
/// Source:  git's racy-git.txt: an index has to keep its time, for a file as young as it is looked into again.
class IndexCopies {
public:
    explicit IndexCopies(std::filesystem::path folder);
    ~IndexCopies();
    IndexCopies(const IndexCopies&) = delete;
    IndexCopies& operator=(const IndexCopies&) = delete;

    /// A copy as new as the repository's index; nothing if there is no index, or it cannot be copied.
    std::optional<std::string> copy_for(const std::string& git_dir);

private:
    struct Copy {
        PathMark of;
        std::string path;
    };
    void clear();

    std::filesystem::path folder_;
    std::mutex mutex_;
    std::map<std::string, Copy> copies_;
    std::uint64_t number_ = 0;
};

} // namespace pix::workbench
