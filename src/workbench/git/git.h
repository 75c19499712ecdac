#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/process/supervisor.h"
#include "workbench/git/git_command.h"
#include "workbench/git/git_config.h"
#include "workbench/git/git_credentials.h"
#include "workbench/git/git_failure.h"
#include "workbench/git/git_types.h"
#include "workbench/git/index_copy.h"
#include "workbench/git/repository.h"
#include "workbench/git/status_cache.h"
#include "workbench/project/project_folders.h"

namespace pix::workbench {

/// The repositories of the workbench's projects.
///
/// Runs on: the io thread; git runs as a child, libgit2 and file work on the pool.
/// Errors:  those of ProjectFolders for an unknown project, Errc::invalid and Errc::forbidden for what the caller
/// sends,
///          and a GitFailure with one of the contract's codes.
class Git {
public:
    Git(ProjectFolders& folders, process::Supervisor& supervisor, asio::thread_pool& pool, GitConfig config,
        GitCredentials* credentials = nullptr);
    ~Git();
    Git(const Git&) = delete;
    Git& operator=(const Git&) = delete;

    /// A folder that is no repository gives a status with `is_repository` false.
    awaitable<GitResult<GitStatus>> status(std::string project);
    awaitable<GitResult<GitDiff>> diff(std::string project, DiffQuestion question);
    awaitable<GitResult<GitBranches>> branches(std::string project);

    /// Whole files; of deleted ones the deletion.
    awaitable<GitResult<GitDone>> stage(std::string project, std::vector<std::string> files);
    awaitable<GitResult<GitDone>> stage_part(std::string project, PartRequest part);
    awaitable<GitResult<GitDone>> unstage(std::string project, std::vector<std::string> files);
    awaitable<GitResult<GitDone>> unstage_part(std::string project, PartRequest part);
    awaitable<GitResult<GitDone>> commit(std::string project, CommitRequest request);

    /// A name that only a remote has ("origin/x") makes a tracking branch.
    awaitable<GitResult<GitDone>> checkout(std::string project, std::string branch);
    awaitable<GitResult<GitDone>> create_branch(std::string project, std::string branch, std::string from,
                                                bool go_there);
    awaitable<GitResult<GitDone>> delete_branch(std::string project, std::string branch, bool force);
    awaitable<GitResult<GitDone>> rename_branch(std::string project, std::string branch, std::string name);
    awaitable<GitResult<GitDone>> merge(std::string project, std::string branch);
    /// "abort", "continue" or "skip" what is under way: a merge, a rebase, a cherry-pick, a revert.
    awaitable<GitResult<GitDone>> carry_on(std::string project, std::string how);

    awaitable<GitResult<GitLog>> log(std::string project, LogQuestion question);
    /// One commit and the files that it changed against its first parent.
    awaitable<GitResult<std::pair<GitCommit, std::vector<ChangedFile>>>> show(std::string project, std::string commit);

    awaitable<GitResult<GitDone>> fetch(std::string project, std::string remote, bool prune);
    awaitable<GitResult<GitDone>> pull(std::string project);
    awaitable<GitResult<GitDone>> push(std::string project, PushRequest request);
    awaitable<GitResult<GitDone>> publish(std::string project, std::string branch, std::string remote);
    awaitable<GitResult<std::vector<GitRemote>>> remotes(std::string project);
    awaitable<GitResult<GitDone>> add_remote(std::string project, std::string name, std::string url);
    awaitable<GitResult<GitDone>> remove_remote(std::string project, std::string name);

    awaitable<GitResult<std::vector<GitStash>>> stashes(std::string project);
    awaitable<GitResult<GitDone>> stash(std::string project, StashRequest request);
    /// "pop", "apply" or "drop" one; `hash`, when given, must be the one that stands at the index.
    awaitable<GitResult<GitDone>> use_stash(std::string project, std::string how, int index, std::string hash);

    /// Throws changes away, but keeps them where undo_discard() finds them: GitDone::hash names what was discarded.
    awaitable<GitResult<GitDone>> discard(std::string project, std::vector<std::string> files);
    awaitable<GitResult<GitDone>> discard_part(std::string project, PartRequest part);
    awaitable<GitResult<GitDone>> delete_untracked(std::string project, std::string file);
    awaitable<GitResult<std::vector<Discarded>>> discarded(std::string project);
    awaitable<GitResult<GitDone>> undo_discard(std::string project, std::string id);

