#include "workbench/account/body_fields.h"

#include "core/base/text.h"

namespace pix::workbench::fields {

using core::Errc;
using core::fail;
using core::Result;
namespace json = boost::json;

namespace {

/// The field that is used and its value; null when none is there.
std::pair<std::string_view, const json::value*> find_field(const json::object& body,
                                                           std::initializer_list<std::string_view> names)
{
    for (auto const name : names)
        if (auto const* const value = body.if_contains(name); value && !value->is_null()) return {name, value};
    return {*names.begin(), nullptr};
}

std::unexpected<core::Error> missing(std::initializer_list<std::string_view> names)
{
    return fail(Errc::invalid, std::string(*names.begin()) + " is missing");
}

} // namespace

Result<json::object> body_object(const http::Request& request)
{
    if (request.body().empty()) return json::object();
    PIX_TRY(auto value, request.json());
    if (!value.is_object()) return fail(Errc::invalid, "the body is no JSON object");
    return std::move(value.as_object());
}

Result<std::optional<std::string>> text_field(const json::object& body, std::initializer_list<std::string_view> names)
{
    auto const [name, value] = find_field(body, names);
    if (!value) return std::optional<std::string>();
    if (!value->is_string()) return fail(Errc::invalid, std::string(name) + " is no text");
    std::string text(value->as_string());
    if (text.find('\0') != std::string::npos) return fail(Errc::invalid, std::string(name) + " holds a zero byte");
    return std::optional(std::move(text));
}

Result<std::optional<bool>> bool_field(const json::object& body, std::initializer_list<std::string_view> names)
{
    auto const [name, value] = find_field(body, names);
    if (!value) return std::optional<bool>();
    if (!value->is_bool()) return fail(Errc::invalid, std::string(name) + " is neither true nor false");
    return std::optional(value->as_bool());
}

Result<std::string> needed_text(const json::object& body, std::initializer_list<std::string_view> names)
{
    PIX_TRY(auto text, text_field(body, names));
    if (!text) return missing(names);
    return *std::move(text);
}

Result<bool> needed_bool(const json::object& body, std::initializer_list<std::string_view> names)
{
    PIX_TRY(auto const flag, bool_field(body, names));
    if (!flag) return missing(names);
    return *flag;
}

Result<std::int64_t> number_param(const http::Request& request, std::string_view name)
{
    auto const number = core::parse_int(request.param(name), false);
    if (!number) return fail(Errc::invalid, std::string(name) + " is no whole number");
    return *number;
}

} // namespace pix::workbench::fields
