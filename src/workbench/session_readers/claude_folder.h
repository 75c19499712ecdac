#pragma once
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace pix::workbench {

/// Finds the working folder that belongs to one of Claude Code's folders, from the folder's own transcripts.
///
/// Thread-safe.
class ClaudeFolders {
public:
    /// The most frequent `cwd` in the beginnings of the newest transcripts whose encoding is the folder's name; empty
    /// if there is none. Looked up again when the folder has changed.
    std::string path_of(const std::filesystem::path& folder) const;

private:
    struct Known {
        std::int64_t modified = 0;
        std::string path;
    };
    mutable std::mutex mutex_;
    mutable std::map<std::string, Known> known_;
};

} // namespace pix::workbench
