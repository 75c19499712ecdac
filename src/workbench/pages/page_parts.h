#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/http/frame.h"
#include "core/http/request.h"

/// How the API's values become what the templates show. Whatever has another type than the contract says counts as
/// absent.
namespace pix::workbench {

/// A member's text; empty if it is absent or no text.
std::string text_of(const boost::json::value& object, std::string_view name);
/// A member's whole number; nothing if it is absent or none.
std::optional<std::int64_t> number_of(const boost::json::value& object, std::string_view name);
/// A member's truth; false if it is absent.
bool flag_of(const boost::json::value& object, std::string_view name);
/// A member that is an array; an empty one if it is absent.
const boost::json::array& list_of(const boost::json::value& object, std::string_view name);

/// "/sessions/claude/1234", mount-relative.
std::string session_path(std::string_view provider, std::string_view id);
/// "/projects/-home-ada-pix", mount-relative.
std::string project_path(std::string_view name);

/// A row of a list of conversations. `project` is shown beside it unless empty.
boost::json::object session_row(const http::Request& request, const http::PageFrame& frame,
                                const boost::json::value& session, std::string_view project);

/// A project in the list of projects.
boost::json::object project_row(const http::Request& request, const http::PageFrame& frame,
                                const boost::json::value& project);

/// A message as it is shown before the script has drawn it: who, when, and the text or one line about a tool.
/// Nothing for what has no text of its own.
std::optional<boost::json::object> message_row(const http::Request& request, const http::PageFrame& frame,
                                               const boost::json::value& message);

/// The newest `most` conversations of all projects.
boost::json::array recent_rows(const http::Request& request, const http::PageFrame& frame,
                               const boost::json::array& projects, std::size_t most);

/// The address to go to after signing in: `next` when it is a page of this door, else the home page. Never another
/// site: it starts with one slash and has neither a second one nor a backslash after it.
std::string safe_next(const http::Request& request, std::string_view next);

} // namespace pix::workbench
