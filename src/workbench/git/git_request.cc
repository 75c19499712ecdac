#include "workbench/git/git_request.h"

#include <algorithm>

#include "core/base/text.h"

namespace pix::workbench {

using core::Errc;
namespace json = boost::json;

namespace {

std::unexpected<GitFailure> wrong(std::string_view name, std::string_view expected)
{
    return git_fail(Errc::invalid, "INVALID", std::string(name) + " must be " + std::string(expected));
}

constexpr std::array<std::string_view, 21> query_names{
    "project", "file", "staged", "commit", "range",  "context", "hunksOnly", "parsed", "limit",  "skip",  "hash",
    "path",    "ref",  "from",   "to",     "branch", "remote",  "either",    "all",    "search", "author"};

} // namespace

GitResult<GitRequest> GitRequest::read(const http::Request& request, bool about_project)
{
    GitRequest made;
    if (request.method() == http::Method::get) {
        made.from_query_ = true;
        for (auto const name : query_names)
            if (auto value = request.query(name)) made.fields_[name] = *std::move(value);
    } else {
        if (request.body().empty()) return git_fail(Errc::invalid, "INVALID_JSON", "the body is not a JSON object");
        auto body = request.json();
        if (!body) {
            GitFailure failure(body.error());
            failure.name = failure.code == Errc::invalid ? "INVALID_JSON" : failure.name;
            return std::unexpected(std::move(failure));
        }
        if (!body->is_object()) return git_fail(Errc::invalid, "INVALID_JSON", "the body is not a JSON object");
        made.fields_ = std::move(body->get_object());
        if (!made.fields_.contains("project"))
            if (auto project = request.query("project")) made.fields_["project"] = *std::move(project);
    }
    if (!about_project) return made;
    PIX_TRY(made.project_, made.needed("project"));
    return made;
}

const json::value* GitRequest::find(std::string_view name) const
{
    auto const* value = fields_.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

GitResult<std::string> GitRequest::text(std::string_view name, std::string_view alias) const
{
    auto const* value = find(name);
    if (value == nullptr && !alias.empty()) value = find(alias);
    if (value == nullptr) return std::string();
    if (!value->is_string()) return wrong(name, "a text");
    if (value->get_string().find('\0') != json::string::npos) return wrong(name, "a text without NUL bytes");
    return std::string(value->get_string());
}

GitResult<std::string> GitRequest::needed(std::string_view name, std::string_view alias) const
{
    PIX_TRY(auto value, text(name, alias));
    if (value.empty()) return git_fail(Errc::invalid, "INVALID", std::string(name) + " is missing");
    return value;
}

GitResult<bool> GitRequest::flag(std::string_view name, bool otherwise) const
{
    auto const* value = find(name);
    if (value == nullptr) return otherwise;
    if (value->is_bool()) return value->get_bool();
    if (from_query_ && value->is_string()) {
        auto const& word = value->get_string();
        if (word == "true" || word == "1") return true;
        if (word == "false" || word == "0" || word.empty()) return false;
    }
    return wrong(name, "true or false");
}

GitResult<int> GitRequest::number(std::string_view name, int otherwise, int least, int most) const
{
    auto const* value = find(name);
    if (value == nullptr) return otherwise;
    std::optional<std::int64_t> number;
    if (value->is_int64()) number = value->get_int64();
    if (from_query_ && value->is_string()) number = core::parse_int(std::string_view(value->get_string()));
    if (!number || *number < least || *number > most)
        return wrong(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return static_cast<int>(*number);
}

GitResult<std::optional<std::vector<std::string>>> GitRequest::texts(std::string_view name) const
{
    auto const* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_array()) return wrong(name, "a list of texts");
    std::vector<std::string> list;
    for (auto const& element : value->get_array()) {
        if (!element.is_string()) return wrong(name, "a list of texts");
        list.emplace_back(element.get_string());
    }
    return list;
}

http::Response git_refusal(const GitFailure& failure, const http::Request& request)
{
    std::string code = failure.name.empty() ? core::name_of(failure.code) : failure.name;
    std::transform(code.begin(), code.end(), code.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    std::string message = failure.message;
    if (!message.empty() && !message.ends_with('.')) message += '.';
    if (!failure.hint.empty()) message += " " + failure.hint;
    json::object error{{"code", code}, {"message", message}};
    json::object body{{"success", false}};
    if (failure.code == Errc::internal) error["requestId"] = request.id();
    if (!failure.details.empty()) {
        error["details"] = failure.details;
        body["details"] = failure.details;
    }
    if (!failure.files.empty()) {
        json::array files;
        for (auto const& file : failure.files) files.emplace_back(core::to_utf8(file));
        error[code == "GIT_MERGE_CONFLICT" ? "conflicts" : "files"] = std::move(files);
    }
    body["error"] = std::move(error);
    auto response = http::Response::json(std::move(body), http::status_of(failure.code));
    response.detail = failure.detail;
    return response;
}

} // namespace pix::workbench
