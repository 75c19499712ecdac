#include "workbench/project/project_handlers.h"

#include <map>

#include "core/base/json.h"
#include "core/base/text.h"
#include "workbench/project/request_values.h"
#include "workbench/project/wire.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;
using http::Response;
using namespace project_request;
namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t display_name_bytes = 500;
constexpr int numbered_folders = 10'000;

auto not_found(const std::string& name)
{
    return fail_as("PROJECT_NOT_FOUND", Errc::not_found,
                   "there is no project " + core::shorten(core::to_utf8(name), 200));
}

awaitable<Result<json::object>> project_json(std::string name, Projects& projects)
{
    PIX_CO_TRY(auto const list, co_await projects.catalog());
    auto const* project = list->find(name);
    if (project == nullptr) co_return not_found(name);
    co_return to_json(*project);
}

/// The lowest number whose folder is free or has no conversations.
awaitable<Result<Response>> numbered_project(Projects& projects)
{
    PIX_CO_TRY(auto const list, co_await projects.catalog());
    std::set<std::string> used;
    for (auto const& project : list->projects)
        if (!project.sessions.empty()) used.insert(project.record.path);
    fs::path const base = projects.config().workspaces_base;
    auto work = [base, used = std::move(used)]() -> Result<std::pair<std::string, bool>> {
        std::error_code error;
        fs::create_directories(base, error);
        std::string const real = real_path(base.string());
        for (int number = 1; number <= numbered_folders; ++number) {
            std::string path = real + "/pixcode-project-" + std::to_string(number);
            if (used.contains(path)) continue;
            bool const there = fs::exists(path, error);
            if (there && !fs::is_directory(path, error)) continue;
            if (!there && !fs::create_directory(path, error))
                return core::fail(Errc::unavailable, "the folder cannot be made: " + path + ": " + error.message());
            return std::pair(path, there);
        }
        return core::fail(Errc::limit, "there are too many numbered projects");
    };
    PIX_CO_TRY(auto const made, co_await core::run_on(projects.parts().pool, std::move(work)));
    PIX_CO_TRY(auto const name, co_await projects.open_folder(made.first, false));
    PIX_CO_TRY(auto project, co_await project_json(name, projects));
    json::object out = project;
    out["success"] = true;
    out["project"] = std::move(project);
    out["suggestedName"] = fs::path(made.first).filename().string();
    out["reused"] = made.second;
    co_return Response::json(out);
}

json::object done(std::string_view message)
{
    return {{"success", true}, {"message", message}};
}

} // namespace

ProjectReply list_projects(std::shared_ptr<http::Request> request, Projects& projects)
{
    PIX_CO_TRY(auto const list, co_await projects.catalog());
    if (is_yes(*request, "archived")) {
        json::array archived;
        for (auto const& project : list->projects)
            if (project.record.is_archived) archived.push_back(to_json(project));
        co_return Response::json(archived);
    }
    Response response;
    // The encoded list is shared by all who ask while nothing changes.
    response.body = std::shared_ptr<const std::string>(list, &list->json);
    response.set("Content-Type", "application/json");
    response.set("Cache-Control", "no-cache");
    response.set("ETag", list->etag);
    co_return response;
}

ProjectReply quick_start(std::shared_ptr<http::Request> request, Projects& projects)
{
    PIX_CO_TRY(auto const body, body_object(*request));
    PIX_CO_TRY(auto const path, body_text(body, {"path"}));
    if (!path) co_return co_await numbered_project(projects);
    if (core::trim(*path).empty()) co_return fail_as("INVALID_PATH", Errc::invalid, "\"path\" is empty");
    PIX_CO_TRY(auto const name, co_await projects.open_folder(*path, true));
    PIX_CO_TRY(auto const project, co_await project_json(name, projects));
    co_return Response::json(project);
}

ProjectReply rename_project(std::shared_ptr<http::Request> request, Projects& projects)
{
    PIX_CO_TRY(auto const body, body_object(*request));
    PIX_CO_TRY(auto const given, body_text(body, {"displayName"}));
    std::string const name(core::trim(given.value_or("")));
    if (name.size() > display_name_bytes)
        co_return fail_as("INVALID_REQUEST", Errc::invalid, "\"displayName\" is longer than 500 bytes");
    if (name.find('\0') != std::string::npos)
        co_return fail_as("INVALID_REQUEST", Errc::invalid, "\"displayName\" holds a NUL character");
    Projects::Change change = [name](ProjectRecord& record) {
        record.display_name = name.empty() ? std::nullopt : std::optional(name);
    };
    PIX_CO_CHECK(co_await projects.change(request->param("projectName"), std::move(change)));
    PIX_CO_TRY(auto project, co_await project_json(request->param("projectName"), projects));
    json::object out = done(name.empty() ? "The project has its own name again." : "The project was renamed.");
    out["project"] = std::move(project);
    co_return Response::json(out);
}

