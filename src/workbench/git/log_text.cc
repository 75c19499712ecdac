#include "workbench/git/log_text.h"

#include <algorithm>
#include <optional>

#include "core/base/text.h"

namespace pix::workbench {

namespace {

std::optional<std::string_view> take(std::string_view& text)
{
    std::size_t const zero = text.find('\0');
    if (zero == std::string_view::npos) return std::nullopt;
    std::string_view const part = text.substr(0, zero);
    text.remove_prefix(zero + 1);
    return part;
}

std::string_view without_word(std::string_view text, std::string_view word)
{
    return text.starts_with(word) ? text.substr(word.size()) : text;
}

/// "HEAD -> refs/heads/main, tag: refs/tags/v1, refs/remotes/origin/main"; no name has a blank in it.
void read_refs(std::string_view text, GitCommit& commit)
{
    while (!text.empty()) {
        std::size_t const comma = text.find(", ");
        std::string_view ref = text.substr(0, comma);
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 2);
        if (ref == "HEAD" || ref.starts_with("HEAD -> ")) commit.is_head = true;
        if (ref == "HEAD") continue;
        ref = without_word(without_word(ref, "HEAD -> "), "tag: ");
        if (ref.starts_with("refs/pix/") || ref.ends_with("/HEAD")) continue;
        for (auto const* folder : {"refs/heads/", "refs/remotes/", "refs/tags/", "refs/"})
            if (ref.starts_with(folder)) {
                ref = without_word(ref, folder);
                break;
            }
        commit.refs.emplace_back(ref);
    }
}

} // namespace

std::vector<GitCommit> parse_log(std::string_view text)
{
    using namespace std::string_view_literals;
    std::vector<GitCommit> commits;
    while (true) {
        std::size_t const start = text.find("\0\0"sv);
        if (start == std::string_view::npos) break;
        if (!commits.empty()) commits.back().stats = core::trim(text.substr(0, start));
        text.remove_prefix(start + 2);
        std::array<std::string_view, 8> fields;
        for (auto& field : fields) {
            auto const part = take(text);
            if (!part) return commits;
            field = *part;
        }
        GitCommit commit;
        commit.hash = fields[0];
        if (!fields[1].empty())
            for (auto const parent : core::split(fields[1], ' ')) commit.parents.emplace_back(parent);
        commit.author = fields[2];
        commit.email = fields[3];
        commit.date = fields[4];
        commit.committer = fields[5];
        read_refs(fields[6], commit);
        commit.message = core::trim(fields[7]);
        commits.push_back(std::move(commit));
    }
    if (!commits.empty()) commits.back().stats = core::trim(text);
    return commits;
}

std::vector<ChangedFile> parse_changed_files(std::string_view text)
{
    std::vector<ChangedFile> files;
    while (auto part = take(text)) {
        if (part->starts_with('\n')) part->remove_prefix(1);
        if (part->starts_with(':')) {
            std::size_t const blank = part->rfind(' ');
            if (blank == std::string_view::npos || blank + 1 >= part->size()) break;
            ChangedFile file;
            file.status = (*part)[blank + 1];
            auto const name = take(text);
            if (!name) break;
            file.path = *name;
            if (file.status == 'R' || file.status == 'C') {
                auto const new_name = take(text);
                if (!new_name) break;
                file.old_path = std::exchange(file.path, std::string(*new_name));
            }
            files.push_back(std::move(file));
            continue;
        }
        auto const columns = core::split(*part, '\t');
        if (columns.size() < 3) continue;
        std::string path(part->substr(columns[0].size() + columns[1].size() + 2));
        if (path.empty()) {
            if (!take(text)) break;
            auto const new_name = take(text);
            if (!new_name) break;
            path = *new_name;
        }
        auto const found =
            std::find_if(files.begin(), files.end(), [&](const ChangedFile& file) { return file.path == path; });
        if (found == files.end()) continue;
        found->additions = static_cast<int>(core::parse_int(columns[0], false).value_or(-1));
        found->deletions = static_cast<int>(core::parse_int(columns[1], false).value_or(-1));
    }
    return files;
}

} // namespace pix::workbench
