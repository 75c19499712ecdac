#include "core/base/text.h"
#include "workbench/git/git.h"
#include "workbench/git/git_names.h"
#include "workbench/git/path_list.h"

namespace pix::workbench {

using core::Errc;

awaitable<GitResult<GitDone>> Git::stage(std::string project, std::vector<std::string> files)
{
    PIX_CO_TRY(auto list, path_list(files));
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    auto call = with_paths(repository.write({"add", "--all"}), std::move(list));
    co_return co_await change(std::move(call), "Staged.");
}

awaitable<GitResult<GitDone>> Git::unstage(std::string project, std::vector<std::string> files)
{
    PIX_CO_TRY(auto list, path_list(files));
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    if (co_await has_commits(repository)) {
        auto call = with_paths(repository.write({"reset", "--quiet"}), std::move(list));
        co_return co_await change(std::move(call), "Unstaged.");
    }
    auto call = with_paths(repository.write({"rm", "-r", "--cached", "--quiet", "--ignore-unmatch", "--force"}),
                           std::move(list));
    co_return co_await change(std::move(call), "Unstaged.");
}

awaitable<GitResult<GitDone>> Git::apply_part(Repository repository, PartRequest part, bool staged, bool reverse,
                                              std::vector<std::string> where)
{
    DiffQuestion question;
    question.file = part.file;
    question.staged = staged;
    PIX_CO_TRY(auto diff, co_await tracked_diff(repository, question));
    if (diff.text.empty() && !diff.binary && !staged && !reverse) {
        auto found = co_await untracked_diff(repository, part.file);
        if (!found) co_return std::unexpected(std::move(found).error());
        diff = *std::move(found);
    }
    if (diff.truncated)
        co_return git_fail(Errc::too_large, "TOO_LARGE", "The file's diff is too large to take parts of.");
    auto const files = parse_patch(diff.text);
    if (files.size() != 1)
        co_return git_fail(Errc::conflict, "GIT_PATCH_FAILED", "The file has no such changes any more.", "Look again.");
    PIX_CO_TRY(auto patch, part_of(files.front(), part.hunks, reverse));
    std::vector<std::string> arguments{"apply", "--whitespace=nowarn"};
    arguments.insert(arguments.end(), where.begin(), where.end());
    if (reverse) arguments.emplace_back("--reverse");
    arguments.emplace_back("-");
    auto call = repository.write(std::move(arguments));
    call.input = std::move(patch);
    co_return co_await change(std::move(call), "");
}

awaitable<GitResult<GitDone>> Git::stage_part(std::string project, PartRequest part)
{
    PIX_CO_TRY(part.file, inside(part.file));
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    std::vector<std::string> const where{"--cached"};
    PIX_CO_TRY(auto done, co_await apply_part(repository, std::move(part), false, false, where));
    done.message = "Staged.";
    co_return done;
}

awaitable<GitResult<GitDone>> Git::unstage_part(std::string project, PartRequest part)
{
    PIX_CO_TRY(part.file, inside(part.file));
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    std::vector<std::string> const where{"--cached"};
    PIX_CO_TRY(auto done, co_await apply_part(repository, std::move(part), true, true, where));
    done.message = "Unstaged.";
    co_return done;
}

awaitable<GitResult<GitDone>> Git::commit(std::string project, CommitRequest request)
{
    if (core::trim(request.message).empty() && !request.amend)
        co_return git_fail(Errc::invalid, "INVALID", "message is empty");
    if (request.message.size() > 100'000)
        co_return git_fail(Errc::too_large, "TOO_LARGE", "message is longer than 100,000 bytes");
    if (request.message.contains('\0')) co_return git_fail(Errc::invalid, "INVALID", "message has a NUL byte in it");
    std::string list;
    if (request.files) {
        PIX_CO_TRY(list, path_list(*request.files));
    }
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    if (request.files) {
        auto add = with_paths(repository.write({"add", "--all"}), list);
        PIX_CO_TRY(auto const added, co_await command_.succeed(std::move(add)));
    }
    std::vector<std::string> arguments{"commit", "--no-edit"};
    bool const has_message = !core::trim(request.message).empty();
    if (request.amend) arguments.emplace_back("--amend");
    if (request.sign_off) arguments.emplace_back("--signoff");
    if (request.all && !request.files) arguments.emplace_back("--all");
    // The message is a value of its own argument; whatever it starts with, git takes it for text.
    if (has_message) arguments.push_back("--message=" + request.message);
    GitCall call;
    if (request.files) {
        arguments.emplace_back("--only");
        call = with_paths(repository.write(std::move(arguments)), list);
    } else {
        call = repository.write(std::move(arguments));
    }
    PIX_CO_TRY(auto done, co_await run_with_hooks(std::move(call)));
    auto head = repository.look({"rev-parse", "HEAD"});
    PIX_CO_TRY(auto hash, co_await command_.succeed(std::move(head)));
    done.hash = core::trim(hash.output);
    done.message = request.amend ? "Amended." : "Committed.";
    co_return done;
}

} // namespace pix::workbench
