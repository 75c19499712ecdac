#pragma once
#include <boost/json.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/base/actor.h"
#include "core/base/async.h"
#include "core/base/error.h"

namespace pix::tools {

/// A tool as other areas see it.
struct ToolSummary {
    std::string id;
    std::string name;
    std::string category; ///< empty: none
    std::string description;
    std::string icon;
    std::string status;     ///< running, dormant or failed (tool.json unusable)
    std::string validation; ///< pass, warn, fail or unchecked
    bool archived = false;
    bool pinned = false;
};

/// What a run asked for by another area came to.
struct ToolRunOutcome {
    std::string run_id;
    std::string status;          ///< ok, error or cancelled
    boost::json::object outputs; ///< media and large values as references
    std::string message;         ///< of an error
    std::string link;            ///< mount-relative page of the run
};

/// What other areas may do with tools.
///
/// Runs on: the io thread.
class ToolsApi {
public:
    virtual ~ToolsApi() = default;

    /// All tools, broken and archived ones included, in the order of their folders.
    virtual std::vector<ToolSummary> list() const = 0;
    /// The tool.json of a tool. Errors: Errc::not_found, Errc::invalid (unusable).
    virtual core::Result<boost::json::value> schema(const std::string& tool_id) const = 0;
    /// Runs a tool with typed inputs to its end. A run that fails is an outcome, not an error.
    /// Errors: Errc::not_found, Errc::invalid (inputs, or an unusable tool), Errc::limit, and those of the store.
    virtual awaitable<core::Result<ToolRunOutcome>> run(std::string tool_id, boost::json::object inputs,
                                                        core::Actor actor) = 0;
    /// Grows with every change of the tools directory.
    virtual std::uint64_t version() const = 0;
};

} // namespace pix::tools
