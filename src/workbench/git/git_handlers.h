#pragma once
#include <memory>

#include "core/base/async.h"
#include "core/base/json.h"
#include "core/http/request.h"
#include "core/http/response.h"
#include "core/http/route.h"
#include "workbench/git/git.h"
#include "workbench/git/git_request.h"

namespace pix::workbench {

/// What a route does between the reading of its request and the shaping of a failure.
using GitAnswer = awaitable<GitResult<core::json::object>>;
using GitWork = GitAnswer (*)(GitRequest asked, Git& git);

http::Handler git_handler(Git* git, GitWork work);

/// One each for the routes of app/routes_git.cc, which say what is sent and answered.
namespace git_answer {

GitAnswer status(GitRequest asked, Git& git);
GitAnswer diff(GitRequest asked, Git& git);
GitAnswer branches(GitRequest asked, Git& git);
/// {files} or {file}, or {file, hunks: ["id" or {id, lines: [index]}]}
GitAnswer stage(GitRequest asked, Git& git);
GitAnswer unstage(GitRequest asked, Git& git);
GitAnswer discard(GitRequest asked, Git& git);
GitAnswer commit(GitRequest asked, Git& git);
GitAnswer init(GitRequest asked, Git& git);

GitAnswer checkout(GitRequest asked, Git& git);
GitAnswer create_branch(GitRequest asked, Git& git);
GitAnswer delete_branch(GitRequest asked, Git& git);
GitAnswer rename_branch(GitRequest asked, Git& git);
GitAnswer merge(GitRequest asked, Git& git);
GitAnswer carry_on(GitRequest asked, Git& git);
GitAnswer initial_commit(GitRequest asked, Git& git);
GitAnswer undo_commit(GitRequest asked, Git& git);

GitAnswer remote_status(GitRequest asked, Git& git);
GitAnswer fetch(GitRequest asked, Git& git);
GitAnswer pull(GitRequest asked, Git& git);
GitAnswer push(GitRequest asked, Git& git);
GitAnswer publish(GitRequest asked, Git& git);
GitAnswer remotes(GitRequest asked, Git& git);
GitAnswer add_remote(GitRequest asked, Git& git);
GitAnswer remove_remote(GitRequest asked, Git& git);

GitAnswer commits(GitRequest asked, Git& git);
GitAnswer show_commit(GitRequest asked, Git& git);
GitAnswer commit_diff(GitRequest asked, Git& git);
GitAnswer file_with_diff(GitRequest asked, Git& git);
GitAnswer file_at(GitRequest asked, Git& git);
GitAnswer blame(GitRequest asked, Git& git);

GitAnswer stashes(GitRequest asked, Git& git);
GitAnswer stash(GitRequest asked, Git& git);
GitAnswer pop_stash(GitRequest asked, Git& git);
GitAnswer apply_stash(GitRequest asked, Git& git);
GitAnswer drop_stash(GitRequest asked, Git& git);
GitAnswer delete_untracked(GitRequest asked, Git& git);
GitAnswer discarded(GitRequest asked, Git& git);
GitAnswer undo_discard(GitRequest asked, Git& git);

GitAnswer conflicts(GitRequest asked, Git& git);
GitAnswer conflict(GitRequest asked, Git& git);
GitAnswer resolve(GitRequest asked, Git& git);

GitAnswer worktrees(GitRequest asked, Git& git);
GitAnswer create_worktree(GitRequest asked, Git& git);
GitAnswer open_worktree(GitRequest asked, Git& git);
GitAnswer merge_worktree(GitRequest asked, Git& git);
GitAnswer remove_worktree(GitRequest asked, Git& git);

} // namespace git_answer

/// POST /api/git/clone {url, path, branch?, depth?}: {success, path}; as an event stream (progress, done, error) when
/// the client asks for one. Not about a project.
awaitable<core::Result<http::Response>> clone_repository(std::shared_ptr<http::Request> request, Git& git);
/// GET and POST /api/user/git-config {gitName, gitEmail}
awaitable<core::Result<http::Response>> show_git_identity(std::shared_ptr<http::Request> request, Git& git);
awaitable<core::Result<http::Response>> save_git_identity(std::shared_ptr<http::Request> request, Git& git);

} // namespace pix::workbench
