#pragma once
#include <boost/json.hpp>

#include "workbench/project/catalog.h"
#include "workbench/session_index/session_index.h"

/// The JSON that clients see of projects, conversations and search results.
namespace pix::workbench {

boost::json::object to_json(const ListedSession& session, const ListedProject& project);
/// With the newest five conversations.
boost::json::object to_json(const ListedProject& project);
boost::json::object to_json(const IndexProgress& progress);
/// A result of a search with the names of its project.
boost::json::object to_json(const SessionHit& hit, const ListedSession& session, const ListedProject& project);
/// What token-usage answers.
boost::json::object token_usage(const SessionEntry& session, std::int64_t default_window);
/// Tokens and, where known, cost.
boost::json::object to_json(const TokenUse& use);

} // namespace pix::workbench
