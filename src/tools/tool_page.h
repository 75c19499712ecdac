#pragma once
#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tools/tool_catalog.h"

namespace pix::tools {

/// The run that a page shows instead of an empty output column.
struct PastRun {
    std::string short_id;
    std::string state; ///< of a badge: good, bad, info, neutral
    std::string state_text;
    std::string started_at;   ///< ISO
    std::string started_text; ///< for readers without script
};

/// Everything that a tool's page needs beside its catalog entry.
struct ToolPage {
    std::shared_ptr<const CatalogTool> tool; ///< with a schema
    json::object values;                     ///< what the form is filled with
    std::string base;                        ///< what stands before mount-relative links: "" or "/tools"
    std::string form_token;
    std::string icon;   ///< one that the page has, see tool_icon()
    std::string status; ///< running, dormant or failed
    std::string status_text;
    std::string validation; ///< pass, warn, fail or unchecked
    std::string validation_text;
    std::string validation_icon;
    std::string process;      ///< developer mode: "port 51902, pid 4711"; else empty
    std::string results_html; ///< rendered outputs or error, trusted; empty: an invitation to run
    std::optional<PastRun> past;
    bool key_is_missing = false; ///< a required secret has no value
};

/// What tool.html shows.
json::object tool_page_view(const ToolPage& page);

/// What tool_broken.html shows: the problems of a tool.json with their places.
json::object tool_broken_view(const CatalogTool& tool, std::string_view base);

} // namespace pix::tools
