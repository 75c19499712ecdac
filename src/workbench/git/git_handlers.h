#pragma once
#include <memory>

#include "core/base/async.h"
#include "core/http/request.h"
#include "core/http/response.h"
#include "workbench/git/git.h"

namespace pix::workbench {

using GitReply = awaitable<core::Result<http::Response>>;
using GitAsked = std::shared_ptr<http::Request>;

/// GET /api/git/status?project=
GitReply git_status(GitAsked request, Git& git);
/// GET /api/git/diff?project=&file=&staged=&commit=&range=&context=&hunksOnly=&parsed=
GitReply git_diff(GitAsked request, Git& git);
/// GET /api/git/branches?project=
GitReply git_branches(GitAsked request, Git& git);
/// POST /api/git/stage {project, files} or {project, file, hunks: ["id" or {id, lines: [number]}]}
GitReply git_stage(GitAsked request, Git& git);
/// POST /api/git/unstage: as stage
GitReply git_unstage(GitAsked request, Git& git);
/// POST /api/git/commit {project, message, files?, amend?, signOff?, all?}
GitReply git_commit(GitAsked request, Git& git);
/// POST /api/git/init {project}
GitReply git_init(GitAsked request, Git& git);

} // namespace pix::workbench
