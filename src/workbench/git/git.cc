#include "workbench/git/git.h"

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>

#include "core/base/text.h"
#include "workbench/git/hook_trace.h"

namespace pix::workbench {

using core::Errc;

Git::Git(ProjectFolders& folders, process::Supervisor& supervisor, asio::thread_pool& pool, GitConfig config,
         GitCredentials* credentials)
    : folders_(folders), pool_(pool), config_(std::move(config)), command_(supervisor, config_),
      credentials_(credentials), cache_(command_, pool_, config_.watches), indexes_(config_.cache)
{}

Git::~Git() = default;

awaitable<GitResult<Repository>> Git::open(std::string project)
{
    if (project.empty()) co_return git_fail(Errc::invalid, "INVALID", "project is missing");
    PIX_CO_TRY(auto folder, co_await folders_.folder_of(std::move(project)));
    co_return co_await open_repository(command_, std::move(folder));
}

awaitable<GitResult<GitDone>> Git::change(GitCall call, std::string message)
{
    PIX_CO_TRY(auto run, co_await command_.succeed(std::move(call)));
    GitDone done;
    done.output = without_secrets(run.output + run.error_output);
    done.message = std::move(message);
    co_return done;
}

awaitable<GitResult<GitDone>> Git::run_with_hooks(GitCall call)
{
    HookTrace const trace(config_.cache);
    call.env.push_back(trace.variable());
    PIX_CO_TRY(auto run, co_await command_.run(std::move(call)));
    if (run.status != 0) {
        GitFailure failure = failure_of(run.output, run.error_output, run.status);
        if (std::string const hook = trace.failed_hook(); !hook.empty()) {
            failure.code = Errc::unprocessable;
            failure.name = "GIT_HOOK_FAILED";
            failure.message = "The hook " + hook + " has refused.";
            failure.hint.clear();
        }
        co_return std::unexpected(std::move(failure));
    }
    GitDone done;
    done.output = without_secrets(run.error_output + run.output);
    co_return done;
}

awaitable<bool> Git::has_commits(Repository repository)
{
    auto call = repository.look({"rev-parse", "--quiet", "--verify", "HEAD^{commit}"});
    auto run = co_await command_.run(std::move(call));
    co_return run && run->status == 0;
}

namespace {

std::string operation_in(const std::string& git_dir)
{
    static constexpr std::array<std::pair<const char*, const char*>, 6> marks{{{"rebase-merge", "rebase"},
                                                                               {"rebase-apply", "rebase"},
                                                                               {"MERGE_HEAD", "merge"},
                                                                               {"CHERRY_PICK_HEAD", "cherry-pick"},
                                                                               {"REVERT_HEAD", "revert"},
                                                                               {"BISECT_LOG", "bisect"}}};
    for (auto const& [name, operation] : marks) {
        std::error_code ignored;
        if (std::filesystem::exists(std::filesystem::path(git_dir) / name, ignored)) return operation;
    }
    return {};
}

GitStatus status_from(const PorcelainStatus& read, const Repository& repository)
{
    GitStatus status;
    status.has_commits = !read.commit.empty();
    status.detached = read.branch.empty();
    status.branch = status.detached ? read.commit.substr(0, 7) : read.branch;
    status.upstream = read.upstream;
    status.ahead = read.ahead;
    status.behind = read.behind;
    for (auto const& entry : read.entries) {
        std::string_view const path = repository.in_project(entry.path);
        if (path.empty()) continue;
        StatusEntry made = entry;
        made.path = path;
        made.old_path = repository.in_project(entry.old_path);
        status.entries.push_back(std::move(made));
    }
    return status;
}

} // namespace

awaitable<GitResult<GitStatus>> Git::status(std::string project)
{
    if (project.empty()) co_return git_fail(Errc::invalid, "INVALID", "project is missing");
    PIX_CO_TRY(auto folder, co_await folders_.folder_of(std::move(project)));
    auto const known = co_await cache_.find(folder);
    if (known.status) co_return *known.status;
    if (known.watched) {
        PIX_CO_TRY(auto status, co_await status_of(known.watched->repository));
        cache_.keep(known, status);
        co_return status;
    }
    auto opened = co_await open_repository(command_, std::move(folder));
    if (!opened) {
        if (opened.error().name != "GIT_NOT_A_REPOSITORY") co_return std::unexpected(std::move(opened).error());
        GitStatus none;
        none.is_repository = false;
        co_return none;
    }
    PIX_CO_TRY(auto status, co_await status_of(*opened));
    // The first answer does not wait for the watch.
    auto watching = start_watching(*std::move(opened), status);
    in_background(co_await asio::this_coro::executor, std::move(watching));
    co_return status;
}

void Git::in_background(asio::any_io_executor io, awaitable<void> work)
{
    ++background_;
    asio::co_spawn(io, std::move(work), [this](const std::exception_ptr&) { --background_; });
}

awaitable<void> Git::settle(std::chrono::milliseconds patience)
{
    auto const end = std::chrono::steady_clock::now() + patience;
    asio::steady_timer pause(co_await asio::this_coro::executor);
    while (background_ > 0 && std::chrono::steady_clock::now() < end) {
        pause.expires_after(std::chrono::milliseconds(10));
        boost::system::error_code ignored;
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

awaitable<void> Git::start_watching(Repository repository, GitStatus status)
{
    auto const known = co_await cache_.watch(repository, std::move(status));
    if (!known) co_return;
    auto again = co_await status_of(std::move(repository));
    if (again) cache_.keep(*known, *again);
}

awaitable<GitResult<GitStatus>> Git::status_of(Repository repository)
{
    auto call = repository.look({"status", "--porcelain=v2", "-z", "--branch", "--untracked-files=normal",
                                 "--find-renames", "--ahead-behind", "--ignore-submodules=dirty", "--no-column"});
    // Git leaves its untracked cache alone when it is given paths.
    if (!repository.prefix.empty()) call.arguments.insert(call.arguments.end(), {"--", "."});
    auto copy = [this, git_dir = repository.git_dir] { return indexes_.copy_for(git_dir); };
    auto const index = co_await core::run_on(pool_, std::move(copy));
    if (index) {
        call.env.push_back("GIT_INDEX_FILE=" + *index);
        call.settings.emplace_back("core.untrackedCache", "true");
        call.may_refresh = true;
    }
    ++statuses_asked_;
    PIX_CO_TRY(auto run, co_await command_.succeed(std::move(call)));
    PIX_CO_TRY(auto read, parse_status(run.output));
    GitStatus status = status_from(read, repository);
    auto find_operation = [git_dir = repository.git_dir] { return operation_in(git_dir); };
    status.operation = co_await core::run_on(pool_, std::move(find_operation));
    co_return status;
}

awaitable<GitResult<GitBranches>> Git::branches(std::string project)
{
    PIX_CO_TRY(auto repository, co_await open(std::move(project)));
    GitBranches branches;
    auto head = repository.look({"symbolic-ref", "--quiet", "--short", "HEAD"});
    PIX_CO_TRY(auto current, co_await command_.run(std::move(head)));
    if (current.status == 0) {
        branches.current = core::trim(current.output);
    } else {
        auto hash = repository.look({"rev-parse", "--short", "--verify", "HEAD^{commit}"});
        PIX_CO_TRY(auto detached, co_await command_.succeed(std::move(hash)));
        branches.current = core::trim(detached.output);
    }
    auto list = repository.look({"for-each-ref", "--format=%(refname)%00%(symref)", "refs/heads", "refs/remotes"});
    PIX_CO_TRY(auto run, co_await command_.succeed(std::move(list)));
    for (auto const line : core::split(run.output, '\n')) {
        std::size_t const zero = line.find('\0');
        if (zero == std::string_view::npos) continue;
        std::string_view name = line.substr(0, zero);
        if (name.starts_with("refs/heads/"))
            branches.local.emplace_back(name.substr(11));
        else if (name.starts_with("refs/remotes/") && zero + 1 == line.size())
            branches.remote.emplace_back(name.substr(13));
    }
    co_return branches;
}

awaitable<GitResult<GitDone>> Git::init(std::string project)
{
    if (project.empty()) co_return git_fail(Errc::invalid, "INVALID", "project is missing");
    PIX_CO_TRY(auto folder, co_await folders_.folder_of(project));
    auto opened = co_await open_repository(command_, folder);
    if (opened)
        co_return git_fail(Errc::conflict, "GIT_ALREADY_A_REPOSITORY", "The folder is a git repository already.");
    if (opened.error().name != "GIT_NOT_A_REPOSITORY") co_return std::unexpected(std::move(opened).error());
    GitCall call;
    call.folder = folder;
    call.mode = GitMode::write;
    call.arguments = {"init"};
    co_return co_await change(std::move(call), "The repository is made.");
}

} // namespace pix::workbench
