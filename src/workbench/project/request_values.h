#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/http/request.h"
#include "workbench/session_readers/provider.h"

/// How the handlers of this folder read requests. Errors: Errc::invalid (INVALID_REQUEST), which names the field.
namespace pix::workbench::project_request {

/// The body as an object; no body is an empty one.
core::Result<boost::json::object> body_object(const http::Request& request);
/// The text under the first of `names` that is there; nothing if none is, or it is null.
core::Result<std::optional<std::string>> body_text(const boost::json::object& body,
                                                   std::initializer_list<std::string_view> names);
core::Result<std::optional<bool>> body_flag(const boost::json::object& body,
                                            std::initializer_list<std::string_view> names);
/// A provider in the query; nothing if there is none.
core::Result<std::optional<Provider>> query_provider(const http::Request& request);
/// "1" and "true" are yes.
bool is_yes(const http::Request& request, std::string_view name);
/// Errors: also for an id outside [A-Za-z0-9._-]{1,128}, or "." and "..".
core::Result<std::string> session_id(const http::Request& request);

} // namespace pix::workbench::project_request
