#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/http/request.h"

namespace pix::workbench::fields {

/// The body as a JSON object; an empty body is an empty one.
/// Errors: Errc::invalid, Errc::unsupported.
core::Result<core::json::object> body_object(const http::Request& request);

/// The first of `names` that is there; the contract's name comes first, older ones follow. Null counts as absent.
/// Errors: Errc::invalid (not a text, not a boolean), naming the field.
core::Result<std::optional<std::string>> text_field(const core::json::object& body,
                                                    std::initializer_list<std::string_view> names);
core::Result<std::optional<bool>> bool_field(const core::json::object& body,
                                             std::initializer_list<std::string_view> names);
/// The same for fields that have to be there.
core::Result<std::string> needed_text(const core::json::object& body, std::initializer_list<std::string_view> names);
core::Result<bool> needed_bool(const core::json::object& body, std::initializer_list<std::string_view> names);

/// A number in the path. Errors: Errc::invalid.
core::Result<std::int64_t> number_param(const http::Request& request, std::string_view name);

} // namespace pix::workbench::fields
