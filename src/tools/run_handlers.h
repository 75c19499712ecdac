#pragma once
#include <memory>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/http/request.h"
#include "core/http/response.h"
#include "tools/tools.h"

namespace pix::tools {

using Reply = awaitable<core::Result<http::Response>>;

/// POST /tool/{tool_id}/run: the rendered outputs, the fragment of a stream, or an error block. The run goes on when
/// the page goes away, unless ?cancel_on_disconnect=1.
Reply run_tool(std::shared_ptr<http::Request> request, Tools& tools);
/// GET /tool/{tool_id}/stream?run_id=
Reply stream_run(std::shared_ptr<http::Request> request, Tools& tools);
/// POST /tool/{tool_id}/cancel?run_id=
Reply cancel_tool_run(std::shared_ptr<http::Request> request, Tools& tools);
/// GET /tool/{tool_id}/runs: a fragment, or JSON for who asks for it.
Reply show_history(std::shared_ptr<http::Request> request, Tools& tools);
/// GET /tool/{tool_id}/runs/{run_id}
Reply show_past_run(std::shared_ptr<http::Request> request, Tools& tools);
/// The same for a run named otherwise: GET /tool/{tool_id}?run=
Reply past_run(std::shared_ptr<http::Request> request, Tools& tools, std::shared_ptr<const CatalogTool> tool,
               std::string run_id);

/// GET /api/tools/{tool_id}/runs
Reply list_tool_runs(std::shared_ptr<http::Request> request, Tools& tools);
/// GET /api/runs/{run_id}
Reply load_run(std::shared_ptr<http::Request> request, Tools& tools);
/// GET /api/artefacts/{id}/file
Reply artefact_file(std::shared_ptr<http::Request> request, Tools& tools);

} // namespace pix::tools
