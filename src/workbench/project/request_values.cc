#include "workbench/project/request_values.h"

#include <algorithm>

#include "core/base/json.h"
#include "core/base/text.h"

namespace pix::workbench::project_request {

using core::Errc;
using core::fail_as;
using core::Result;
namespace json = boost::json;

namespace {

auto invalid(std::string message)
{
    return fail_as("INVALID_REQUEST", Errc::invalid, std::move(message));
}

const json::value* first_of(const json::object& body, std::initializer_list<std::string_view> names,
                            std::string_view& found)
{
    for (auto const name : names) {
        auto const* value = body.if_contains(name);
        if (value == nullptr || value->is_null()) continue;
        found = name;
        return value;
    }
    return nullptr;
}

} // namespace

Result<json::object> body_object(const http::Request& request)
{
    if (core::trim(request.body()).empty()) return json::object();
    PIX_TRY(auto value, request.json());
    if (!value.is_object()) return invalid("the body must be a JSON object");
    return std::move(value.get_object());
}

Result<std::optional<std::string>> body_text(const json::object& body, std::initializer_list<std::string_view> names)
{
    std::string_view name;
    auto const* value = first_of(body, names, name);
    if (value == nullptr) return std::optional<std::string>();
    if (!value->is_string()) return invalid("\"" + std::string(name) + "\" must be a text");
    return std::optional(std::string(value->get_string()));
}

Result<std::optional<bool>> body_flag(const json::object& body, std::initializer_list<std::string_view> names)
{
    std::string_view name;
    auto const* value = first_of(body, names, name);
    if (value == nullptr) return std::optional<bool>();
    if (!value->is_bool()) return invalid("\"" + std::string(name) + "\" must be true or false");
    return std::optional(value->get_bool());
}

Result<std::optional<Provider>> query_provider(const http::Request& request)
{
    auto const text = request.query("provider");
    if (!text || text->empty()) return std::optional<Provider>();
    auto const provider = provider_named(*text);
    if (!provider) return invalid("\"provider\" must be one of claude, cursor, codex, gemini, qwen and opencode");
    return std::optional(*provider);
}

bool is_yes(const http::Request& request, std::string_view name)
{
    auto const text = request.query(name);
    return text && (*text == "1" || *text == "true");
}

Result<std::string> session_id(const http::Request& request)
{
    std::string const id = request.param("sessionId");
    bool const plain = std::ranges::all_of(id, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
               c == '-';
    });
    if (id.empty() || id.size() > 128 || !plain || id == "." || id == "..")
        return fail_as("INVALID_SESSION_ID", Errc::invalid,
                       "an id of a conversation has up to 128 letters, digits, dots, dashes and underscores");
    return id;
}

} // namespace pix::workbench::project_request
