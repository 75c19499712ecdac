#pragma once
#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "tools/output_spec.h"
#include "tools/tool_schema.h"

namespace pix::tools {

/// Where outputs are shown.
struct OutputPlace {
    std::string base; ///< what stands before mount-relative links: "" or "/tools"
    std::string tool_id;
    bool is_waiting = false; ///< a streamed run has just begun: absent values are to come
};

/// What output_panel.html shows: the declared outputs in groups of neighbours with the same layout.
json::object output_panel_view(const ToolSchema& schema, const json::object& values, const OutputPlace& place);

/// What output_card.html shows for one output; `value` is null when the answer lacks the key. Exactly one of the
/// view's members that name a kind of content is set; `number` tells cards of one page apart.
/// Source: contract 1.4.3 and 2.8.
json::object output_card_view(const OutputSpec& spec, const json::value* value, const OutputPlace& place,
                              std::size_t number);

/// An address that a page may load a picture, a sound or a file from: a data URL of that kind, an artefact, a file of
/// the tool. Anything else gives "".
std::string media_address(std::string_view url, std::string_view kind, const OutputPlace& place);

} // namespace pix::tools
