#include <algorithm>

#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "workbench/git/git.h"
#include "workbench/git/git_names.h"
#include "workbench/git/path_list.h"
#include "workbench/git/work_file.h"

namespace pix::workbench {

using core::Errc;
namespace json = boost::json;

namespace {

constexpr std::size_t kept_file_bytes = 64UL * 1024 * 1024;
constexpr std::size_t kept_files = 1000;
constexpr std::size_t kept_discards = 50;
constexpr std::string_view kept_refs = "refs/pix/discarded/";

bool is_under(std::string_view path, std::string_view asked)
{
    if (path == asked) return true;
    bool const folder = asked.ends_with('/');
    return path.starts_with(asked) && (folder || path.substr(asked.size()).starts_with('/'));
}

bool is_id(std::string_view id)
{
    return !id.empty() && id.size() <= 64 &&
           std::all_of(id.begin(), id.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); });
}

} // namespace

/// The files' present content becomes a commit of its own, which a ref keeps from being collected. Files that are gone
/// are named in its message.
awaitable<GitResult<std::string>> Git::keep(Repository repository, std::vector<std::string> files)
{
    if (files.size() > kept_files)
        co_return git_fail(Errc::too_large, "TOO_LARGE", "More than 1,000 files cannot be discarded at once.");
    std::string entries;
    json::array names;
    json::array gone;
    for (auto const& file : files) {
        auto read = [folder = repository.folder, file] { return read_work_file(folder, file, kept_file_bytes); };
        auto found = co_await core::run_on(pool_, std::move(read));
        names.emplace_back(core::base64_encode(file));
        if (!found && found.error().code == Errc::not_found) {
            gone.emplace_back(core::base64_encode(file));
            continue;
        }
        if (!found) co_return std::unexpected(GitFailure(found.error()));
        if (found->cut)
            co_return git_fail(Errc::too_large, "TOO_LARGE", "A file over 64 MiB is too large to be kept for undoing.");
        auto store = repository.write({"hash-object", "-w", "--no-filters", "--stdin"});
        store.input = std::move(found->bytes);
        PIX_CO_TRY(auto stored, co_await command_.succeed(std::move(store)));
        entries += found->is_link ? "120000 " : found->executable ? "100755 " : "100644 ";
        entries += std::string(core::trim(stored.output)) + "\t" + repository.prefix + file + '\0';
    }
    std::string const id = core::sortable_id();
    // An index of its own: the user's is not touched.
    std::string const index = "GIT_INDEX_FILE=" + (config_.cache / ("discard-" + id)).string();
    auto fill = repository.write({"update-index", "-z", "--index-info"});
    fill.env.push_back(index);
    fill.input = std::move(entries);
    PIX_CO_TRY(auto const filled, co_await command_.succeed(std::move(fill)));
    auto tree = repository.write({"write-tree"});
    tree.env.push_back(index);
    auto written = co_await command_.succeed(std::move(tree));
    std::error_code ignored;
    std::filesystem::remove(config_.cache / ("discard-" + id), ignored);
    if (!written) co_return std::unexpected(std::move(written).error());
    auto commit = repository.write({"commit-tree", "--no-gpg-sign", std::string(core::trim(written->output))});
    for (auto const* who : {"GIT_AUTHOR_NAME=Pix", "GIT_AUTHOR_EMAIL=pix@localhost", "GIT_COMMITTER_NAME=Pix",
                            "GIT_COMMITTER_EMAIL=pix@localhost"})
        commit.env.emplace_back(who);
    json::object const message{{"files", std::move(names)}, {"gone", std::move(gone)}, {"prefix", repository.prefix}};
    commit.input = core::to_text(message) + "\n";
    PIX_CO_TRY(auto made, co_await command_.succeed(std::move(commit)));
    auto name = repository.write({"update-ref", std::string(kept_refs) + id, std::string(core::trim(made.output))});
    PIX_CO_TRY(auto const named, co_await command_.succeed(std::move(name)));
    PIX_CO_CHECK(co_await forget_old(repository));
    co_return id;
}

awaitable<GitResult<void>> Git::forget_old(Repository repository)
{
    auto list = repository.look({"for-each-ref", "--format=%(refname)", std::string(kept_refs)});
    PIX_CO_TRY(auto run, co_await command_.succeed(std::move(list)));
    auto refs = core::split(run.output, '\n');
    std::erase(refs, std::string_view());
    if (refs.size() <= kept_discards) co_return GitResult<void>();
    std::string commands;
    for (std::size_t i = 0; i + kept_discards < refs.size(); ++i) commands += "delete " + std::string(refs[i]) + "\n";
    auto forget = repository.write({"update-ref", "--stdin"});
    forget.input = std::move(commands);
    PIX_CO_TRY(auto const done, co_await command_.succeed(std::move(forget)));
    co_return GitResult<void>();
}