    awaitable<GitResult<std::vector<GitConflict>>> conflicts(std::string project);
    awaitable<GitResult<ConflictTexts>> conflict(std::string project, std::string file);
    /// `side` is "ours", "theirs" or "content".
    awaitable<GitResult<GitDone>> resolve(std::string project, std::string file, std::string side, std::string content);

    awaitable<GitResult<std::vector<GitWorktree>>> worktrees(std::string project);
    awaitable<GitResult<GitWorktree>> create_worktree(std::string project, WorktreeRequest request);
    awaitable<GitResult<GitDone>> merge_worktree(std::string project, std::string path);
    awaitable<GitResult<GitDone>> remove_worktree(std::string project, std::string path, bool force);

    awaitable<GitResult<GitDone>> init(std::string project);
    /// Everything as the first commit.
    awaitable<GitResult<GitDone>> initial_commit(std::string project);
    /// Takes the last commit back and keeps its changes staged.
    awaitable<GitResult<GitDone>> undo_commit(std::string project);
    /// `progress` is called on the io thread.
    awaitable<GitResult<std::string>> clone(CloneRequest request, std::function<void(CloneProgress)> progress);

    awaitable<GitResult<FileVersions>> versions(std::string project, std::string file);
    awaitable<GitResult<std::string>> file_at(std::string project, std::string file, std::string commit);
    awaitable<GitResult<std::vector<BlameLine>>> blame(std::string project, std::string file, std::string commit);

    /// The user's own name and address for commits, in all repositories.
    awaitable<GitResult<GitIdentity>> identity();
    awaitable<GitResult<GitDone>> set_identity(GitIdentity identity);

    /// Lets work that nobody waits for go on by itself; settle() knows of it.
    void in_background(asio::any_io_executor io, awaitable<void> work);
    /// Finishes when no such work is left, or after `patience`. Called before this object goes, or after its programs
    /// were stopped; it must not go while work is left.
    awaitable<void> settle(std::chrono::milliseconds patience);

    const GitConfig& config() const { return config_; }
    /// How often git was asked for a status, rather than memory; for tests and measurements.
    std::uint64_t statuses_asked() const { return statuses_asked_; }

private:
    awaitable<GitResult<Repository>> open(std::string project);
    awaitable<GitResult<GitStatus>> status_of(Repository repository);
    awaitable<void> start_watching(Repository repository, GitStatus status);
    awaitable<GitResult<GitDiff>> untracked_diff(Repository repository, std::string file);
    awaitable<GitResult<GitDiff>> tracked_diff(Repository repository, DiffQuestion question);
    awaitable<GitResult<GitDone>> apply_part(Repository repository, PartRequest part, bool staged, bool reverse,
                                             std::vector<std::string> where);
    awaitable<GitResult<GitDone>> change(GitCall call, std::string message);
    /// As change(), and tells which hook has refused: "GIT_HOOK_FAILED".
    awaitable<GitResult<GitDone>> run_with_hooks(GitCall call);
    /// As run_with_hooks(), and names the files in conflict or in the way.
    awaitable<GitResult<GitDone>> run_merging(Repository repository, GitCall call);
    /// As run_merging(), with the stored token of the remote's host.
    awaitable<GitResult<GitDone>> run_remote(Repository repository, std::string remote, GitCall call);
    awaitable<GitResult<std::string>> sign_in(GitCall& call, std::string url);
    awaitable<bool> has_commits(Repository repository);
    awaitable<bool> has_ref(Repository repository, std::string ref);
    awaitable<GitResult<std::string>> current_branch(Repository repository);
    /// The remote named, or that of the branch's upstream, or "origin", or the only one.
    awaitable<GitResult<std::string>> choose_remote(Repository repository, std::string wanted, std::string branch);
    awaitable<std::string> setting(Repository repository, std::string key);
    awaitable<GitResult<std::string>> keep(Repository repository, std::vector<std::string> files);
    awaitable<GitResult<GitDone>> restore(Repository repository, std::vector<std::string> files);
    awaitable<GitResult<void>> forget_old(Repository repository);
    awaitable<GitResult<std::vector<GitWorktree>>> worktrees_of(Repository repository);
    awaitable<GitResult<std::string>> blob(Repository repository, std::string object);

    ProjectFolders& folders_;
    asio::thread_pool& pool_;
    GitConfig config_;
    GitCommand command_;
    GitCredentials* credentials_;
    StatusCache cache_;
    IndexCopies indexes_;
    std::uint64_t statuses_asked_ = 0;
    int background_ = 0;
};

} // namespace pix::workbench
