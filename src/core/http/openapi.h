#pragma once
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/http/router.h"

namespace pix::http {

/// 3.1 for every door but the security door: the generators that its clients use want 3.0.
enum class OpenApiVersion { v3_0, v3_1 };

/// What the document says beside the routes.
struct OpenApiInfo {
    OpenApiVersion format = OpenApiVersion::v3_1;
    std::string title;
    std::string version;
    std::string description;
    std::vector<std::string> servers;                      ///< URLs; "/api/v1" is relative to the document
    std::vector<std::pair<std::string, std::string>> tags; ///< name and description, in the order of the document
    core::json::object security_schemes;                   ///< by name; empty: the door asks for no credentials
    core::json::array security;                            ///< what a route asks for that is not for anyone
    core::json::object error_schema;                       ///< the door's shape of an error, with a title
};

/// The OpenAPI document of a door's routes: those that have a summary, in the order they were added.
///
/// Schemas with a title, as schema_of makes them, become shared components. Errors that follow from a route (bad
/// input, no credentials, no such thing, too large, our mistake) are listed without being described by the route.
///
/// Runs on: start-up; the document does not change.
/// Errors:  Errc::internal when two schemas with one title differ, two operations have one id, or a reference leads
///          nowhere: our mistakes, found by a test of the whole route table.
/// Source:  OpenAPI Specification 3.1.1 and 3.0.4.
core::Result<core::json::object> openapi_document(const OpenApiInfo& info, std::span<const Endpoint> endpoints);

/// A schema of 3.1 in the words of 3.0: null is "nullable", bounds that exclude are flags, "const" is an enum of one.
core::json::value schema_for_3_0(core::json::value schema);

} // namespace pix::http
