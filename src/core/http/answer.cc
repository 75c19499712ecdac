#include "core/base/text.h"
#include "core/http/asset.h"
#include "core/http/compression.h"
#include "core/http/conditional.h"
#include "core/http/connection.h"

namespace pix::http {

namespace {

/// On every answer. Source: OWASP Secure Headers Project; X-Frame-Options for browsers without frame-ancestors.
constexpr std::string_view security_headers = "X-Content-Type-Options: nosniff\r\n"
                                              "X-Frame-Options: DENY\r\n"
                                              "Referrer-Policy: same-origin\r\n"
                                              "Cross-Origin-Opener-Policy: same-origin\r\n"
                                              "Cross-Origin-Resource-Policy: same-origin\r\n";

/// Types that a browser shows as a document and that could run scripts.
bool is_document(std::string_view content_type)
{
    return content_type.starts_with("text/html") || content_type.starts_with("image/svg+xml") ||
           content_type.starts_with("application/xhtml+xml") || content_type.starts_with("text/xml") ||
           content_type.starts_with("application/xml");
}

void append_number(std::string& out, std::uint64_t number)
{
    char digits[20];
    std::size_t at = sizeof digits;
    do {
        digits[--at] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number != 0);
    out.append(digits + at, sizeof digits - at);
}

/// Leaves out what could end the header and begin something else.
void append_header(std::string& out, std::string_view name, std::string_view value)
{
    for (unsigned char const c : value)
        if (c < 0x20 && c != '\t') return;
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

} // namespace

void append_head(std::string& out, Engine& engine, const Request& request, const Response& response,
                 const HeadShape& shape)
{
    out += shape.minor_version == 0 ? "HTTP/1.0 " : "HTTP/1.1 ";
    append_number(out, static_cast<std::uint64_t>(response.status));
    out += ' ';
    out += reason_of(response.status);
    out += "\r\n";
    out += engine.date_line();
    out += security_headers;

    bool cached = false;
    bool connection = false;
    std::string_view content_type;
    for (const auto& [name, value] : response.headers) {
        // What frames the answer is written below, and by nobody else.
        if (core::equals_ignoring_case(name, "content-length") || core::equals_ignoring_case(name, "transfer-encoding"))
            continue;
        if (core::equals_ignoring_case(name, "content-type")) content_type = value;
        cached = cached || core::equals_ignoring_case(name, "cache-control");
        connection = connection || core::equals_ignoring_case(name, "connection");
        append_header(out, name, value);
    }
    for (const auto& [name, value] : request.answer_headers) append_header(out, name, value);
    if (response.content_policy) {
        if (!response.content_policy->empty()) append_header(out, "Content-Security-Policy", *response.content_policy);
    } else if (is_document(content_type)) {
        append_header(out, "Content-Security-Policy", strict_content_policy);
    }
    if (!cached) out += is_document(content_type) ? "Cache-Control: no-cache\r\n" : "Cache-Control: no-store\r\n";
    append_header(out, "X-Request-Id", request.id());
    if (shape.length) {
        out += "Content-Length: ";
        append_number(out, *shape.length);
        out += "\r\n";
    }
    if (shape.chunked) out += "Transfer-Encoding: chunked\r\n";
    if (!connection) {
        if (!shape.keep_alive)
            out += "Connection: close\r\n";
        else if (shape.minor_version == 0)
            out += "Connection: keep-alive\r\n";
    }
    out += "\r\n";
}

PlainBody choose_body(const Request& request, Response& response)
{
    PlainBody body;
    std::string const etag(response.header("ETag")); // a copy: adding headers moves them
    bool const reads = request.method() == Method::get || request.method() == Method::head;
    if (reads && response.status == 200 && is_none_match_satisfied_by(request.header("If-None-Match"), etag)) {
        response.status = 304;
        std::erase_if(response.headers,
                      [](const auto& header) { return core::equals_ignoring_case(header.first, "content-type"); });
        if (std::holds_alternative<const Asset*>(response.body)) response.set("Vary", "Accept-Encoding");
        response.body = std::string();
        return body;
    }
    if (auto* const asset = std::get_if<const Asset*>(&response.body)) {
        const Asset& file = **asset;
        response.set("Accept-Ranges", "bytes");
        // A part is a part of the file as it is: compressed variants are sent whole.
        std::uint64_t const size = file.identity.size();
        auto const choice = reads && response.status == 200
                                ? choose_range(request.header("Range"), request.header("If-Range"), etag, size)
                                : RangeChoice{};
        if (choice.kind == RangeChoice::Kind::unsatisfiable) {
            response = Response::empty(416);
            response.set("Content-Range", "bytes */" + std::to_string(size));
            return body;
        }
        if (choice.kind == RangeChoice::Kind::part) {
            response.status = 206;
            response.set("Content-Range", "bytes " + std::to_string(choice.range.first) + "-" +
                                              std::to_string(choice.range.last) + "/" + std::to_string(size));
            body.bytes = file.identity.substr(choice.range.first, choice.range.last - choice.range.first + 1);
            return body;
        }
        std::string_view const coding =
            choose_coding(request.header("Accept-Encoding"), !file.brotli.empty(), !file.gzip.empty());
        body.bytes = coding == "br" ? file.brotli : coding == "gzip" ? file.gzip : file.identity;
        if (!coding.empty()) response.set("Content-Encoding", std::string(coding));
        if (!file.brotli.empty() || !file.gzip.empty()) response.set("Vary", "Accept-Encoding");
        return body;
    }
    if (auto* const text = std::get_if<std::string>(&response.body))
        body.bytes = *text;
    else if (auto* const shared = std::get_if<std::shared_ptr<const std::string>>(&response.body))
        body.bytes = **shared;

    bool const worth = body.bytes.size() > min_compressed_size && response.compressible &&
                       response.header("Content-Encoding").empty() && is_text_type(response.header("Content-Type"));
    if (!worth) return body;
    response.add("Vary", "Accept-Encoding");
    if (choose_coding(request.header("Accept-Encoding"), false, true).empty()) return body;
    response.set("Content-Encoding", "gzip");
    // The bytes differ from the uncompressed ones now, so the tag may only promise the same meaning.
    if (!etag.empty() && !etag.starts_with("W/")) response.set("ETag", "W/" + std::string(etag));
    if (body.bytes.size() > max_inline_compression) {
        body.compress = true;
        return body;
    }
    body.storage = gzip(body.bytes);
    body.bytes = body.storage;
    return body;
}

} // namespace pix::http
