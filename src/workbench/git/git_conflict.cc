#include <algorithm>

#include "core/base/text.h"
#include "workbench/git/git.h"
#include "workbench/git/git_names.h"
#include "workbench/git/work_file.h"

namespace pix::workbench {

using core::Errc;

namespace {

constexpr std::size_t text_bytes = 5UL * 1024 * 1024;

/// "mode object stage\tpath", NUL between them.
std::vector<GitConflict> parse_unmerged(std::string_view text)
{
    std::vector<GitConflict> conflicts;
    for (auto const entry : core::split(text, '\0')) {
        std::size_t const tab = entry.find('\t');
        if (tab == std::string_view::npos) continue;
        auto const fields = core::split(entry.substr(0, tab), ' ');
        if (fields.size() != 3) continue;
        std::string_view const path = entry.substr(tab + 1);
        if (conflicts.empty() || conflicts.back().path != path) {
            GitConflict conflict;
            conflict.path = path;
            conflicts.push_back(std::move(conflict));
        }
        auto& conflict = conflicts.back();
        (fields[2] == "1" ? conflict.base : fields[2] == "2" ? conflict.ours : conflict.theirs) = fields[1];
    }
    return conflicts;
}

} // namespace

awaitable<GitResult<std::vector<GitConflict>>> Git::conflicts(std::string project)
{
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    auto list = repository.look({"ls-files", "--unmerged", "-z"});
    PIX_CO_TRY(auto run, co_await command_.succeed(std::move(list)));
    co_return parse_unmerged(run.output);
}

awaitable<GitResult<std::string>> Git::blob(Repository repository, std::string object)
{
    auto call = repository.look({"cat-file", "blob", std::move(object)});
    call.output_bytes = text_bytes;
    PIX_CO_TRY(auto run, co_await command_.succeed(std::move(call)));
    co_return std::move(run.output);
}

awaitable<GitResult<ConflictTexts>> Git::conflict(std::string project, std::string file)
{
    PIX_CO_TRY(file, inside(file));
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    auto list = repository.look({"ls-files", "--unmerged", "-z", "--", file});
    PIX_CO_TRY(auto run, co_await command_.succeed(std::move(list)));
    auto const found = parse_unmerged(run.output);
    if (found.size() != 1 || found.front().path != file)
        co_return git_fail(Errc::not_found, "GIT_NO_CONFLICT", "The file is not in conflict.");
    ConflictTexts texts;
    if (!found.front().base.empty()) {
        PIX_CO_TRY(texts.base, co_await blob(repository, found.front().base));
    }
    if (!found.front().ours.empty()) {
        PIX_CO_TRY(texts.ours, co_await blob(repository, found.front().ours));
    }
    if (!found.front().theirs.empty()) {
        PIX_CO_TRY(texts.theirs, co_await blob(repository, found.front().theirs));
    }
    auto read = [folder = repository.folder, file] { return read_work_file(folder, file, text_bytes); };
    auto current = co_await core::run_on(pool_, std::move(read));
    if (current) texts.current = std::move(current->bytes);
    co_return texts;
}

awaitable<GitResult<GitDone>> Git::resolve(std::string project, std::string file, std::string side, std::string content)
{
    if (side != "ours" && side != "theirs" && side != "content")
        co_return git_fail(Errc::invalid, "INVALID", "side must be ours, theirs or content");
    PIX_CO_TRY(file, inside(file));
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    auto list = repository.look({"ls-files", "--unmerged", "-z", "--", file});
    PIX_CO_TRY(auto run, co_await command_.succeed(std::move(list)));
    auto const found = parse_unmerged(run.output);
    if (found.size() != 1 || found.front().path != file)
        co_return git_fail(Errc::not_found, "GIT_NO_CONFLICT", "The file is not in conflict.");
    bool const gone = side == "ours" ? found.front().ours.empty() : side == "theirs" && found.front().theirs.empty();
    if (gone) {
        auto remove = repository.write({"rm", "--force", "--quiet", "--", file});
        co_return co_await change(std::move(remove), "Resolved: the file is deleted.");
    }
    if (side == "content") {
        auto write = [folder = repository.folder, file, content = std::move(content)]() mutable {
            return write_work_file(folder, file, std::move(content));
        };
        PIX_CO_CHECK(co_await core::run_on(pool_, std::move(write)));
    } else {
        auto take = repository.write({"checkout", "--quiet", "--" + side, "--", file});
        PIX_CO_TRY(auto const taken, co_await command_.succeed(std::move(take)));
    }
    auto add = repository.write({"add", "--", file});
    co_return co_await change(std::move(add), "Resolved.");
}

} // namespace pix::workbench
