#include "core/http/door.h"

#include <boost/asio/ip/address.hpp>

#include "core/base/text.h"
#include "core/http/head_check.h"
#include "core/http/request.h"

namespace pix::http {

using core::Errc;
using core::fail;
using core::Result;

namespace {

/// "127.0.0.1" of "127.0.0.1:7860", "[::1]" of "[::1]:7860".
std::string_view without_port(std::string_view authority)
{
    if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
    return authority.substr(0, authority.find(':'));
}

std::string bracketed(const std::string& host)
{
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

/// WORDS_LIKE_THIS, as the workbench's contract writes its codes.
std::string upper(std::string_view text)
{
    std::string result(text);
    for (char& c : result)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return result;
}

/// What a program reads of an error at the workbench door.
std::string code_of(const core::Error& error)
{
    if (!error.name.empty()) return error.name;
    if (error.code == Errc::internal) return "INTERNAL_ERROR";
    if (error.code == Errc::too_large) return "PAYLOAD_TOO_LARGE";
    return upper(core::name_of(error.code));
}

/// True for a request with a key or token that its sender put there itself.
bool shows_key(const Request& request)
{
    return !request.header("X-API-Key").empty() || request.header("Authorization").starts_with("Bearer ");
}

constexpr auto origin_rejected = "ORIGIN_REJECTED";

std::string sentence(const core::Error& error)
{
    return error.hint.empty() ? error.message : error.message + ". " + error.hint;
}

/// What is shown where no frame has been set: complete in itself, so that an error never depends on another part.
std::string plain_page(const Request& request, const core::Error& error, int status)
{
    std::string const title = std::to_string(status) + " " + std::string(reason_of(status));
    std::string const text = "<h1>" + core::escape_html(title) + "</h1>\n<p>" + core::escape_html(sentence(error)) +
                             "</p>\n<p><small>" + core::escape_html(request.id()) + "</small></p>\n";
    if (request.is_htmx()) return "<div class=\"error\" role=\"alert\">\n" + text + "</div>\n";
    return "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>" + core::escape_html(title) +
           "</title></head>\n<body><main>\n" + text + "</main></body>\n</html>\n";
}

} // namespace

std::string_view name_of(DoorKind kind)
{
    switch (kind) {
    case DoorKind::tools: return "tools";
    case DoorKind::workbench: return "workbench";
    case DoorKind::security: return "security";
    }
    return "";
}

bool is_loopback_address(std::string_view host)
{
    boost::system::error_code error;
    auto const address = asio::ip::make_address(host, error);
    return !error && address.is_loopback();
}

Result<Door> Door::create(DoorOptions options)
{
    boost::system::error_code error;
    auto const address = asio::ip::make_address(options.host, error);
    if (error)
        return fail(Errc::invalid, "the " + std::string(name_of(options.kind)) + " door's host \"" + options.host +
                                       "\" is no literal address");
    if (options.kind == DoorKind::tools && !address.is_loopback())
        return fail(Errc::invalid, "the tools door's host \"" + options.host + "\" is not a loopback address",
                    "Use 127.0.0.1 or ::1: the tools door has no accounts and is for this machine only.");
    return Door(std::move(options), address.is_loopback());
}

Door::Door(DoorOptions options, bool is_loopback)
    : options_(std::move(options)), port_(options_.port), is_loopback_(is_loopback)
{}

std::string Door::origin() const
{
    std::string host = options_.host;
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host == "::") host = "::1";
    return (is_encrypted() ? "https://" : "http://") + bracketed(host) + ":" + std::to_string(port_);
}

bool Door::knows_host(std::string_view host) const
{
    std::string_view const name = without_port(host);
    if (core::equals_ignoring_case(name, "127.0.0.1") || core::equals_ignoring_case(name, "localhost") ||
        name == "[::1]" || core::equals_ignoring_case(name, bracketed(options_.host)))
        return true;
    for (const std::string& known : options_.host_names)
        if (core::equals_ignoring_case(name, known)) return true;
    return false;
}

void Door::welcome(Request& request) const
{
    if (options_.origins.empty()) return;
    std::string_view const origin = request.header("Origin");
    auto& headers = request.answer_headers;
    headers.emplace_back("Vary", "Origin");
    if (origin.empty() || !knows_origin(origin)) return;
    headers.emplace_back("Access-Control-Allow-Origin", origin);
    headers.emplace_back("Access-Control-Allow-Credentials", "true");
    headers.emplace_back("Access-Control-Expose-Headers", "X-Refreshed-Token, X-Request-Id, ETag, Retry-After");
    if (request.method() != Method::options) return;
    headers.emplace_back("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
    headers.emplace_back("Access-Control-Allow-Headers",
                         "Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID, X-API-Key");
    headers.emplace_back("Access-Control-Max-Age", "600");
}

bool Door::knows_origin(std::string_view origin) const
{
    return std::ranges::any_of(options_.origins,
                               [&](const std::string& known) { return core::equals_ignoring_case(known, origin); });
}

Result<void> Door::admit(const Request& request, bool changes) const
{
    std::string_view const host = request.header("Host");
    if (is_loopback_ && !knows_host(host))
        return fail(Errc::forbidden, "this server is not \"" + core::shorten(core::to_utf8(host), 100) + "\"",
                    "Open it as " + origin() + ".");
    // The security door knows its callers by a token that no browser adds by itself.
    if (!changes || options_.kind == DoorKind::security) return {};
    if (options_.kind == DoorKind::workbench && shows_key(request)) return {};

    std::string_view const origin = request.header("Origin");
    if (knows_origin(origin)) return {};
    std::string_view const site = request.header("Sec-Fetch-Site");
    if (core::equals_ignoring_case(site, "cross-site") || core::equals_ignoring_case(site, "same-site"))
        return core::fail_as(origin_rejected, Errc::forbidden, "another site's page made this request");
    if (origin.empty()) return {};
    for (std::string_view const scheme : {std::string_view("http://"), std::string_view("https://")})
        if (origin.starts_with(scheme) && core::equals_ignoring_case(origin.substr(scheme.size()), host)) return {};
    return core::fail_as(origin_rejected, Errc::forbidden,
                         "a page of \"" + core::shorten(core::to_utf8(origin), 100) + "\" made this request");
}

/// Nothing when the answer is to be the error itself: only a browser that opens a page is led elsewhere.
std::optional<Response> Door::lead_to_sign_in(const Request& request, const core::Error& error) const
{
    bool const unknown = error.code == Errc::unauthorized || error.name == "INVALID_TOKEN";
    bool const opens_page = request.method() == Method::get && !request.accepts_json_first() &&
                            (request.accepts_html() || request.is_htmx()) && !request.path().starts_with("/api/");
    if (sign_in_page_.empty() || !unknown || !opens_page) return std::nullopt;
    std::string const to = options_.base_path + sign_in_page_ + "?next=";
    if (!request.is_htmx()) return Response::see_other(to + core::percent_encode(request.target()));
    // A fragment cannot lead anywhere; htmx follows this header with the whole page.
    auto response = Response::empty(204);
    response.set("HX-Redirect", options_.base_path + sign_in_page_);
    return response;
}

Response Door::error(const Request& request, const core::Error& error, int status) const
{
    if (status == 0) status = status_of(error.code);
    Response response;
    switch (options_.kind) {
    case DoorKind::tools: {
        bool const json = request.accepts_json_first() || request.path().starts_with("/api/");
        if (json && error.code == Errc::unprocessable) {
            core::json::array detail;
            detail.push_back({{"loc", core::json::array()}, {"msg", sentence(error)}, {"type", "value_error"}});
            response = Response::json({{"detail", std::move(detail)}});
        } else if (json) {
            response = Response::json({{"detail", sentence(error)}});
        } else {
            std::optional<std::string> page;
            if (error_page_) page = error_page_(request, error, status);
            response = Response::html(page ? *std::move(page) : plain_page(request, error, status));
        }
        break;
    }
    case DoorKind::workbench: {
        if (auto redirect = lead_to_sign_in(request, error)) return *std::move(redirect);
        bool const page_wanted = (request.accepts_html() && !request.accepts_json_first()) || request.is_htmx();
        if (page_wanted && !request.path().starts_with("/api/")) {
            std::optional<std::string> page;
            if (error_page_) page = error_page_(request, error, status);
            response = Response::html(page ? *std::move(page) : plain_page(request, error, status));
        } else {
            std::string message = sentence(error);
            if (error.code == Errc::internal) message += " (" + request.id() + ")";
            response =
                Response::json({{"success", false}, {"error", {{"code", code_of(error)}, {"message", message}}}});
        }
        break;
    }
    case DoorKind::security:
        response = Response::json(
            {{"error",
              {{"code", core::name_of(error.code)}, {"message", sentence(error)}, {"request_id", request.id()}}}});
        if (status == 401) response.set("WWW-Authenticate", "Bearer");
        break;
    }
    response.status = status;
    response.detail = error.detail;
    return response;
}

} // namespace pix::http
