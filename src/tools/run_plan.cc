#include "tools/run_plan.h"

#include <algorithm>

namespace pix::tools {

namespace {

std::optional<std::int64_t> whole(const json::object& object, std::string_view key, std::int64_t least,
                                  std::int64_t most)
{
    const json::value* value = object.if_contains(key);
    if (!value || !value->is_number()) return std::nullopt;
    boost::system::error_code error;
    std::int64_t const number = value->to_number<std::int64_t>(error);
    if (error || number < least || number > most) return std::nullopt;
    return number;
}

} // namespace

ToolOverrides ToolOverrides::read(const json::value& value)
{
    ToolOverrides overrides;
    const json::object* object = value.if_object();
    if (!object) return overrides;
    overrides.max_memory_mb = whole(*object, "max_memory_mb", 64, 65'536);
    overrides.max_runtime_seconds = whole(*object, "max_runtime_seconds", 1, 86'400);
    overrides.warm_keep_seconds = whole(*object, "warm_keep_seconds", 0, 86'400);
    if (const json::value* flag = object->if_contains("concurrent"); flag && flag->is_bool())
        overrides.concurrent = flag->get_bool();
    return overrides;
}

RunPlan plan_of(const CatalogTool& tool, const ToolOverrides& overrides, std::chrono::seconds warm_keep)
{
    const ToolSchema& schema = *tool.schema;
    RunPlan plan;
    plan.max_runtime = std::chrono::seconds(overrides.max_runtime_seconds.value_or(schema.max_runtime_seconds));
    plan.concurrent = overrides.concurrent.value_or(schema.concurrent);
    plan.launch.tool_id = tool.id;
    plan.launch.folder = tool.folder;
    plan.launch.entrypoint = schema.entrypoint;
    for (const SecretSpec& secret : schema.secrets) plan.launch.secret_keys.push_back(secret.key);
    plan.launch.max_memory_mb = overrides.max_memory_mb.value_or(schema.max_memory_mb);
    plan.launch.pinned_warm = schema.pinned_warm || overrides.pinned_warm;
    plan.launch.warm_keep = warm_keep;
    if (schema.warm_keep_declared) plan.launch.warm_keep = std::chrono::seconds(schema.warm_keep_seconds);
    if (overrides.warm_keep_seconds) plan.launch.warm_keep = std::chrono::seconds(*overrides.warm_keep_seconds);
    if (schema.validator_timeout_override)
        plan.launch.spawn_timeout =
            std::max(plan.launch.spawn_timeout, std::chrono::seconds(*schema.validator_timeout_override));
    return plan;
}

} // namespace pix::tools
