#include "core/base/json.h"
#include "core/base/text.h"
#include "workbench/project/project.h"
#include "workbench/project/wire.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;
namespace json = boost::json;

awaitable<Result<json::value>> Projects::list_json()
{
    PIX_CO_TRY(auto const list, co_await catalog());
    json::array projects;
    for (auto const& project : list->projects)
        if (project.is_visible) projects.push_back(to_json(project));
    co_return json::value(std::move(projects));
}

awaitable<Result<json::value>> Projects::sessions_json(std::string project)
{
    PIX_CO_TRY(auto const list, co_await catalog());
    auto const* found = list->find(project);
    if (found == nullptr)
        co_return fail_as("PROJECT_NOT_FOUND", Errc::not_found,
                          "there is no project " + core::shorten(core::to_utf8(project), 200));
    json::array sessions;
    for (auto const& session : found->sessions)
        if (!session.is_archived) sessions.push_back(to_json(session, *found));
    co_return json::value(std::move(sessions));
}

awaitable<Result<json::value>> Projects::messages_json(SessionPtr session, PageRequest request)
{
    PIX_CO_TRY(auto const page, co_await messages(session, request));
    PIX_CO_TRY(auto const list, co_await catalog());
    json::array messages;
    messages.reserve(page.messages.size());
    for (auto const& message : page.messages)
        messages.push_back(to_json(message, session->source.provider, session->source.id));
    json::object out{{"messages", std::move(messages)},
                     {"total", page.total},
                     {"hasMore", page.has_more},
                     {"offset", request.offset}};
    if (request.limit)
        out["limit"] = *request.limit;
    else
        out["limit"] = nullptr;
    out["tokenUsage"] = token_usage(*session, config_.context_window);
    auto const* listed = list->find(session->number);
    auto const* project = list->project_of(session->number);
    if (listed != nullptr && project != nullptr) {
        json::object about = to_json(*listed, *project);
        about["projectDisplayName"] = core::to_utf8(project->display_name);
        out["session"] = std::move(about);
    }
    co_return json::value(std::move(out));
}

awaitable<Result<json::value>> Projects::search_json(SearchQuery query, std::size_t limit)
{
    PIX_CO_TRY(auto const list, co_await catalog());
    PIX_CO_TRY(auto const outcome, co_await search(std::move(query), list, limit));
    json::array results;
    for (auto const& hit : outcome.hits) {
        auto const* session = list->find(hit.number);
        auto const* project = list->project_of(hit.number);
        if (session != nullptr && project != nullptr) results.push_back(to_json(hit, *session, *project));
    }
    auto const total = static_cast<std::int64_t>(results.size());
    co_return json::value(json::object{
        {"results", std::move(results)}, {"total", total}, {"hasMore", outcome.is_cut}, {"index", to_json(progress_)}});
}

} // namespace pix::workbench
