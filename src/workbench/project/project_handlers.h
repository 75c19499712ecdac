#pragma once
#include <memory>

#include "core/http/request.h"
#include "core/http/response.h"
#include "workbench/project/project.h"

/// What answers the requests for projects and their conversations.
///
/// Errors: those of Projects, and Errc::invalid for what is missing or ill-typed.
namespace pix::workbench {

using ProjectReply = awaitable<core::Result<http::Response>>;

/// GET /api/projects: a bare array; from memory, with an ETag.
ProjectReply list_projects(std::shared_ptr<http::Request> request, Projects& projects);
/// POST quick-start {path}: the project. Without a path a new numbered folder: {success, project, suggestedName,
/// reused}.
ProjectReply quick_start(std::shared_ptr<http::Request> request, Projects& projects);
/// PUT {projectName}/rename {displayName}: blank resets.
ProjectReply rename_project(std::shared_ptr<http::Request> request, Projects& projects);
/// DELETE {projectName}?deleteData=&force=
ProjectReply delete_project(std::shared_ptr<http::Request> request, Projects& projects);
/// POST {projectName}/star {isStarred?} and /archive {isArchived?}: without a body the other way round.
ProjectReply star_project(std::shared_ptr<http::Request> request, Projects& projects);
ProjectReply archive_project(std::shared_ptr<http::Request> request, Projects& projects);
/// GET {projectName}/sessions?envelope=&limit=&offset=&provider=&archived=
ProjectReply list_sessions(std::shared_ptr<http::Request> request, Projects& projects);

} // namespace pix::workbench
