#include "workbench/project/session_handlers.h"

#include <algorithm>
#include <map>
#include <ranges>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/http/event_stream.h"
#include "workbench/project/request_values.h"
#include "workbench/project/search_stream.h"
#include "workbench/project/wire.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;
using http::Response;
using namespace project_request;
namespace json = boost::json;

namespace {

constexpr std::int64_t default_messages = 100;
constexpr std::int64_t messages_at_most = 100'000;
constexpr std::size_t title_characters = 500;
constexpr std::size_t query_bytes = 1000;
constexpr std::int64_t default_results = 50;
constexpr std::int64_t results_at_most = 100;

std::size_t characters_in(std::string_view text)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

Result<PageRequest> page_request(const http::Request& request)
{
    PageRequest page;
    auto const number = [&](std::string_view name, std::int64_t fallback) -> Result<std::int64_t> {
        auto const text = request.query(name);
        if (!text) return fallback;
        auto const value = core::parse_int(*text, false);
        if (!value)
            return fail_as("INVALID_REQUEST", Errc::invalid,
                           "\"" + std::string(name) + "\" must be a whole number from 0");
        return *value;
    };
    auto const limit = request.query("limit");
    if (limit && (limit->empty() || *limit == "null")) {
        page.limit.reset();
    } else {
        PIX_TRY(std::int64_t const count, number("limit", default_messages));
        page.limit = std::min(count, messages_at_most);
    }
    auto const offset = request.query("offset");
    if (!offset || !offset->empty()) {
        PIX_TRY(page.offset, number("offset", 0));
    }
    return page;
}

/// The conversation that the path names; `provider` of the body goes before the query's.
awaitable<Result<SessionPtr>> asked_session(std::shared_ptr<http::Request> request, std::optional<std::string> named,
                                            Projects& projects)
{
    PIX_CO_TRY(std::string const id, session_id(*request));
    PIX_CO_TRY(auto provider, query_provider(*request));
    if (named && !named->empty()) {
        provider = provider_named(*named);
        if (!provider)
            co_return fail_as("INVALID_REQUEST", Errc::invalid,
                              "\"provider\" must be one of claude, cursor, codex, gemini, qwen and opencode");
    }
    std::string project = request->param("projectName");
    if (project.empty()) project = request->query("projectName").value_or("");
    co_return co_await projects.session(id, provider, project);
}

/// Changes a mark of the conversation; `names` are those of the flag in the body.
SessionReply mark(std::shared_ptr<http::Request> request, Projects& projects, bool SessionRecord::* flag,
                  std::string_view name, std::string_view alias)
{
    PIX_CO_TRY(auto const body, body_object(*request));
    PIX_CO_TRY(auto const asked, body_flag(body, {name, alias}));
    PIX_CO_TRY(auto const provider, body_text(body, {"provider"}));
    PIX_CO_TRY(auto const session, co_await asked_session(request, provider, projects));
    auto const now = std::make_shared<bool>(false);
    Projects::SessionChangeFn change = [asked, flag, now](SessionRecord& record) {
        record.*flag = asked.value_or(!(record.*flag));
        *now = record.*flag;
    };
    SessionId const id(session->source.provider, session->source.id);
    PIX_CO_CHECK(co_await projects.change(id, std::move(change)));
    co_return Response::json(json::object{{"success", true}, {name, *now}});
}

bool wants_events(const http::Request& request)
{
    return is_yes(request, "stream") || request.header("Accept").find("text/event-stream") != std::string_view::npos;
}

} // namespace

SessionReply list_messages(std::shared_ptr<http::Request> request, Projects& projects)
{
    PIX_CO_TRY(auto const page, page_request(*request));
    PIX_CO_TRY(auto const session, co_await asked_session(request, std::nullopt, projects));
    PIX_CO_TRY(auto const answer, co_await projects.messages_json(session, page));
    co_return Response::json(answer);
}

SessionReply show_token_usage(std::shared_ptr<http::Request> request, Projects& projects)
{
    PIX_CO_TRY(auto const session, co_await asked_session(request, std::nullopt, projects));
    co_return Response::json(token_usage(*session, projects.config().context_window));
}

SessionReply rename_session(std::shared_ptr<http::Request> request, Projects& projects)
{
    PIX_CO_TRY(auto const body, body_object(*request));
    PIX_CO_TRY(auto const given, body_text(body, {"title", "summary"}));
    PIX_CO_TRY(auto const provider, body_text(body, {"provider"}));
    std::string const title(core::trim(given.value_or("")));
    if (title.empty() || characters_in(title) > title_characters || title.find('\0') != std::string::npos)
        co_return fail_as("INVALID_TITLE", Errc::invalid, "\"title\" must have 1 to 500 characters");
    PIX_CO_TRY(auto const session, co_await asked_session(request, provider, projects));
    Projects::SessionChangeFn change = [title](SessionRecord& record) { record.title = title; };
    SessionId const id(session->source.provider, session->source.id);
    PIX_CO_CHECK(co_await projects.change(id, std::move(change)));
    co_return Response::json(json::object{{"success", true},
                                          {"id", session->source.id},
                                          {"provider", name_of(session->source.provider)},
                                          {"title", title}});
}

SessionReply delete_session(std::shared_ptr<http::Request> request, Projects& projects)
{
    PIX_CO_TRY(auto const session, co_await asked_session(request, std::nullopt, projects));
    PIX_CO_CHECK(co_await projects.remove(session));
    co_return Response::json(json::object{{"success", true}, {"message", "The conversation was deleted."}});
}

SessionReply star_session(std::shared_ptr<http::Request> request, Projects& projects)
{
    co_return co_await mark(std::move(request), projects, &SessionRecord::is_starred, "isStarred", "starred");
}

SessionReply archive_session(std::shared_ptr<http::Request> request, Projects& projects)
{
    co_return co_await mark(std::move(request), projects, &SessionRecord::is_archived, "isArchived", "archived");
}

SessionReply search_conversations(std::shared_ptr<http::Request> request, Projects& projects)
{
    std::string const text(core::trim(request->query("q").value_or("")));
    if (characters_in(text) < 2)
        co_return fail_as("INVALID_QUERY", Errc::invalid, "\"q\" must have at least 2 characters");
    if (text.size() > query_bytes) co_return fail_as("INVALID_QUERY", Errc::invalid, "\"q\" is too long");
    PIX_CO_TRY(auto const provider, query_provider(*request));
    auto const limit = std::clamp(core::parse_int(request->query("limit").value_or("")).value_or(default_results),
                                  std::int64_t{1}, results_at_most);
    PIX_CO_TRY(auto query, parse_search_query(text, projects.parts().clock.now()));
    if (provider) query.providers = {*provider};
    if (auto const project = request->query("project"); project && !project->empty()) query.exact_project = *project;
    auto const count = static_cast<std::size_t>(limit);
    if (wants_events(*request)) {
        http::EventSource source = [&projects, query, count](std::shared_ptr<http::EventWriter> writer) {
            return stream_search(std::move(writer), projects, query, count);
        };
        co_return Response::events(std::move(source));
    }
    PIX_CO_TRY(auto const answer, co_await projects.search_json(std::move(query), count));
    co_return Response::json(answer);
}

SessionReply show_index_progress(std::shared_ptr<http::Request>, Projects& projects)
{
    co_return Response::json(to_json(projects.progress()));
}

} // namespace pix::workbench
