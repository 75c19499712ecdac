#include "workbench/file/request_fields.h"

#include "core/base/text.h"
#include "workbench/file/text_encoding.h"

namespace pix::workbench::wire {

using core::Errc;
using core::fail_as;
using core::Result;
namespace json = boost::json;

namespace {

/// What is parsed on the io thread: a tenth of a millisecond or so.
constexpr std::size_t small_body = 64 * 1024;

Result<json::object> parse_body(const http::Request& request)
{
    core::JsonLimits limits;
    limits.max_bytes = std::max<std::size_t>(request.body().size(), 1);
    auto value = request.json(limits);
    if (!value) {
        if (value.error().code == Errc::invalid && value.error().name.empty()) value.error().name = "INVALID_JSON";
        return std::unexpected(std::move(value).error());
    }
    if (!value->is_object()) return fail_as("INVALID_REQUEST", Errc::invalid, "the body must be a JSON object");
    return std::move(value->get_object());
}

Result<std::string> decoded_path(std::string_view text)
{
    auto decoded = core::percent_decode(text);
    if (!decoded) return fail_as("INVALID_PATH", Errc::invalid, "\"encodedPath\" is not percent-encoded");
    return *std::move(decoded);
}

} // namespace

awaitable<Result<json::object>> read_object(std::shared_ptr<http::Request> request, Files& files)
{
    if (request->body().size() <= small_body) co_return parse_body(*request);
    auto work = [request] { return parse_body(*request); };
    co_return co_await files.on_pool(std::move(work));
}

bool is_asked(const http::Request& request, std::string_view name)
{
    auto const value = request.query(name);
    return value && (*value == "1" || core::equals_ignoring_case(*value, "true"));
}

Result<std::string> query_path(const http::Request& request)
{
    if (auto const encoded = request.query("encodedPath")) return decoded_path(*encoded);
    for (std::string_view const name : {"path", "filePath"})
        if (auto path = request.query(name)) return *std::move(path);
    return std::string();
}

Result<std::string> required_query_path(const http::Request& request)
{
    PIX_TRY(auto path, query_path(request));
    if (path.empty()) return fail_missing("path");
    return path;
}

Result<std::optional<std::string>> body_path(const json::object& body, std::initializer_list<std::string_view> names,
                                             std::string_view encoded)
{
    PIX_TRY(auto const coded, text_field(body, {encoded}));
    if (!coded) return text_field(body, names);
    PIX_TRY(auto path, decoded_path(*coded));
    return std::optional(std::move(path));
}

Result<std::string> required_body_path(const json::object& body, std::initializer_list<std::string_view> names,
                                       std::string_view encoded)
{
    PIX_TRY(auto path, body_path(body, names, encoded));
    if (!path || path->empty()) return fail_missing(*names.begin());
    return *std::move(path);
}

Result<std::optional<std::string>> content_bytes(const json::object& body)
{
    PIX_TRY(auto content, text_field(body, {"content"}));
    PIX_TRY(auto const encoding, text_field(body, {"encoding"}));
    PIX_TRY(auto const charset, text_field(body, {"charset"}));
    if (!content) return std::nullopt;
    if (encoding == "base64") {
        auto bytes = core::base64_decode(*content);
        if (!bytes) return fail_as("INVALID_CONTENT", Errc::invalid, R"("content" is not base64)");
        return bytes;
    }
    if (encoding && !core::equals_ignoring_case(*encoding, "utf-8") && !core::equals_ignoring_case(*encoding, "utf8"))
        return fail_as("INVALID_REQUEST", Errc::invalid, R"("encoding" must be "utf-8" or "base64")");
    if (!charset) return content;
    auto const known = charset_named(core::lower(*charset));
    if (!known)
        return fail_as("INVALID_REQUEST", Errc::invalid,
                       R"("charset" must be "utf-8", "utf-16le", "utf-16be" or "latin1")");
    PIX_TRY(auto bytes, encode_text(*content, *known));
    return std::optional(std::move(bytes));
}

} // namespace pix::workbench::wire
