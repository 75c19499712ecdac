#include "core/http/request.h"

#include <boost/asio/ip/tcp.hpp>

#include "core/base/text.h"
#include "core/http/connection.h"
#include "core/http/door.h"
#include "core/http/head_check.h"

namespace pix::http {

using core::Errc;
using core::fail;
using core::Result;

std::string_view Request::header(std::string_view name) const
{
    for (const auto& [key, value] : headers_)
        if (key.size() == name.size() && core::equals_ignoring_case(key, name)) return value;
    return {};
}

std::optional<std::string> Request::query(std::string_view name) const
{
    std::string_view rest = query_;
    while (!rest.empty()) {
        std::string_view const pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        std::size_t const equals = std::min(pair.find('='), pair.size());
        auto const key = core::percent_decode(pair.substr(0, equals), true);
        if (!key || *key != name) continue;
        auto value = core::percent_decode(equals == pair.size() ? std::string_view() : pair.substr(equals + 1), true);
        return value ? core::to_utf8(*value) : std::string();
    }
    return std::nullopt;
}

std::vector<std::string> Request::queries(std::string_view name) const
{
    std::vector<std::string> values;
    std::string_view rest = query_;
    while (!rest.empty()) {
        std::string_view const pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        std::size_t const equals = std::min(pair.find('='), pair.size());
        auto const key = core::percent_decode(pair.substr(0, equals), true);
        if (!key || *key != name) continue;
        auto value = core::percent_decode(equals == pair.size() ? std::string_view() : pair.substr(equals + 1), true);
        if (value) values.push_back(core::to_utf8(*value));
    }
    return values;
}

const std::string& Request::param(std::string_view name) const
{
    static const std::string none;
    for (const auto& [key, value] : params_)
        if (key == name) return value;
    return none;
}

std::string Request::media_type() const
{
    std::string_view const value = header("Content-Type");
    return core::lower(core::trim(value.substr(0, value.find(';'))));
}

Result<Form> Request::form(const FormLimits& limits) const
{
    std::string const type = media_type();
    if (type == "multipart/form-data") return parse_multipart(body_, header("Content-Type"), limits);
    if (type == "application/x-www-form-urlencoded") return parse_urlencoded(body_, limits);
    if (body_.empty()) return Form();
    return fail(Errc::unsupported,
                "the body is no form: its Content-Type is \"" + core::shorten(core::to_utf8(type), 80) + "\"",
                "Send application/x-www-form-urlencoded or multipart/form-data.");
}

Result<core::json::value> Request::json(const core::JsonLimits& limits) const
{
    std::string const type = media_type();
    if (!type.empty() && type != "application/json" && !type.ends_with("+json"))
        return fail(Errc::unsupported,
                    "the body is not JSON: its Content-Type is \"" + core::shorten(core::to_utf8(type), 80) + "\"",
                    "Send application/json.");
    auto value = core::parse_json(body_, limits);
    if (!value && value.error().code == Errc::invalid) value.error().name = "INVALID_JSON";
    return value;
}

std::string_view Request::cookie(std::string_view name) const
{
    std::string_view rest = header("Cookie");
    while (!rest.empty()) {
        std::string_view const pair = rest.substr(0, rest.find(';'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        std::string_view const trimmed = core::trim(pair);
        if (trimmed.size() > name.size() && trimmed.starts_with(name) && trimmed[name.size()] == '=')
            return trimmed.substr(name.size() + 1);
    }
    return {};
}

const std::string& Request::link_prefix() const
{
    static const std::string none;
    return mount_ ? mount_->link_prefix : none;
}

std::string Request::link(std::string_view mount_relative) const
{
    return link_prefix() + std::string(mount_relative);
}

std::string Request::asset_link(std::string_view name) const
{
    return (door_ ? door_->options().base_path : std::string()) + "/static/" + std::string(name);
}

namespace {

/// The weight of the best matching range for a media type; negative if it is not there at all.
/// Source: RFC 9110 section 12.5.1.
double accept_weight(std::string_view accept, std::string_view type, std::string_view any_of_kind)
{
    double found = -1;
    int precision = -1;
    while (!accept.empty()) {
        std::string_view const item = accept.substr(0, accept.find(','));
        accept.remove_prefix(std::min(accept.size(), item.size() + 1));
        std::string_view const range = core::trim(item.substr(0, item.find(';')));
        int const exact = core::equals_ignoring_case(range, type)          ? 2
                          : core::equals_ignoring_case(range, any_of_kind) ? 1
                                                                           : -1;
        if (exact <= precision) continue;
        precision = exact;
        found = 1;
        if (auto const weight = header_parameter(item, "q")) found = core::parse_number(*weight).value_or(0);
    }
    return found;
}

} // namespace

bool Request::accepts_json_first() const
{
    std::string_view const accept = header("Accept");
    double const json = accept_weight(accept, "application/json", "application/*");
    if (json <= 0) return false;
    double const html = std::max(accept_weight(accept, "text/html", "text/*"),
                                 accept_weight(accept, "application/xhtml+xml", "application/xhtml+xml"));
    if (html < json) return true;
    if (html > json) return false;
    return accept.find("json") < accept.find("html");
}

bool Request::accepts_html() const
{
    std::string_view const accept = header("Accept");
    return accept_weight(accept, "text/html", "text/html") > 0 ||
           accept_weight(accept, "application/xhtml+xml", "application/xhtml+xml") > 0;
}

bool Request::client_gone() const
{
    auto const connection = connection_.lock();
    return !connection || connection->client_gone();
}

std::optional<std::int64_t> Request::last_event_id() const
{
    std::string text(header("Last-Event-ID"));
    if (text.empty()) text = query("last_event_id").value_or("");
    return core::parse_int(text, false);
}

void Request::clear()
{
    head_.clear();
    target_ = raw_path_ = query_ = {};
    headers_.clear();
    path_.clear();
    params_.clear();
    body_.clear();
    id_.clear();
    actor = {};
    credential.clear();
    answer_headers.clear();
    mount_ = nullptr;
    connection_.reset();
    method_ = Method::get;
}

std::shared_ptr<Request> RequestBuilder::build() const
{
    auto request = std::make_shared<Request>();
    // Views need text that stays: everything goes into head_ first, then the views are made.
    std::string& text = request->head_;
    std::size_t size = target.size();
    for (const auto& [name, ignored] : params) size += name.size();
    for (const auto& [name, value] : headers) size += name.size() + value.size();
    text.reserve(size + 64);
    auto const keep = [&](std::string_view part) {
        std::size_t const at = text.size();
        text += part;
        return std::string_view(text).substr(at);
    };
    request->target_ = keep(target);
    std::size_t const mark = request->target_.find('?');
    request->raw_path_ = request->target_.substr(0, mark);
    if (mark != std::string_view::npos) request->query_ = request->target_.substr(mark + 1);
    for (const auto& [name, value] : headers) {
        std::string_view const key = keep(name);
        request->headers_.emplace_back(key, keep(value));
    }
    request->method_ = method;
    request->path_ = core::percent_decode(request->raw_path_).value_or(std::string(request->raw_path_));
    request->body_ = body;
    for (const auto& [name, value] : params) {
        std::string_view const key = keep(name);
        request->params_.emplace_back(key, value);
    }
    request->id_ = "req_test";
    request->client_ = client;
    request->encrypted_ = encrypted;
    request->door_ = door;
    request->mount_ = mount;
    request->actor = actor;
    return request;
}

} // namespace pix::http
