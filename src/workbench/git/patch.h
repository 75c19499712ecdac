#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workbench/git/git_failure.h"

namespace pix::workbench {

/// One line of a hunk.
struct PatchLine {
    char kind = ' ';    ///< ' ' both sides, '-' old, '+' new
    std::string text;   ///< without line end; bytes as they are
    int old_number = 0; ///< 0: not on that side
    int new_number = 0;
    bool no_newline = false; ///< the side ends here without a line end
    bool operator==(const PatchLine&) const = default;
};

struct PatchHunk {
    int old_start = 0;
    int old_count = 0;
    int new_start = 0;
    int new_count = 0;
    std::string section; ///< what git found above it: a function's head
    std::vector<PatchLine> lines;

    /// Names the hunk by what it does, so that a list that was read before a change is noticed.
    std::string id() const;
};

struct PatchFile {
    enum Kind { modified, added, deleted, renamed, copied };
    Kind kind = modified;
    std::string path;     ///< new name, or the old one of a deleted file
    std::string old_path; ///< of a rename or copy
    std::string old_mode; ///< "100644"; empty when it says nothing
    std::string new_mode;
    bool binary = false;
    std::string header; ///< the lines before the first hunk, as git wrote them
    std::vector<PatchHunk> hunks;

    int additions() const;
    int deletions() const;
};

/// Reads what `git diff` writes with a/ and b/ in front of names.
/// Source: git-diff(1), "Generating patch text with -p". Never fails: lines that do not fit end the hunk they are in.
std::vector<PatchFile> parse_patch(std::string_view text);

/// A name as git quotes it in C style, or as it is. Nothing if the quoting is broken.
std::optional<std::string> unquote_path(std::string_view text);
/// The same the other way, for a header of our own.
std::string quote_path(std::string_view path);

/// Which lines of a hunk are meant; no lines: all of them.
struct HunkChoice {
    std::string id;
    std::optional<std::vector<std::size_t>> lines; ///< indexes into PatchHunk::lines
};

/// A patch with only the chosen hunks and lines of `file`. With `reverse` it is one for `git apply --reverse`.
/// Errors: "GIT_PATCH_FAILED" (no such hunk: the file has changed), Errc::invalid (no such line, nothing chosen,
/// binary).
GitResult<std::string> part_of(const PatchFile& file, const std::vector<HunkChoice>& chosen, bool reverse);

} // namespace pix::workbench