ProjectReply delete_project(std::shared_ptr<http::Request> request, Projects& projects)
{
    PIX_CO_TRY(auto const body, body_object(*request));
    PIX_CO_TRY(auto const data_asked, body_flag(body, {"deleteData"}));
    PIX_CO_TRY(auto const force_asked, body_flag(body, {"force"}));
    bool const with_data = data_asked.value_or(is_yes(*request, "deleteData"));
    bool const force = force_asked.value_or(is_yes(*request, "force"));
    PIX_CO_TRY(auto const list, co_await projects.catalog());
    std::string const name = request->param("projectName");
    auto const* project = list->find(name);
    if (project == nullptr) co_return not_found(name);
    std::map<Provider, std::int64_t> counts;
    std::vector<SessionPtr> sessions;
    for (auto const& session : project->sessions) {
        ++counts[session.entry->source.provider];
        sessions.push_back(session.entry);
        sessions.insert(sessions.end(), session.copies.begin(), session.copies.end());
    }
    if (with_data && !sessions.empty() && !force) {
        std::string text;
        for (auto const& [provider, count] : counts)
            text += (text.empty() ? "" : ", ") + std::string(name_of(provider)) + ": " + std::to_string(count);
        co_return fail_as("PROJECT_NOT_EMPTY", Errc::conflict, "the project has conversations (" + text + ")",
                          "Ask again with force=true to delete them.");
    }
    std::int64_t deleted = 0;
    if (with_data)
        for (auto const& session : sessions) {
            PIX_CO_CHECK(co_await projects.remove(session));
            ++deleted;
        }
    auto const now = projects.parts().clock.now();
    auto const last = project->last_activity;
    Projects::Change change = [now, last](ProjectRecord& record) {
        record.is_registered = false;
        record.removed_at = std::max(now, last);
        record.is_starred = false;
    };
    PIX_CO_CHECK(co_await projects.change(name, std::move(change)));
    json::object out = done("The project was removed from the list. Its folder is as it was.");
    out["deletedSessions"] = deleted;
    co_return Response::json(out);
}

ProjectReply star_project(std::shared_ptr<http::Request> request, Projects& projects)
{
    PIX_CO_TRY(auto const body, body_object(*request));
    PIX_CO_TRY(auto const asked, body_flag(body, {"isStarred", "starred"}));
    Projects::Change change = [asked](ProjectRecord& record) {
        record.is_starred = asked.value_or(!record.is_starred);
    };
    PIX_CO_CHECK(co_await projects.change(request->param("projectName"), std::move(change)));
    PIX_CO_TRY(auto project, co_await project_json(request->param("projectName"), projects));
    json::object out{{"success", true}, {"isStarred", project.at("isStarred")}};
    out["project"] = std::move(project);
    co_return Response::json(out);
}

ProjectReply archive_project(std::shared_ptr<http::Request> request, Projects& projects)
{
    PIX_CO_TRY(auto const body, body_object(*request));
    PIX_CO_TRY(auto const asked, body_flag(body, {"isArchived", "archived"}));
    Projects::Change change = [asked](ProjectRecord& record) {
        record.is_archived = asked.value_or(!record.is_archived);
    };
    PIX_CO_CHECK(co_await projects.change(request->param("projectName"), std::move(change)));
    PIX_CO_TRY(auto project, co_await project_json(request->param("projectName"), projects));
    json::object out{{"success", true}, {"isArchived", project.at("isArchived")}};
    out["project"] = std::move(project);
    co_return Response::json(out);
}

ProjectReply list_sessions(std::shared_ptr<http::Request> request, Projects& projects)
{
    PIX_CO_TRY(auto const provider, query_provider(*request));
    PIX_CO_TRY(auto const list, co_await projects.catalog());
    auto const* project = list->find(request->param("projectName"));
    if (project == nullptr) co_return not_found(request->param("projectName"));
    auto const number = [&](std::string_view name) {
        return core::parse_int(request->query(name).value_or(""), false);
    };
    bool const archived = is_yes(*request, "archived");
    auto const limit = number("limit");
    auto const offset = number("offset").value_or(0);
    json::array sessions;
    std::int64_t total = 0;
    for (auto const& session : project->sessions) {
        if (session.is_archived != archived) continue;
        if (provider && session.entry->source.provider != *provider) continue;
        std::int64_t const place = total++;
        if (place < offset || (limit && place - offset >= *limit)) continue;
        sessions.push_back(to_json(session, *project));
    }
    if (!is_yes(*request, "envelope")) co_return Response::json(sessions);
    bool const more = offset + static_cast<std::int64_t>(sessions.size()) < total;
    json::object out{{"sessions", std::move(sessions)}, {"hasMore", more}, {"total", total}, {"offset", offset}};
    if (limit)
        out["limit"] = *limit;
    else
        out["limit"] = nullptr;
    co_return Response::json(out);
}

} // namespace pix::workbench
