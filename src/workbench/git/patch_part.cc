#include <algorithm>
#include <set>

#include "workbench/git/patch.h"

namespace pix::workbench {

using core::Errc;

namespace {

std::string span(int start, int count)
{
    return std::to_string(start) + "," + std::to_string(count);
}

/// The lines that stay, those on the side to be patched that nobody chose as context.
std::vector<PatchLine> kept_lines(const PatchHunk& hunk, const HunkChoice& choice, bool reverse)
{
    std::set<std::size_t> wanted;
    if (choice.lines) wanted.insert(choice.lines->begin(), choice.lines->end());
    char const present = reverse ? '+' : '-'; // what the file to be patched has
    std::vector<PatchLine> kept;
    for (std::size_t i = 0; i < hunk.lines.size(); ++i) {
        PatchLine line = hunk.lines[i];
        bool const chosen = !choice.lines || wanted.contains(i);
        if (line.kind != ' ' && !chosen) {
            if (line.kind != present) continue;
            line.kind = ' ';
        }
        kept.push_back(std::move(line));
    }
    return kept;
}

std::string text_of(const std::vector<PatchLine>& lines)
{
    std::string text;
    for (auto const& line : lines) {
        text += line.kind;
        text += line.text;
        text += line.no_newline ? "\n\\ No newline at end of file\n" : "\n";
    }
    return text;
}

bool takes_all(const PatchFile& file, const std::vector<HunkChoice>& chosen)
{
    return chosen.size() == file.hunks.size() &&
           std::all_of(chosen.begin(), chosen.end(), [](const HunkChoice& choice) { return !choice.lines; });
}

/// A part of a new or deleted file is a change of a file that stays, when the other part is there already.
std::string head_of(const PatchFile& file, bool whole, bool reverse)
{
    bool const stays = (file.kind == PatchFile::deleted && !reverse) || (file.kind == PatchFile::added && reverse);
    std::string const old_name = quote_path("a/" + (file.old_path.empty() ? file.path : file.old_path));
    std::string const new_name = quote_path("b/" + file.path);
    std::string head = "diff --git " + quote_path("a/" + file.path) + " " + new_name + "\n";
    if (file.kind == PatchFile::added && !(stays && !whole)) {
        head += "new file mode " + (file.new_mode.empty() ? std::string("100644") : file.new_mode) + "\n";
        return head + "--- /dev/null\n+++ " + new_name + "\n";
    }
    if (file.kind == PatchFile::deleted && !(stays && !whole)) {
        head += "deleted file mode " + (file.old_mode.empty() ? std::string("100644") : file.old_mode) + "\n";
        return head + "--- " + old_name + "\n+++ /dev/null\n";
    }
    return head + "--- " + quote_path("a/" + file.path) + "\n+++ " + new_name + "\n";
}

} // namespace

GitResult<std::string> part_of(const PatchFile& file, const std::vector<HunkChoice>& chosen, bool reverse)
{
    if (file.binary) return git_fail(Errc::invalid, "INVALID", "a binary file has no hunks");
    if (chosen.empty()) return git_fail(Errc::invalid, "INVALID", "hunks is empty");
    bool const whole = takes_all(file, chosen);
    std::string patch = head_of(file, whole, reverse);
    int shift = 0; // how far what was taken so far moves the lines of the other side
    std::size_t taken = 0;
    bool changes = false;
    for (auto const& hunk : file.hunks) {
        std::string const id = hunk.id();
        auto const choice =
            std::find_if(chosen.begin(), chosen.end(), [&](const HunkChoice& each) { return each.id == id; });
        if (choice == chosen.end()) continue;
        ++taken;
        if (choice->lines)
            for (auto const index : *choice->lines)
                if (index >= hunk.lines.size() || hunk.lines[index].kind == ' ')
                    return git_fail(Errc::invalid, "INVALID", "lines names no changed line of the hunk");
        auto const lines = kept_lines(hunk, *choice, reverse);
        auto const sum = [&lines](char absent) {
            return static_cast<int>(std::count_if(lines.begin(), lines.end(),
                                                  [absent](const PatchLine& line) { return line.kind != absent; }));
        };
        int const old_count = sum('+');
        int const new_count = sum('-');
        changes = changes || std::any_of(lines.begin(), lines.end(), [](auto const& line) { return line.kind != ' '; });
        // The side that is patched keeps its place; the other one follows from it.
        int old_start = hunk.old_start;
        int new_start = hunk.new_start;
        if (reverse)
            old_start = new_start - shift - (new_count == 0 ? -1 : 0) + (old_count == 0 ? -1 : 0);
        else
            new_start = old_start + shift + (old_count == 0 ? 1 : 0) - (new_count == 0 ? 1 : 0);
        patch += "@@ -" + span(std::max(old_start, 0), old_count) + " +" + span(std::max(new_start, 0), new_count) +
                 " @@\n" + text_of(lines);
        shift += new_count - old_count;
    }
    if (taken != chosen.size())
        return git_fail(Errc::conflict, "GIT_PATCH_FAILED", "The file has changed meanwhile.", "Look again.");
    if (!changes) return git_fail(Errc::invalid, "INVALID", "no changed line is chosen");
    return patch;
}

} // namespace pix::workbench
