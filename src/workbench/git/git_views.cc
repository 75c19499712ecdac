#include "workbench/git/git_views.h"

#include "core/base/text.h"

namespace pix::workbench {

namespace json = boost::json;

namespace {

bool in_either(const StatusEntry& entry, std::string_view letters)
{
    return letters.contains(entry.index) || letters.contains(entry.worktree);
}

json::object entry_view(const StatusEntry& entry)
{
    json::object view{{"path", core::to_utf8(entry.path)},
                      {"index", std::string(1, entry.index)},
                      {"worktree", std::string(1, entry.worktree)},
                      {"conflicted", entry.conflicted},
                      {"untracked", entry.untracked},
                      {"submodule", entry.submodule}};
    if (!entry.old_path.empty()) view["oldPath"] = core::to_utf8(entry.old_path);
    return view;
}

std::string_view kind_name(PatchFile::Kind kind)
{
    switch (kind) {
    case PatchFile::modified: return "modified";
    case PatchFile::added: return "added";
    case PatchFile::deleted: return "deleted";
    case PatchFile::renamed: return "renamed";
    case PatchFile::copied: return "copied";
    }
    return "modified";
}

json::object hunk_view(const PatchHunk& hunk)
{
    json::array lines;
    lines.reserve(hunk.lines.size());
    for (auto const& line : hunk.lines) {
        json::object view{{"kind", line.kind == '+'   ? "add"
                                   : line.kind == '-' ? "delete"
                                                      : "context"},
                          {"text", core::to_utf8(line.text)}};
        if (line.old_number != 0) view["old"] = line.old_number;
        if (line.new_number != 0) view["new"] = line.new_number;
        if (line.no_newline) view["noNewline"] = true;
        lines.emplace_back(std::move(view));
    }
    return json::object{{"id", hunk.id()},
                        {"oldStart", hunk.old_start},
                        {"oldLines", hunk.old_count},
                        {"newStart", hunk.new_start},
                        {"newLines", hunk.new_count},
                        {"section", core::to_utf8(hunk.section)},
                        {"lines", std::move(lines)}};
}

} // namespace

json::array texts_view(const std::vector<std::string>& texts)
{
    json::array list;
    list.reserve(texts.size());
    for (auto const& text : texts) list.emplace_back(core::to_utf8(text));
    return list;
}

json::object view_of(const GitStatus& status)
{
    json::array modified;
    json::array added;
    json::array deleted;
    json::array untracked;
    json::array staged;
    json::array conflicted;
    json::array entries;
    for (auto const& entry : status.entries) {
        std::string const path = core::to_utf8(entry.path);
        if (entry.untracked)
            untracked.emplace_back(path);
        else if (entry.conflicted || in_either(entry, "MRCTU"))
            modified.emplace_back(path);
        else if (in_either(entry, "A"))
            added.emplace_back(path);
        else if (in_either(entry, "D"))
            deleted.emplace_back(path);
        if (entry.conflicted)
            conflicted.emplace_back(path);
        else if (!entry.untracked && entry.index != '.')
            staged.emplace_back(path);
        entries.emplace_back(entry_view(entry));
    }
    json::object view{
        {"branch", core::to_utf8(status.branch)},
        {"ahead", status.ahead},
        {"behind", status.behind},
        {"modified", std::move(modified)},
        {"added", std::move(added)},
        {"deleted", std::move(deleted)},
        {"untracked", std::move(untracked)},
        {"staged", std::move(staged)},
        {"conflicted", std::move(conflicted)},
        {"entries", std::move(entries)},
        {"hasCommits", status.has_commits},
        {"detached", status.is_repository && status.detached},
        {"upstream", status.upstream.empty() ? json::value(nullptr) : json::value(core::to_utf8(status.upstream))}};
    if (!status.operation.empty()) view["operation"] = status.operation;
    if (!status.is_repository) {
        view["branch"] = "";
        view["notGitRepository"] = true;
        view["details"] = "The project's folder is no git repository.";
    }
    return view;
}

json::object view_of(const GitBranches& branches)
{
    json::array both = texts_view(branches.local);
    for (auto const& name : branches.remote) both.emplace_back(core::to_utf8(name));
    return json::object{{"current", core::to_utf8(branches.current)},  {"local", texts_view(branches.local)},
                        {"remote", texts_view(branches.remote)},       {"branches", std::move(both)},
                        {"localBranches", texts_view(branches.local)}, {"remoteBranches", texts_view(branches.remote)}};
}

json::object view_of(const GitDone& done)
{
    json::object view{{"success", true}, {"output", core::to_utf8(done.output)}};
    if (!done.message.empty()) view["message"] = core::to_utf8(done.message);
    if (!done.hash.empty()) view["hash"] = done.hash;
    return view;
}

json::array view_of(const std::vector<PatchFile>& files)
{
    json::array list;
    for (auto const& file : files) {
        json::array hunks;
        for (auto const& hunk : file.hunks) hunks.emplace_back(hunk_view(hunk));
        json::object view{
            {"path", core::to_utf8(file.path)}, {"status", kind_name(file.kind)}, {"binary", file.binary},
            {"additions", file.additions()},    {"deletions", file.deletions()},  {"hunks", std::move(hunks)}};
        if (!file.old_path.empty()) view["oldPath"] = core::to_utf8(file.old_path);
        if (!file.old_mode.empty()) view["oldMode"] = file.old_mode;
        if (!file.new_mode.empty()) view["newMode"] = file.new_mode;
        list.emplace_back(std::move(view));
    }
    return list;
}

} // namespace pix::workbench