awaitable<GitResult<GitDone>> Git::restore(Repository repository, std::vector<std::string> files)
{
    PIX_CO_TRY(auto const status, co_await status_of(repository));
    std::string tracked;
    std::string added;
    std::string untracked;
    std::vector<std::string> changed;
    for (auto const& entry : status.entries) {
        bool const asked =
            std::any_of(files.begin(), files.end(), [&](auto const& file) { return is_under(entry.path, file); }) ||
            (entry.untracked && std::any_of(files.begin(), files.end(), [&](auto const& file) {
                 return entry.path.ends_with('/') && is_under(file, entry.path);
             }));
        if (!asked) continue;
        if (entry.conflicted)
            co_return git_fail(Errc::conflict, "GIT_MERGE_CONFLICT", "A file in conflict is resolved, not discarded.");
        if (entry.untracked) continue;
        changed.push_back(entry.path);
        // What is staged stays when there are changes beyond it.
        bool const is_new = entry.index == 'A' || entry.index == 'R' || entry.index == 'C';
        if (is_new && entry.worktree == '.')
            added += entry.path + '\0';
        else
            tracked += entry.path + '\0';
    }
    for (auto const& file : files) {
        auto list = repository.look({"ls-files", "-z", "--others", "--exclude-standard", "--", file});
        PIX_CO_TRY(auto run, co_await command_.succeed(std::move(list)));
        for (auto const path : core::split(run.output, '\0'))
            if (!path.empty() && !path.ends_with('/')) {
                changed.emplace_back(path);
                untracked += std::string(path) + '\0';
            }
    }
    if (changed.empty())
        co_return git_fail(Errc::invalid, "GIT_NOTHING_TO_DISCARD", "There are no changes to discard.");
    PIX_CO_TRY(auto id, co_await keep(repository, changed));
    if (!tracked.empty()) {
        auto split = core::split(tracked, '\0');
        std::string whole; // staged and not changed since: back to the last commit
        std::string part;
        for (auto const path : split) {
            if (path.empty()) continue;
            auto const entry = std::find_if(status.entries.begin(), status.entries.end(),
                                            [&](const StatusEntry& each) { return each.path == path; });
            (entry->worktree == '.' ? whole : part) += std::string(path) + '\0';
        }
        if (!part.empty()) {
            auto call = with_paths(repository.write({"restore", "--worktree"}), part);
            PIX_CO_TRY(auto const done, co_await command_.succeed(std::move(call)));
        }
        if (!whole.empty()) {
            auto call = with_paths(repository.write({"restore", "--staged", "--worktree"}), whole);
            PIX_CO_TRY(auto const done, co_await command_.succeed(std::move(call)));
        }
    }
    if (!added.empty()) {
        auto call = with_paths(repository.write({"rm", "--force", "--quiet"}), added);
        PIX_CO_TRY(auto const done, co_await command_.succeed(std::move(call)));
    }
    for (auto const path : core::split(untracked, '\0')) {
        if (path.empty()) continue;
        auto call = repository.write({"clean", "--force", "--quiet", "-d", "--", std::string(path)});
        PIX_CO_TRY(auto const done, co_await command_.succeed(std::move(call)));
    }
    GitDone done;
    done.message = "Discarded.";
    done.hash = std::move(id);
    co_return done;
}

awaitable<GitResult<GitDone>> Git::discard(std::string project, std::vector<std::string> files)
{
    if (files.empty()) co_return git_fail(Errc::invalid, "INVALID", "files is empty");
    for (auto& file : files) {
        PIX_CO_TRY(file, inside(file));
    }
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    co_return co_await restore(std::move(repository), std::move(files));
}

awaitable<GitResult<GitDone>> Git::discard_part(std::string project, PartRequest part)
{
    PIX_CO_TRY(part.file, inside(part.file));
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    std::vector<std::string> const files{part.file};
    PIX_CO_TRY(auto id, co_await keep(repository, files));
    std::vector<std::string> const where;
    PIX_CO_TRY(auto done, co_await apply_part(repository, std::move(part), false, true, where));
    done.message = "Discarded.";
    done.hash = std::move(id);
    co_return done;
}

awaitable<GitResult<GitDone>> Git::delete_untracked(std::string project, std::string file)
{
    PIX_CO_TRY(file, inside(file));
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    auto list = repository.look({"ls-files", "-z", "--cached", "--", file});
    PIX_CO_TRY(auto tracked, co_await command_.succeed(std::move(list)));
    if (!tracked.output.empty()) co_return git_fail(Errc::invalid, "GIT_FILE_TRACKED", "The file is tracked.");
    std::vector<std::string> const files{file};
    PIX_CO_TRY(auto done, co_await restore(std::move(repository), files));
    done.message = "Deleted.";
    co_return done;
}

