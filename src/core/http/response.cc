#include "core/http/response.h"

#include <algorithm>

#include "core/base/text.h"
#include "core/http/asset.h"
#include "core/http/event_stream.h"
#include "core/http/head_check.h"

namespace pix::http {

namespace {

bool is_value(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return (c >= 0x20 || c == '\t') && c != 0x7f; });
}

} // namespace

Response& Response::set(std::string_view name, std::string value)
{
    std::erase_if(headers, [&](const auto& header) { return core::equals_ignoring_case(header.first, name); });
    return add(name, std::move(value));
}

Response& Response::add(std::string_view name, std::string value)
{
    if (is_token(name) && is_value(value)) headers.emplace_back(name, std::move(value));
    return *this;
}

std::string_view Response::header(std::string_view name) const
{
    for (const auto& [key, value] : headers)
        if (core::equals_ignoring_case(key, name)) return value;
    return {};
}

Response Response::bytes(std::string bytes, std::string content_type)
{
    Response response;
    response.body = std::move(bytes);
    response.add("Content-Type", std::move(content_type));
    return response;
}

Response Response::html(std::string text)
{
    return bytes(std::move(text), "text/html; charset=utf-8");
}

Response Response::json(const core::json::value& value, int status)
{
    return json_text(core::to_text(value), status);
}

Response Response::json_text(std::string text, int status)
{
    Response response = bytes(std::move(text), "application/json");
    response.status = status;
    return response;
}

Response Response::text(std::string text, int status)
{
    Response response = bytes(std::move(text), "text/plain; charset=utf-8");
    response.status = status;
    return response;
}

Response Response::see_other(std::string location)
{
    return redirect(std::move(location), 303);
}

Response Response::redirect(std::string location, int status)
{
    Response response;
    response.status = status;
    response.add("Location", std::move(location));
    return response;
}

Response Response::empty(int status)
{
    Response response;
    response.status = status;
    return response;
}

Response Response::file(std::filesystem::path path, std::string content_type, std::string download_name)
{
    Response response;
    response.body = FileBody{std::move(path)};
    response.add("Content-Type", std::move(content_type));
    response.set("Cache-Control", "no-cache");
    if (download_name.empty())
        response.content_policy = std::string(sandbox_content_policy);
    else
        response.add("Content-Disposition", content_disposition("attachment", download_name));
    return response;
}

Response Response::asset(const Asset& asset)
{
    Response response;
    response.body = &asset;
    response.add("Content-Type", std::string(asset.content_type));
    response.add("ETag", std::string(asset.etag));
    response.add("Cache-Control", is_hashed_name(asset.path) ? "public, max-age=31536000, immutable" : "no-cache");
    return response;
}

Response Response::stream(std::string content_type, Writer writer)
{
    Response response;
    response.body = std::move(writer);
    response.add("Content-Type", std::move(content_type));
    response.add("X-Accel-Buffering", "no"); // nginx in front would hold the pieces back
    return response;
}

Response Response::events(EventSource source)
{
    // Every answer that is written as it comes gets an EventWriter: it is a BodyWriter with more to say.
    Response response = stream("text/event-stream", [source = std::move(source)](std::shared_ptr<BodyWriter> writer) {
        return source(std::static_pointer_cast<EventWriter>(std::move(writer)));
    });
    response.set("Cache-Control", "no-store");
    return response;
}

int status_of(core::Errc code)
{
    switch (code) {
    case core::Errc::invalid: return 400;
    case core::Errc::unprocessable: return 422;
    case core::Errc::unauthorized: return 401;
    case core::Errc::forbidden: return 403;
    case core::Errc::not_found: return 404;
    case core::Errc::not_allowed: return 405;
    case core::Errc::conflict: return 409;
    case core::Errc::gone: return 410;
    case core::Errc::too_large: return 413;
    case core::Errc::unsupported: return 415;
    case core::Errc::limit: return 429;
    case core::Errc::cancelled: return 499;
    case core::Errc::internal: return 500;
    case core::Errc::bad_gateway: return 502;
    case core::Errc::unavailable: return 503;
    case core::Errc::timeout: return 504;
    }
    return 500;
}

std::string_view reason_of(int status)
{
    switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 499: return "Client Closed Request";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "";
    }
}

std::string content_disposition(std::string_view kind, std::string_view filename)
{
    std::string const utf8 = core::to_utf8(filename);
    std::string plain;
    bool same = true;
    for (unsigned char const c : utf8) {
        bool const safe = c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '%' && c != '/';
        plain += safe ? static_cast<char>(c) : '_';
        same = same && safe;
    }
    std::string value = std::string(kind) + "; filename=\"" + plain + "\"";
    if (!same) value += "; filename*=UTF-8''" + core::percent_encode(utf8);
    return value;
}

bool is_text_type(std::string_view content_type)
{
    std::string const type = core::lower(core::trim(content_type.substr(0, content_type.find(';'))));
    if (type == "text/event-stream") return false;
    return type.starts_with("text/") || type == "application/json" || type.ends_with("+json") ||
           type == "application/javascript" || type == "application/xml" || type.ends_with("+xml") ||
           type == "application/x-ndjson";
}

} // namespace pix::http
