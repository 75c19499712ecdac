#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "workbench/file/folder_walk.h"

namespace pix::workbench {

struct NameListLimits {
    std::size_t files = 100'000;
    std::size_t bytes = 8UL << 20; ///< of all paths
    std::chrono::milliseconds time{2000};
};

/// The paths of a project's files as a palette searches them.
///
/// Runs on: any thread; immutable once made.
class NameList {
public:
    /// Reads the project; blocks. What .gitignore files name is left out. Errors: those of open_folder().
    static core::Result<NameList> read(const ProjectFolder& project, const NameListLimits& limits);
    /// For tests.
    void add(std::string_view path);

    std::size_t size() const { return ends_.size(); }
    std::string_view operator[](std::size_t number) const;
    /// True when not all of the project is in it.
    bool is_cut() const { return cut_; }

private:
    std::string text_; ///< all paths, one after the other
    std::vector<std::uint32_t> ends_;
    bool cut_ = false;
};

/// How well words fit a path; 0: not at all. Each word, whatever its case, has to be in the path, its letters together
/// or at least in their order; the file's own name counts more than its folders, the start of a word more than its
/// middle.
int score_of(std::string_view path, const std::vector<std::string>& words);

/// Numbers of the best fitting paths, the best first, at most `limit`.
std::vector<std::size_t> search_names(const NameList& names, std::string_view query, std::size_t limit);

} // namespace pix::workbench
