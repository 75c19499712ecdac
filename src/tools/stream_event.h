#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace pix::tools {

/// One event of an event stream.
struct StreamEvent {
    std::string name; ///< "message" when the stream does not say
    std::string data; ///< the data lines, joined by line feeds
};

/// Cuts an event stream into events, however the network has cut it into chunks.
///
/// Errors: Errc::too_large (an event above the limit); the parser is of no more use then.
/// Source: WHATWG HTML, section 9.2.6. Two liberties: a named event without data counts, and so does an event that the
///         end of the stream cuts off before its blank line.
class StreamEventParser {
public:
    explicit StreamEventParser(std::size_t max_event_bytes = 16UL * 1024 * 1024) : max_event_bytes_(max_event_bytes) {}

    /// The events that `chunk` completes.
    core::Result<std::vector<StreamEvent>> feed(std::string_view chunk);
    /// Call once when the stream has ended.
    std::optional<StreamEvent> finish();

private:
    void take_line(std::vector<StreamEvent>& events);
    bool take_event(std::vector<StreamEvent>& events);

    std::size_t max_event_bytes_;
    std::string line_;
    std::string name_;
    std::string data_;
    bool has_data_ = false;
    bool after_cr_ = false; ///< a line feed now belongs to the line already taken
    bool at_start_ = true;  ///< a byte order mark may stand here
};

} // namespace pix::tools
