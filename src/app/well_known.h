#pragma once
#include "app/page_frame.h"
#include "app/runs_handlers.h"

namespace pix::app {

/// GET /docs: how to write a tool, from docs/tools.md.
Reply show_documentation(std::shared_ptr<http::Request> request, PageFrame& frame);
/// GET /manifest.webmanifest: what makes the pages installable.
core::Result<http::Response> web_manifest(const http::Request& request);
/// GET /worker.js: the service worker, at the path whose pages it may look after.
core::Result<http::Response> service_worker(const http::Request& request);

} // namespace pix::app
