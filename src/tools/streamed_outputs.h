#pragma once
#include <boost/json.hpp>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "tools/stream_event.h"
#include "tools/tool_schema.h"

namespace pix::tools {

/// What one event did.
struct StreamChange {
    std::vector<std::string> keys; ///< outputs whose value is another now
    bool ended = false;            ///< nothing more will come
    std::string error;             ///< what the tool says went wrong; it has ended then
};

/// The values of a run's outputs while its events arrive, and at its end.
///
/// Four kinds of events occur: one output by `output_key`, several outputs by their keys, a `chunk` of text, and
/// events named after an output. What is in none of these shapes is ignored.
///
/// Errors: Errc::too_large (the values have grown above the limit).
/// Source: contract 3.5.
class StreamedOutputs {
public:
    /// `initial` is the answer to /run. `schema` must outlive this.
    StreamedOutputs(const ToolSchema& schema, json::object initial, std::size_t max_bytes = 64UL * 1024 * 1024);

    core::Result<StreamChange> apply(const StreamEvent& event);

    const json::object& values() const { return values_; }
    bool has_ended() const { return ended_; }

private:
    enum class How { increment, snapshot, last }; ///< by output_key; several outputs; several outputs with done

    void apply_value(const OutputSpec& spec, const json::value& value, How how, StreamChange& change);
    void apply_chunk(const json::value& chunk, bool done, bool text_was_given, StreamChange& change);
    void append_text(const OutputSpec& spec, const json::value& value, How how);
    void append_lines(const OutputSpec& spec, const json::value& value, How how);
    void append_points(const OutputSpec& spec, const json::value& value, How how);

    const ToolSchema& schema_;
    json::object values_;
    std::set<std::string, std::less<>> open_; ///< streaming outputs that have not said done
    std::size_t max_bytes_;
    std::size_t bytes_ = 0;
    bool ended_ = false;
};

} // namespace pix::tools
