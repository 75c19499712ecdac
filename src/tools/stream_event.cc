#include "tools/stream_event.h"

namespace pix::tools {

using core::Errc;
using core::fail;

core::Result<std::vector<StreamEvent>> StreamEventParser::feed(std::string_view chunk)
{
    std::vector<StreamEvent> events;
    while (!chunk.empty()) {
        if (after_cr_) {
            after_cr_ = false;
            if (chunk.front() == '\n') {
                chunk.remove_prefix(1);
                continue;
            }
        }
        auto const end = chunk.find_first_of("\r\n");
        line_.append(chunk.substr(0, end));
        if (line_.size() + data_.size() + name_.size() > max_event_bytes_)
            return fail(Errc::too_large,
                        "an event of the stream has more than " + std::to_string(max_event_bytes_) + " bytes");
        if (end == std::string_view::npos) break;
        after_cr_ = chunk[end] == '\r';
        chunk.remove_prefix(end + 1);
        take_line(events);
    }
    return events;
}

void StreamEventParser::take_line(std::vector<StreamEvent>& events)
{
    std::string line;
    line.swap(line_);
    if (at_start_) {
        at_start_ = false;
        if (line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);
    }
    if (line.empty()) {
        take_event(events);
        return;
    }
    auto const colon = line.find(':');
    if (colon == 0) return;
    std::string_view const field = std::string_view(line).substr(0, colon);
    std::string_view value = colon == std::string::npos ? std::string_view() : std::string_view(line).substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "data") {
        if (has_data_) data_ += '\n';
        data_ += value;
        has_data_ = true;
    } else if (field == "event") {
        name_ = value;
    }
}

bool StreamEventParser::take_event(std::vector<StreamEvent>& events)
{
    bool const counts = has_data_ || !name_.empty();
    if (counts) events.push_back({name_.empty() ? "message" : std::move(name_), std::move(data_)});
    name_.clear();
    data_.clear();
    has_data_ = false;
    return counts;
}

std::optional<StreamEvent> StreamEventParser::finish()
{
    std::vector<StreamEvent> events;
    if (!line_.empty()) take_line(events);
    if (!take_event(events)) return std::nullopt;
    return std::move(events.front());
}

} // namespace pix::tools
