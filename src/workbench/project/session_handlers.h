#pragma once
#include <memory>

#include "core/http/request.h"
#include "core/http/response.h"
#include "workbench/project/project.h"

/// What answers the requests for one conversation, and searches.
///
/// Errors: those of Projects, and Errc::invalid for what is missing or ill-typed.
namespace pix::workbench {

using SessionReply = awaitable<core::Result<http::Response>>;

/// GET /api/sessions/{sessionId}/messages?projectName=&provider=&limit=&offset=: {messages, total, hasMore}.
SessionReply list_messages(std::shared_ptr<http::Request> request, Projects& projects);
/// GET .../token-usage?provider=
SessionReply show_token_usage(std::shared_ptr<http::Request> request, Projects& projects);
/// PUT /api/sessions/{sessionId}/rename {title, provider?}
SessionReply rename_session(std::shared_ptr<http::Request> request, Projects& projects);
/// DELETE /api/projects/{projectName}/sessions/{sessionId}?provider=
SessionReply delete_session(std::shared_ptr<http::Request> request, Projects& projects);
/// POST /api/sessions/{sessionId}/star {isStarred?, provider?} and /archive {isArchived?, provider?}
SessionReply star_session(std::shared_ptr<http::Request> request, Projects& projects);
SessionReply archive_session(std::shared_ptr<http::Request> request, Projects& projects);
/// GET /api/search/conversations?q=&provider=&project=&limit=&stream=
SessionReply search_conversations(std::shared_ptr<http::Request> request, Projects& projects);
/// GET /api/search/progress: how far the index is.
SessionReply show_index_progress(std::shared_ptr<http::Request> request, Projects& projects);

} // namespace pix::workbench
