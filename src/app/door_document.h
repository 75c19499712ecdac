#pragma once
#include <string>

#include "core/http/door.h"
#include "core/http/openapi.h"

namespace pix::app {

/// What a door's OpenAPI document says of the door itself: its name, where it is, who may call it, its shape of an
/// error.
http::OpenApiInfo door_document_info(http::DoorKind door, const std::string& base_path);

/// The schema of GET /health.
boost::json::value health_schema();

} // namespace pix::app
