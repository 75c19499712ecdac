#pragma once
#include <memory>

#include "core/http/request.h"
#include "core/http/response.h"
#include "workbench/project/project.h"

namespace pix::workbench {

/// POST create and create-workspace {workspaceType, path, githubUrl?, githubTokenId?, newGithubToken?}.
awaitable<core::Result<http::Response>> create_workspace(std::shared_ptr<http::Request> request, Projects& projects);
/// GET clone-progress?path=&githubUrl=&githubTokenId=&newGithubToken=: events {type, message, project?}.
awaitable<core::Result<http::Response>> clone_with_progress(std::shared_ptr<http::Request> request, Projects& projects);

} // namespace pix::workbench
