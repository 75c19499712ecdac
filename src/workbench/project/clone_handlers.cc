#include "workbench/project/clone_handlers.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/http/event_stream.h"
#include "workbench/project/clone.h"
#include "workbench/project/request_values.h"
#include "workbench/project/wire.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;
using http::Response;
using namespace project_request;
namespace json = boost::json;

namespace {

awaitable<Result<json::object>> named_project(std::string name, Projects& projects)
{
    PIX_CO_TRY(auto const list, co_await projects.catalog());
    auto const* project = list->find(name);
    if (project == nullptr) co_return fail_as("PROJECT_NOT_FOUND", Errc::not_found, "the project is gone again");
    co_return to_json(*project);
}

json::object event_of(std::string_view type, std::string_view message)
{
    return {{"type", type}, {"message", core::to_utf8(message)}};
}

awaitable<bool> send(std::shared_ptr<http::EventWriter> writer, json::object event)
{
    std::string no_name;
    std::string text = core::to_text(event);
    auto const sent = co_await writer->event(std::nullopt, std::move(no_name), std::move(text));
    co_return sent.has_value();
}

awaitable<bool> send_line(std::shared_ptr<http::EventWriter> writer, std::string line)
{
    json::object event = event_of("progress", line);
    co_return co_await send(writer, std::move(event));
}

awaitable<bool> ignore_line()
{
    co_return true;
}

awaitable<void> clone_and_tell(std::shared_ptr<http::EventWriter> writer, Projects& projects, NewClone request)
{
    CloneTell tell = [writer](std::string line) { return send_line(writer, std::move(line)); };
    CloneGoesOn goes_on = [writer] { return !writer->client_gone(); };
    auto const name = co_await clone_project(projects, std::move(request), std::move(tell), std::move(goes_on));
    if (!name) {
        json::object event = event_of("error", name.error().message);
        event["code"] = name.error().name;
        co_await send(writer, std::move(event));
        co_return;
    }
    json::object event = event_of("complete", "The repository was cloned.");
    auto project = co_await named_project(*name, projects);
    if (project) event["project"] = *std::move(project);
    co_await send(writer, std::move(event));
}

Result<std::optional<std::int64_t>> number_field(const json::object& body, std::string_view name)
{
    auto const* value = body.if_contains(name);
    if (value == nullptr || value->is_null()) return std::optional<std::int64_t>();
    if (value->is_int64()) return std::optional(value->get_int64());
    if (value->is_string()) {
        if (value->get_string().empty()) return std::optional<std::int64_t>();
        if (auto const number = core::parse_int(value->get_string(), false)) return std::optional(*number);
    }
    return fail_as("INVALID_REQUEST", Errc::invalid, "\"" + std::string(name) + "\" must be a number");
}

} // namespace

awaitable<Result<Response>> create_workspace(std::shared_ptr<http::Request> request, Projects& projects)
{
    PIX_CO_TRY(auto const body, body_object(*request));
    PIX_CO_TRY(auto const type, body_text(body, {"workspaceType"}));
    PIX_CO_TRY(auto const path, body_text(body, {"path"}));
    PIX_CO_TRY(auto const url, body_text(body, {"githubUrl"}));
    PIX_CO_TRY(auto const token, body_text(body, {"newGithubToken"}));
    PIX_CO_TRY(auto const token_id, number_field(body, "githubTokenId"));
    if (!path || core::trim(*path).empty())
        co_return fail_as("WORKSPACE_PATH_REQUIRED", Errc::invalid, "\"path\" is missing");
    if (type && *type != "existing" && *type != "new")
        co_return fail_as("INVALID_REQUEST", Errc::invalid, "\"workspaceType\" must be existing or new");
    bool const is_new = !type || *type == "new";
    std::string name;
    if (is_new && url && !url->empty()) {
        CloneTell tell = [](std::string) { return ignore_line(); };
        CloneGoesOn goes_on = [] { return true; };
        NewClone clone{*url, *path, token_id, token.value_or("")};
        PIX_CO_TRY(name, co_await clone_project(projects, std::move(clone), std::move(tell), std::move(goes_on)));
    } else {
        PIX_CO_TRY(name, co_await projects.open_folder(*path, is_new));
    }
    PIX_CO_TRY(auto project, co_await named_project(name, projects));
    json::object out = project;
    out["success"] = true;
    out["project"] = std::move(project);
    co_return Response::json(out);
}

awaitable<Result<Response>> clone_with_progress(std::shared_ptr<http::Request> request, Projects& projects)
{
    NewClone clone;
    clone.path = request->query("path").value_or("");
    clone.url = request->query("githubUrl").value_or("");
    clone.new_token = request->query("newGithubToken").value_or("");
    if (auto const text = request->query("githubTokenId"); text && !text->empty()) {
        clone.token_id = core::parse_int(*text, false);
        if (!clone.token_id) co_return fail_as("INVALID_REQUEST", Errc::invalid, "\"githubTokenId\" must be a number");
    }
    // What is plainly wrong is an answer, not an event.
    if (core::trim(clone.path).empty())
        co_return fail_as("WORKSPACE_PATH_REQUIRED", Errc::invalid, "\"path\" is missing");
    PIX_CO_CHECK(check_clone_url(clone.url));
    http::EventSource source = [&projects, clone](std::shared_ptr<http::EventWriter> writer) {
        return clone_and_tell(std::move(writer), projects, clone);
    };
    co_return Response::events(std::move(source));
}

} // namespace pix::workbench
