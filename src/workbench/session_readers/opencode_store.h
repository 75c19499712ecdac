#pragma once
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/store/foreign_database.h"
#include "workbench/session_readers/opencode_message.h"
#include "workbench/session_readers/session_reader.h"

namespace pix::workbench {

/// What OpenCode says of one conversation as a whole.
struct OpenCodeSession {
    std::string directory;
    std::string title;
    std::string model;
    core::Millis created = 0;
    core::Millis updated = 0;
    bool is_hidden = false;        ///< archived, or a sub-agent's
    std::optional<TokenUse> total; ///< where the store counts it
};

/// Where one message stands, and a number that changes with it.
struct OpenCodeRecord {
    std::string id;
    std::uint64_t print = 0; ///< 0: not known without reading the message
};

/// One open conversation, in the database or in the files of older versions.
class OpenCodeStore {
public:
    virtual ~OpenCodeStore() = default;
    virtual core::Result<OpenCodeSession> session() = 0;
    /// Every message, in order.
    virtual core::Result<std::vector<OpenCodeRecord>> records() = 0;
    /// One message with its parts; what is too large is left out and counted in `skipped`. Without text: gone
    /// meanwhile.
    virtual core::Result<OpenCodeMessage> load(const std::string& message_id, std::int64_t& skipped) = 0;
};

/// Title that OpenCode gives before it has a better one.
bool is_default_opencode_title(std::string_view title);

} // namespace pix::workbench
