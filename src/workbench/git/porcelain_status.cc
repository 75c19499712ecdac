#include "workbench/git/porcelain_status.h"

#include <optional>

#include "core/base/text.h"

namespace pix::workbench {

using core::Errc;

namespace {

std::unexpected<GitFailure> nonsense()
{
    return git_fail(Errc::internal, "GIT_FAILED", "Git's status cannot be read.");
}

/// Takes the text up to the next separator; nothing if there is none.
std::optional<std::string_view> take(std::string_view& text, char separator)
{
    std::size_t const at = text.find(separator);
    if (at == std::string_view::npos) return std::nullopt;
    std::string_view const part = text.substr(0, at);
    text.remove_prefix(at + 1);
    return part;
}

void read_header(std::string_view line, PorcelainStatus& status)
{
    auto const after = [&line](std::string_view word) -> std::optional<std::string> {
        if (!line.starts_with(word)) return std::nullopt;
        return std::string(line.substr(word.size()));
    };
    if (auto const oid = after("# branch.oid "))
        status.commit = *oid == "(initial)" ? "" : *oid;
    else if (auto const head = after("# branch.head "))
        status.branch = *head == "(detached)" ? "" : *head;
    else if (auto const upstream = after("# branch.upstream "))
        status.upstream = *upstream;
    else if (auto const counts = after("# branch.ab ")) {
        auto const parts = core::split(*counts, ' ');
        if (parts.size() != 2 || parts[0].size() < 2 || parts[1].size() < 2) return;
        status.ahead = static_cast<int>(core::parse_int(parts[0].substr(1), false).value_or(0));
        status.behind = static_cast<int>(core::parse_int(parts[1].substr(1), false).value_or(0));
    }
}

/// "1 XY sub ..." with so many fields before the path.
std::optional<StatusEntry> read_entry(std::string_view line, int fields)
{
    StatusEntry entry;
    line.remove_prefix(2);
    for (int i = 0; i < fields; ++i) {
        auto const field = take(line, ' ');
        if (!field) return std::nullopt;
        if (i == 0) {
            if (field->size() != 2) return std::nullopt;
            entry.index = (*field)[0];
            entry.worktree = (*field)[1];
        }
        if (i == 1) entry.submodule = field->starts_with('S');
    }
    if (line.empty()) return std::nullopt;
    entry.path = line;
    return entry;
}

} // namespace

GitResult<PorcelainStatus> parse_status(std::string_view text)
{
    PorcelainStatus status;
    while (!text.empty()) {
        auto const line = take(text, '\0');
        if (!line) return nonsense();
        if (line->size() < 3 || (*line)[1] != ' ') continue;
        if (line->front() == '#') {
            read_header(*line, status);
        } else if (line->front() == '?') {
            StatusEntry entry;
            entry.path = line->substr(2);
            entry.index = entry.worktree = '?';
            entry.untracked = true;
            status.entries.push_back(std::move(entry));
        } else if (line->front() == '1' || line->front() == '2' || line->front() == 'u') {
            auto entry = read_entry(*line, line->front() == '1' ? 7 : line->front() == '2' ? 8 : 9);
            if (!entry) return nonsense();
            entry->conflicted = line->front() == 'u';
            if (line->front() == '2') {
                auto const old = take(text, '\0');
                if (!old) return nonsense();
                entry->old_path = *old;
            }
            status.entries.push_back(*std::move(entry));
        }
    }
    return status;
}

} // namespace pix::workbench