namespace {

struct Kept {
    std::vector<std::string> files;
    std::vector<std::string> gone;
};

std::vector<std::string> names_in(const json::object& object, std::string_view key)
{
    std::vector<std::string> names;
    auto const* list = object.if_contains(key);
    if (list == nullptr || !list->is_array()) return names;
    for (auto const& each : list->get_array())
        if (each.is_string())
            if (auto name = core::base64_decode(std::string_view(each.get_string())); name && inside(*name))
                names.push_back(*std::move(name));
    return names;
}

std::optional<Kept> read_kept(std::string_view message, const Repository& repository)
{
    auto const read = core::parse_json(message);
    if (!read || !read->is_object()) return std::nullopt;
    auto const* prefix = read->get_object().if_contains("prefix");
    if (prefix == nullptr || !prefix->is_string() || std::string_view(prefix->get_string()) != repository.prefix)
        return std::nullopt;
    return Kept{names_in(read->get_object(), "files"), names_in(read->get_object(), "gone")};
}

} // namespace

awaitable<GitResult<std::vector<Discarded>>> Git::discarded(std::string project)
{
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    auto list = repository.look({"for-each-ref", "--sort=-refname",
                                 "--format=%(refname)%00%(committerdate:unix)%00%(subject)", std::string(kept_refs)});
    PIX_CO_TRY(auto run, co_await command_.succeed(std::move(list)));
    std::vector<Discarded> all;
    for (auto const line : core::split(run.output, '\n')) {
        auto const fields = core::split(line, '\0');
        if (fields.size() != 3) continue;
        auto kept = read_kept(fields[2], repository);
        if (!kept) continue;
        Discarded discarded;
        discarded.id = fields[0].substr(kept_refs.size());
        discarded.at = core::parse_int(fields[1]).value_or(0);
        discarded.files = std::move(kept->files);
        all.push_back(std::move(discarded));
    }
    co_return all;
}

awaitable<GitResult<GitDone>> Git::undo_discard(std::string project, std::string id)
{
    if (!is_id(id)) co_return git_fail(Errc::invalid, "INVALID", "id is not that of something discarded");
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    std::string const ref = std::string(kept_refs) + id;
    auto look = repository.look({"log", "--max-count=1", "--format=%B", ref, "--"});
    auto found = co_await command_.succeed(std::move(look));
    if (!found) co_return git_fail(Errc::not_found, "GIT_DISCARD_NOT_FOUND", "Nothing of that id is kept.");
    auto const kept = read_kept(found->output, repository);
    if (!kept) co_return git_fail(Errc::not_found, "GIT_DISCARD_NOT_FOUND", "Nothing of that id is kept.");
    PIX_CO_TRY(auto const status, co_await status_of(repository));
    for (auto const& file : kept->files) {
        bool const changed = std::any_of(status.entries.begin(), status.entries.end(), [&](const StatusEntry& entry) {
            return is_under(file, entry.path) && (entry.worktree != '.' || entry.untracked) &&
                   !entry.path.ends_with('/');
        });
        if (changed) {
            GitFailure failure(Errc::conflict, "GIT_UNCOMMITTED_CHANGES", "The file has been changed since.");
            failure.files.push_back(file);
            co_return std::unexpected(std::move(failure));
        }
    }
    // An index of its own again, and git writes the files out of it.
    std::string const index = "GIT_INDEX_FILE=" + (config_.cache / ("discard-" + core::sortable_id())).string();
    auto fill = repository.write({"read-tree", ref});
    fill.env.push_back(index);
    PIX_CO_TRY(auto const filled, co_await command_.succeed(std::move(fill)));
    auto write = repository.write({"checkout-index", "--all", "--force", "--quiet"});
    write.folder = repository.top;
    write.env.push_back(index);
    // The bytes were kept as they were; no filter may change them on their way back.
    write.env.emplace_back("GIT_ATTR_NOSYSTEM=1");
    write.settings = {{"core.autocrlf", "false"}, {"core.attributesFile", "/dev/null"}};
    for (auto const& guard : repository.guards) write.settings.push_back(guard);
    auto const written = co_await command_.succeed(std::move(write));
    std::error_code ignored;
    std::filesystem::remove(index.substr(index.find('=') + 1), ignored);
    if (!written) co_return std::unexpected(written.error());
    for (auto const& file : kept->gone) {
        auto remove = [folder = repository.folder, file] { return remove_work_file(folder, file); };
        PIX_CO_CHECK(co_await core::run_on(pool_, std::move(remove)));
    }
    auto forget = repository.write({"update-ref", "-d", ref});
    co_return co_await change(std::move(forget), "Taken back.");
}

} // namespace pix::workbench
