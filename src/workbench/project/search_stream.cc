#include "workbench/project/search_stream.h"

#include <set>

#include "core/base/json.h"
#include "workbench/project/wire.h"

namespace pix::workbench {

using core::Result;
namespace json = boost::json;

namespace {

constexpr std::size_t projects_at_once = 10;
constexpr std::chrono::seconds search_time{20};

/// The results of one project.
struct ProjectResults {
    json::array sessions;
    std::string name;
    std::string display_name;
};

/// One search on its way to a client.
class SearchStream {
public:
    SearchStream(std::shared_ptr<http::EventWriter> writer, CatalogPtr catalog, std::size_t limit)
        : writer_(std::move(writer)), catalog_(std::move(catalog)), limit_(limit)
    {}

    bool is_full() const { return sent_.size() >= limit_; }
    void looked_at(std::size_t projects) { scanned_ += static_cast<std::int64_t>(projects); }

    awaitable<bool> send(std::string name, json::object data)
    {
        std::string text = core::to_text(data);
        auto const sent = co_await writer_->event(std::nullopt, std::move(name), std::move(text));
        co_return sent.has_value();
    }

    /// Those that were not sent before, by project, then the progress; false when the client is gone.
    awaitable<bool> send_hits(std::vector<SessionHit> hits)
    {
        auto groups = group(hits);
        for (auto& results : groups) {
            json::object event = counts();
            event["projectResult"] = json::object{{"projectName", results.name},
                                                  {"projectDisplayName", results.display_name},
                                                  {"sessions", std::move(results.sessions)}};
            bool const sent = co_await send("result", std::move(event));
            if (!sent) co_return false;
        }
        json::object event = counts();
        co_return co_await send("progress", std::move(event));
    }

private:
    json::object counts() const
    {
        return {{"totalMatches", matches_},
                {"scannedProjects", scanned_},
                {"totalProjects", static_cast<std::int64_t>(catalog_->projects.size())}};
    }

    std::vector<ProjectResults> group(const std::vector<SessionHit>& hits)
    {
        std::vector<ProjectResults> groups;
        std::map<std::string, std::size_t> places;
        for (auto const& hit : hits) {
            auto const* session = catalog_->find(hit.number);
            auto const* project = catalog_->project_of(hit.number);
            if (session == nullptr || project == nullptr || is_full() || !sent_.insert(hit.number).second) continue;
            auto const [place, is_new] = places.emplace(project->record.name, groups.size());
            if (is_new) groups.push_back({{}, project->record.name, project->display_name});
            groups[place->second].sessions.push_back(to_json(hit, *session, *project));
            matches_ += static_cast<std::int64_t>(hit.matches.size());
        }
        return groups;
    }

    std::shared_ptr<http::EventWriter> writer_;
    CatalogPtr catalog_;
    std::size_t limit_;
    std::set<std::int64_t> sent_;
    std::int64_t matches_ = 0;
    std::int64_t scanned_ = 0;
};

/// The conversations of each project that are not wholly indexed.
std::map<std::size_t, SearchScope> unread_of(const SearchScope& scope)
{
    std::map<std::size_t, SearchScope> unread;
    for (auto const& [number, searched] : scope)
        if (!searched.session->is_whole) unread[searched.project].emplace(number, searched);
    return unread;
}

awaitable<Result<void>> search_all(SearchStream& stream, Projects& projects, SessionIndex::Request request,
                                   std::size_t total, std::shared_ptr<std::atomic<bool>> stop)
{
    auto unread = unread_of(*request.scope);
    auto const until = std::chrono::steady_clock::now() + search_time;
    request.in_files = false;
    SessionIndex::Request first = request;
    PIX_CO_TRY(auto indexed, co_await projects.parts().index.search(std::move(first)));
    stream.looked_at(total - unread.size());
    bool goes_on = co_await stream.send_hits(std::move(indexed.hits));
    request.in_index = false;
    request.in_files = true;
    while (goes_on && !unread.empty() && !stream.is_full() && std::chrono::steady_clock::now() < until && !*stop) {
        auto some = std::make_shared<SearchScope>();
        std::size_t count = 0;
        for (; count < projects_at_once && !unread.empty(); ++count) {
            some->merge(unread.begin()->second);
            unread.erase(unread.begin());
        }
        request.scope = some;
        SessionIndex::Request next = request;
        PIX_CO_TRY(auto found, co_await projects.parts().index.search(std::move(next)));
        stream.looked_at(count);
        goes_on = co_await stream.send_hits(std::move(found.hits));
    }
    co_return Result<void>();
}

} // namespace

awaitable<void> stream_search(std::shared_ptr<http::EventWriter> writer, Projects& projects, SearchQuery query,
                              std::size_t limit)
{
    auto const list = co_await projects.catalog();
    SearchStream stream(writer, list ? *list : nullptr, limit);
    Result<void> outcome;
    if (list) {
        auto const stop = std::make_shared<std::atomic<bool>>(false);
        writer->on_gone([stop] { *stop = true; });
        SessionIndex::Request request;
        request.limit = limit;
        request.now = projects.parts().clock.now();
        request.scope = Projects::scope_of(query, **list);
        request.query = std::move(query);
        request.stop = stop;
        std::size_t const total = (*list)->projects.size();
        outcome = co_await search_all(stream, projects, std::move(request), total, stop);
    } else {
        outcome = std::unexpected(list.error());
    }
    json::object last;
    if (!outcome) last["error"] = outcome.error().message;
    std::string name = outcome ? "done" : "error";
    co_await stream.send(std::move(name), std::move(last));
}

} // namespace pix::workbench
