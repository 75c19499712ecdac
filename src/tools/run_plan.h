#pragma once
#include <chrono>
#include <optional>

#include "core/base/error.h"
#include "tools/launcher.h"
#include "tools/tool_catalog.h"

namespace pix::tools {

/// What the tool's settings page sets instead of tool.json; absent values are tool.json's.
struct ToolOverrides {
    std::optional<std::int64_t> max_memory_mb;       ///< 64 to 65536
    std::optional<std::int64_t> max_runtime_seconds; ///< 1 to 86400
    std::optional<std::int64_t> warm_keep_seconds;   ///< 0 to 86400
    std::optional<bool> concurrent;
    bool pinned_warm = false;

    /// Values out of range are left out.
    static ToolOverrides read(const json::value& value);
};

/// How a tool is to be started and run: tool.json, its overrides and the global settings put together.
struct RunPlan {
    LaunchSpec launch;
    std::chrono::seconds max_runtime{60};
    bool concurrent = true;

    /// How long /run may take. Source: contract 3.4.
    std::chrono::seconds limit() const { return max_runtime + std::chrono::seconds(5); }
};

/// `tool` must have a schema. `warm_keep` is the global setting.
RunPlan plan_of(const CatalogTool& tool, const ToolOverrides& overrides, std::chrono::seconds warm_keep);

} // namespace pix::tools
