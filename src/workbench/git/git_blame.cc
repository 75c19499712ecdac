#include <git2.h>
#include <memory>

#include "core/base/text.h"
#include "workbench/git/git.h"
#include "workbench/git/git_names.h"
#include "workbench/git/work_file.h"

namespace pix::workbench {

using core::Errc;

namespace {

constexpr std::size_t text_bytes = 5UL * 1024 * 1024;
constexpr std::size_t blame_bytes = 64UL * 1024 * 1024;

template <auto release>
struct Release {
    template <class T>
    void operator()(T* object) const
    {
        release(object);
    }
};
using Repo = std::unique_ptr<git_repository, Release<git_repository_free>>;
using Object = std::unique_ptr<git_object, Release<git_object_free>>;

/// libgit2, for as long as somebody uses it. It takes its counts by itself.
struct Library {
    Library() { git_libgit2_init(); }
    ~Library() { git_libgit2_shutdown(); }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;
};

enum class Failure { none, refused, missing, too_large };

struct Read {
    Failure failure = Failure::none;
    std::string bytes;
};

/// A file of a commit as it is stored, by libgit2. `refused`: git itself has to be asked.
Read read_at(const std::string& git_dir, const std::string& spec)
{
    Library const library;
    git_repository* opened = nullptr;
    if (git_repository_open_ext(&opened, git_dir.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr) != 0)
        return {Failure::refused, {}};
    Repo const repository(opened);
    git_object* parsed = nullptr;
    int const status = git_revparse_single(&parsed, repository.get(), spec.c_str());
    if (status == GIT_ENOTFOUND) return {Failure::missing, {}};
    if (status != 0) return {Failure::refused, {}};
    Object const object(parsed);
    if (git_object_type(object.get()) != GIT_OBJECT_BLOB) return {Failure::missing, {}};
    auto const* blob = reinterpret_cast<const git_blob*>(object.get());
    auto const size = static_cast<std::size_t>(git_blob_rawsize(blob));
    if (size > text_bytes) return {Failure::too_large, {}};
    return {Failure::none, std::string(static_cast<const char*>(git_blob_rawcontent(blob)), size)};
}

/// `git blame --line-porcelain`, adjacent lines of one commit together.
std::vector<BlameLine> parse_blame(std::string_view text)
{
    std::vector<BlameLine> lines;
    BlameLine line;
    for (auto const row : core::split(text, '\n')) {
        if (row.starts_with('\t')) {
            bool const goes_on = !lines.empty() && lines.back().hash == line.hash &&
                                 lines.back().first + lines.back().count == line.first;
            if (goes_on)
                ++lines.back().count;
            else
                lines.push_back(line);
            line = BlameLine();
            continue;
        }
        if (line.hash.empty()) {
            auto const fields = core::split(row, ' ');
            if (fields.size() < 3) continue;
            line.hash = fields[0];
            line.first = static_cast<int>(core::parse_int(fields[2], false).value_or(0));
            line.count = 1;
        } else if (row.starts_with("author ")) {
            line.author = row.substr(7);
        } else if (row.starts_with("author-mail <") && row.ends_with('>')) {
            line.email = row.substr(13, row.size() - 14);
        } else if (row.starts_with("author-time ")) {
            line.at = core::parse_int(row.substr(12)).value_or(0);
        } else if (row.starts_with("summary ")) {
            line.summary = row.substr(8);
        }
    }
    return lines;
}

} // namespace

awaitable<GitResult<std::string>> Git::file_at(std::string project, std::string file, std::string commit)
{
    PIX_CO_TRY(file, inside(file));
    PIX_CO_CHECK(check_revision(commit));
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    std::string const spec = commit + ":" + repository.prefix + file;
    auto read = [git_dir = repository.git_dir, spec] { return read_at(git_dir, spec); };
    Read found = co_await core::run_on(pool_, std::move(read));
    if (found.failure == Failure::none) co_return std::move(found.bytes);
    if (found.failure == Failure::too_large)
        co_return git_fail(Errc::too_large, "TOO_LARGE", "The file is over 5 MiB.");
    if (found.failure == Failure::missing)
        co_return git_fail(Errc::not_found, "GIT_FILE_NOT_FOUND", "There is no such file in this commit.");
    co_return co_await blob(std::move(repository), spec);
}

awaitable<GitResult<std::vector<BlameLine>>> Git::blame(std::string project, std::string file, std::string commit)
{
    PIX_CO_TRY(file, inside(file));
    if (!commit.empty()) {
        PIX_CO_CHECK(check_revision(commit));
    }
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    std::vector<std::string> arguments{"blame", "--line-porcelain", "--no-textconv"};
    if (!commit.empty()) arguments.push_back(std::move(commit));
    arguments.emplace_back("--");
    arguments.push_back(std::move(file));
    auto call = repository.look(std::move(arguments));
    call.output_bytes = blame_bytes;
    auto run = co_await command_.succeed(std::move(call));
    if (!run) {
        GitFailure failure = std::move(run).error();
        if (failure.details.contains("no such path"))
            failure = GitFailure(Errc::not_found, "GIT_FILE_NOT_FOUND", "There is no such file in this commit.");
        co_return std::unexpected(std::move(failure));
    }
    co_return parse_blame(run->output);
}

awaitable<GitResult<FileVersions>> Git::versions(std::string project, std::string file)
{
    PIX_CO_TRY(file, inside(file));
    if (file.ends_with('/')) co_return git_fail(Errc::invalid, "INVALID", "file is a folder");
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    FileVersions versions;
    auto read = [folder = repository.folder, file] { return read_work_file(folder, file, text_bytes); };
    auto current = co_await core::run_on(pool_, std::move(read));
    if (!current && current.error().code != Errc::not_found) co_return std::unexpected(GitFailure(current.error()));
    if (current && current->cut) co_return git_fail(Errc::too_large, "TOO_LARGE", "The file is over 5 MiB.");
    auto list = repository.look({"ls-files", "-z", "--cached", "--", file});
    PIX_CO_TRY(auto const tracked, co_await command_.succeed(std::move(list)));
    std::string const spec = "HEAD:" + repository.prefix + file;
    auto read_old = [git_dir = repository.git_dir, spec] { return read_at(git_dir, spec); };
    Read old = co_await core::run_on(pool_, std::move(read_old));
    if (old.failure == Failure::too_large) co_return git_fail(Errc::too_large, "TOO_LARGE", "The file is over 5 MiB.");
    if (old.failure == Failure::refused) {
        auto by_git = co_await blob(repository, spec);
        if (by_git) old = {Failure::none, *std::move(by_git)};
    }
    bool const was = old.failure == Failure::none;
    if (!current && !was) co_return git_fail(Errc::not_found, "GIT_FILE_NOT_FOUND", "There is no such file.");
    versions.deleted = !current;
    versions.untracked = current && !was && tracked.output.empty();
    versions.old = std::move(old.bytes);
    // Of a deleted file the page shows what it was.
    versions.current = current ? std::move(current->bytes) : versions.old;
    versions.binary = versions.current.find('\0') < 8000 || versions.old.find('\0') < 8000;
    co_return versions;
}

} // namespace pix::workbench
