#pragma once
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/process/supervisor.h"
#include "workbench/git/git_command.h"
#include "workbench/git/git_config.h"
#include "workbench/git/git_credentials.h"
#include "workbench/git/git_failure.h"
#include "workbench/git/patch.h"
#include "workbench/git/porcelain_status.h"
#include "workbench/git/repository.h"
#include "workbench/project/project_folders.h"

namespace pix::workbench {

/// The state of a project's repository. File names are relative to the project's folder.
struct GitStatus {
    std::string branch; ///< short hash when detached
    bool detached = false;
    bool has_commits = false;
    bool is_repository = true;
    std::string upstream;
    int ahead = 0;
    int behind = 0;
    std::vector<StatusEntry> entries;
    std::string operation; ///< "merge", "rebase", "cherry-pick", "revert", "bisect"; empty: none is under way
};

/// What to compare.
struct DiffQuestion {
    std::string file; ///< empty: all of the project
    bool staged = false;
    bool either = false; ///< with a file: its staged changes when it has no others
    std::string commit;  ///< the changes of one commit
    std::string range;   ///< "a..b"
    int context = 3;
};

struct GitDiff {
    std::string text;
    bool binary = false;
    bool truncated = false;
    bool staged = false;
    bool untracked = false;
};

struct GitBranches {
    std::string current;
    std::vector<std::string> local;
    std::vector<std::string> remote;
};

/// What a command that changes something said.
struct GitDone {
    std::string output;
    std::string message;
    std::string hash; ///< of what was made, where something was
};

struct CommitRequest {
    std::string message;
    std::optional<std::vector<std::string>> files;
    bool amend = false;
    bool sign_off = false;
    bool all = false; ///< every change of tracked files
};

/// Hunks or lines of one file.
struct PartRequest {
    std::string file;
    std::vector<HunkChoice> hunks;
};

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

    awaitable<GitResult<GitDone>> init(std::string project);

    const GitConfig& config() const { return config_; }

private:
    awaitable<GitResult<Repository>> open(std::string project);
    awaitable<GitResult<GitStatus>> status_of(Repository repository);
    awaitable<GitResult<GitDiff>> untracked_diff(Repository repository, std::string file);
    awaitable<GitResult<GitDiff>> tracked_diff(Repository repository, DiffQuestion question);
    awaitable<GitResult<GitDone>> apply_part(Repository repository, PartRequest part, bool staged, bool reverse,
                                             std::vector<std::string> where);
    awaitable<GitResult<GitDone>> change(GitCall call, std::string message);
    /// As change(), and tells which hook has refused: "GIT_HOOK_FAILED".
    awaitable<GitResult<GitDone>> run_with_hooks(GitCall call);
    awaitable<bool> has_commits(Repository repository);

    ProjectFolders& folders_;
    asio::thread_pool& pool_;
    GitConfig config_;
    GitCommand command_;
    GitCredentials* credentials_;
};

} // namespace pix::workbench
