#include <algorithm>

#include "core/base/text.h"
#include "workbench/git/git.h"
#include "workbench/git/git_names.h"
#include "workbench/git/log_text.h"

namespace pix::workbench {

using core::Errc;

awaitable<GitResult<GitLog>> Git::log(std::string project, LogQuestion question)
{
    if (!question.branch.empty()) {
        PIX_CO_CHECK(check_range(question.branch));
    }
    if (!question.file.empty()) {
        PIX_CO_TRY(question.file, inside(question.file));
    }
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    std::vector<std::string> arguments{"log", "--topo-order", "--decorate=full", std::string(log_format)};
    arguments.push_back("--max-count=" + std::to_string(question.limit + 1));
    arguments.push_back("--skip=" + std::to_string(question.skip));
    for (auto const* fixed : {"--no-color", "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-notes"})
        arguments.emplace_back(fixed);
    if (question.stats) arguments.emplace_back("--shortstat");
    if (!question.search.empty()) {
        arguments.emplace_back("--fixed-strings");
        arguments.emplace_back("--regexp-ignore-case");
        arguments.push_back("--grep=" + question.search);
    }
    if (!question.author.empty()) arguments.push_back("--author=" + question.author);
    bool const born = co_await has_commits(repository);
    if (question.branch.empty()) {
        for (auto const* all : {"--branches", "--remotes", "--tags"}) arguments.emplace_back(all);
        if (born) arguments.emplace_back("HEAD");
    } else {
        arguments.push_back(question.branch);
    }
    arguments.emplace_back("--");
    if (!question.file.empty()) arguments.push_back(question.file);
    auto call = repository.look(std::move(arguments));
    PIX_CO_TRY(auto run, co_await command_.succeed(std::move(call)));
    GitLog log;
    log.commits = parse_log(run.output);
    log.has_more = log.commits.size() > static_cast<std::size_t>(question.limit);
    if (log.has_more) log.commits.resize(static_cast<std::size_t>(question.limit));
    co_return log;
}

awaitable<GitResult<std::pair<GitCommit, std::vector<ChangedFile>>>> Git::show(std::string project, std::string commit)
{
    PIX_CO_CHECK(check_revision(commit));
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    std::string const named = commit + "^{commit}";
    auto head = repository.look({"log", "--max-count=1", "--decorate=full", "--no-color", "--no-notes",
                                 "--no-show-signature", std::string(log_format), named, "--"});
    PIX_CO_TRY(auto read, co_await command_.succeed(std::move(head)));
    auto commits = parse_log(read.output);
    if (commits.empty()) co_return git_fail(Errc::not_found, "GIT_COMMIT_NOT_FOUND", "There is no such commit.");
    auto list = repository.look({"show", "--format=", "--raw", "--numstat", "-z", "--find-renames", "-m",
                                 "--first-parent", "--no-ext-diff", "--no-textconv", "--relative",
                                 "--ignore-submodules=dirty", named, "--", "."});
    PIX_CO_TRY(auto files, co_await command_.succeed(std::move(list)));
    co_return std::pair(std::move(commits.front()), parse_changed_files(files.output));
}

} // namespace pix::workbench
