#include "tools/run.h"

#include <array>

#include "core/base/json.h"
#include "core/base/text.h"

namespace pix::tools {

namespace {

constexpr std::array<std::string_view, 4> status_names{"running", "ok", "error", "cancelled"};
constexpr std::array<std::string_view, 6> kind_names{"timeout", "spawn", "run", "venv", "validation", "schema"};
constexpr std::size_t summary_characters = 60;
constexpr core::JsonLimits stored_limits{.max_bytes = 512UL * 1024 * 1024, .max_depth = 128};

json::object object_of(const std::optional<std::string>& text)
{
    if (!text) return {};
    auto value = core::parse_json(*text, stored_limits);
    if (!value || !value->is_object()) return {};
    return std::move(value->get_object());
}

std::string text_at(const json::object& object, std::string_view key)
{
    const json::value* value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// The first `count` characters, with an ellipsis when there are more.
std::string cut(const std::string& text, std::size_t count)
{
    std::size_t seen = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        bool const starts_character = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
        if (starts_character && seen++ == count) return text.substr(0, at) + "\xe2\x80\xa6";
    }
    return text;
}

} // namespace

std::string_view name_of(RunStatus status)
{
    return status_names[static_cast<std::size_t>(status)];
}

std::optional<RunStatus> run_status_named(std::string_view name)
{
    for (std::size_t i = 0; i < status_names.size(); ++i)
        if (status_names[i] == name) return static_cast<RunStatus>(i);
    return std::nullopt;
}

std::string_view name_of(ErrorKind kind)
{
    return kind_names[static_cast<std::size_t>(kind)];
}

std::optional<ErrorKind> error_kind_named(std::string_view name)
{
    for (std::size_t i = 0; i < kind_names.size(); ++i)
        if (kind_names[i] == name) return static_cast<ErrorKind>(i);
    return std::nullopt;
}

json::object Run::inputs() const
{
    json::object object = object_of(inputs_json);
    // Databases of the product whose contract this is hold the whole body that was posted to the tool.
    const json::value* inner = object.if_contains("inputs");
    if (inner && inner->is_object() && object.contains("run_id")) return inner->get_object();
    return object;
}

json::object Run::outputs() const
{
    return object_of(outputs_json);
}

json::object Run::meta() const
{
    return object_of(meta_json);
}

RunFailure Run::failure() const
{
    json::object const about = meta();
    RunFailure failure;
    failure.kind = error_kind_named(text_at(about, "error_kind")).value_or(ErrorKind::run);
    failure.headline = text_at(about, "error_headline");
    failure.hint = text_at(about, "error_hint");
    failure.detail = text_at(about, "error_detail");
    failure.message = error_text.value_or("The run failed.");
    return failure;
}

std::string input_summary(const json::object& inputs)
{
    for (const auto& [key, value] : inputs) {
        bool const empty = value.is_null() || (value.is_string() && value.get_string().empty()) ||
                           (value.is_array() && value.get_array().empty()) ||
                           (value.is_object() && value.get_object().empty());
        if (empty) continue;
        std::string const text = value.is_string() ? std::string(value.get_string()) : core::to_text(value);
        return std::string(key) + ": " + cut(text, summary_characters);
    }
    return {};
}

json::object listing_of(const Run& run)
{
    json::object listing;
    listing["run_id"] = run.id;
    listing["tool_id"] = run.tool_id;
    listing["started_at"] = core::iso_time(run.started_at, true);
    listing["finished_at"] = run.finished_at ? json::value(core::iso_time(*run.finished_at, true)) : json::value();
    listing["status"] = name_of(run.status);
    listing["summary"] = input_summary(run.inputs());
    listing["starred"] = run.starred;
    listing["label"] = run.label ? json::value(*run.label) : json::value();
    listing["error_text"] = run.error_text ? json::value(*run.error_text) : json::value();
    listing["total_artefact_bytes"] = run.total_artefact_bytes;
    return listing;
}

} // namespace pix::tools
