#pragma once
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/http/request.h"
#include "workbench/file/files.h"
#include "workbench/file/wire.h"

/// How the handlers of this folder read requests. Errors: Errc::invalid, which names the field.
namespace pix::workbench::wire {

/// The body as a JSON object; a long one is read on the pool. Errors: also Errc::unsupported (no JSON).
awaitable<core::Result<boost::json::object>> read_object(std::shared_ptr<http::Request> request, Files& files);

/// "1" and "true" are yes; absent is no.
bool is_asked(const http::Request& request, std::string_view name);

/// A path in the query: `path`, `filePath` or `encodedPath`; "" if there is none.
core::Result<std::string> query_path(const http::Request& request);
/// The same; none, or an empty one, is a failure.
core::Result<std::string> required_query_path(const http::Request& request);
/// A path in a body under the first of `names` that is there, or percent-encoded under `encoded`. Nothing if none.
core::Result<std::optional<std::string>>
body_path(const boost::json::object& body, std::initializer_list<std::string_view> names, std::string_view encoded);
/// The same; none, or an empty one, is a failure.
core::Result<std::string> required_body_path(const boost::json::object& body,
                                             std::initializer_list<std::string_view> names, std::string_view encoded);

/// The bytes of `content`: as it is, base64 if `encoding` says so, in another charset if `charset` says so.
/// Nothing if there is none.
core::Result<std::optional<std::string>> content_bytes(const boost::json::object& body);

} // namespace pix::workbench::wire
