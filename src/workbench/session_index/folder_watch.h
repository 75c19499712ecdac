#pragma once
#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace pix::workbench {

/// Hears of files that change below some folders, whether these exist yet or not.
///
/// Runs on: one thread; wake() on any.
/// Owns:    its inotify descriptor and one watch a folder, at most ten levels deep.
/// Source:  inotify(7).
class FolderWatch {
public:
    explicit FolderWatch(std::vector<std::filesystem::path> roots);
    ~FolderWatch();
    FolderWatch(const FolderWatch&) = delete;
    FolderWatch& operator=(const FolderWatch&) = delete;

    struct Heard {
        std::set<std::filesystem::path> files; ///< made, changed, moved or deleted
        bool lost = false;                     ///< something was missed, or a folder went: look everywhere
    };
    /// What has happened since the last call; waits for the first of it.
    Heard wait(std::chrono::milliseconds timeout);
    /// Ends a wait.
    void wake();
    /// False when the kernel has no watches left: somebody has to look from time to time.
    bool is_complete() const { return complete_; }

private:
    void watch_root(const std::filesystem::path& root);
    void watch_tree(const std::filesystem::path& folder, int depth, Heard* heard);
    bool add(const std::filesystem::path& folder, int depth);
    void take(int descriptor, std::uint32_t mask, const std::string& name, Heard& heard);

    struct Watched {
        std::filesystem::path folder;
        int depth = 0; ///< -1: not below a root, only the way to one
    };

    std::vector<std::filesystem::path> roots_;
    std::unordered_map<int, Watched> watched_;
    int inotify_ = -1;
    int wake_ = -1;
    bool complete_ = true;
};

} // namespace pix::workbench
