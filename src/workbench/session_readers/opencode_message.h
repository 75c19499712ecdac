#pragma once
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workbench/session_readers/message.h"

namespace pix::workbench {

/// One message of OpenCode with its parts, as stored.
struct OpenCodeMessage {
    struct Part {
        std::string id;
        std::string data; ///< JSON
    };
    std::string id;
    core::Millis created = 0;
    std::string data; ///< JSON
    std::vector<Part> parts;
};

/// What reading one message gave besides its messages.
struct OpenCodeNotes {
    std::int64_t unknown = 0;       ///< parts of types that are not known
    std::int64_t skipped_bytes = 0; ///< of parts that are no JSON
    std::string cwd;                ///< where the assistant worked, if the message says it
};

/// The messages as shown: text, reasoning, tools with their results, files, errors.
std::vector<Message> messages_of(const OpenCodeMessage& stored, OpenCodeNotes& notes);

} // namespace pix::workbench
