#pragma once
#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "workbench/session_readers/provider.h"

namespace pix::workbench {

/// What a message of a stored conversation is. Live streams have more kinds.
enum class MessageKind : std::uint8_t {
    text,        ///< role, content; images[], files[], isLocalCommand, isCompactSummary, model ... in `more`
    thinking,    ///< content
    tool_use,    ///< toolId, toolName, toolInput, toolResult, subagentTools in `more`
    tool_result, ///< content; toolId, isError, toolUseResult in `more`. Not counted: its tool_use carries it, too
    error,       ///< content; code, category in `more`
    status,      ///< text, tokens ... in `more`
    raw,         ///< a record of a type that the reader does not know: the record itself as `more["record"]`
};

/// "text", "tool_use" ..., the wire's `kind`.
std::string_view name_of(MessageKind kind);

/// Tokens of one answer, each counted once. `cost` in US dollars where the provider recorded it.
struct TokenUse {
    std::int64_t input = 0;
    std::int64_t output = 0;
    std::int64_t reasoning = 0;
    std::int64_t cache_read = 0;
    std::int64_t cache_creation = 0;
    std::optional<double> cost;
};

/// One message of a conversation, the same for every provider.
struct Message {
    std::string id; ///< stable over reloads, and whatever page was asked for
    core::Millis at = 0;
    MessageKind kind = MessageKind::text;
    std::string role;    ///< "user" or "assistant"; empty where the kind has none
    std::string content; ///< text as shown
    boost::json::object more;
    std::optional<TokenUse> use; ///< on the first message of an answer only, so that adding up is right
    std::string model;

    /// Whether `total` and pages count it.
    bool counted() const { return kind != MessageKind::tool_result; }
};

/// The wire's form: id, sessionId, timestamp, provider, kind, role, content and the kind's further fields.
boost::json::object to_json(const Message& message, Provider provider, std::string_view session_id);

} // namespace pix::workbench
