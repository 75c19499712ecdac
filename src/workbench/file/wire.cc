#include "workbench/file/wire.h"

#include "core/base/clock.h"
#include "core/base/text.h"

namespace pix::workbench::wire {

using core::Errc;
using core::fail_as;
using core::Result;
namespace json = boost::json;

void add_path(json::object& entry, const ContainedPath& path)
{
    entry["name"] = core::to_utf8(path.name());
    entry["path"] = core::to_utf8(path.text());
    if (!core::is_utf8(path.text())) entry["encodedPath"] = core::percent_encode(path.text());
}

json::object done_json(const ContainedPath& path, std::string_view message)
{
    json::object out{{"success", true}};
    add_path(out, path);
    out["message"] = message;
    return out;
}

std::string modified_text(const struct stat& about)
{
    return core::iso_time(about.st_mtim.tv_sec * 1000 + about.st_mtim.tv_nsec / 1'000'000, true);
}

Result<std::optional<std::string>> text_field(const json::object& body, std::initializer_list<std::string_view> names)
{
    for (std::string_view const name : names) {
        const json::value* const value = body.if_contains(name);
        if (!value || value->is_null()) continue;
        if (!value->is_string())
            return fail_as("INVALID_REQUEST", Errc::invalid, "\"" + std::string(name) + "\" must be a text");
        return std::string(value->get_string());
    }
    return std::nullopt;
}

Result<std::string> required_text(const json::object& body, std::initializer_list<std::string_view> names)
{
    PIX_TRY(auto text, text_field(body, names));
    if (!text) return fail_missing(*names.begin());
    return *std::move(text);
}

std::unexpected<core::Error> fail_missing(std::string_view field)
{
    return fail_as("INVALID_REQUEST", Errc::invalid, "\"" + std::string(field) + "\" is missing");
}

} // namespace pix::workbench::wire
