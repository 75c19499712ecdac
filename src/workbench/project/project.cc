#include "workbench/project/project.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>

#include "core/base/json.h"
#include "core/base/text.h"
#include "workbench/project/forbidden_folders.h"
#include "workbench/project/wire.h"
#include "workbench/session_index/search_words.h"

namespace pix::workbench {

using core::Errc;
using core::fail;
using core::fail_as;
using core::Result;
namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

/// Pages hear of changes this often at most; the index itself is faster.
constexpr std::chrono::milliseconds tell_every{1500};
constexpr std::size_t path_bytes = 4096;
constexpr std::size_t told_at_once = 50;

auto not_found_project(const std::string& name)
{
    return fail_as("PROJECT_NOT_FOUND", Errc::not_found,
                   "there is no project " + core::shorten(core::to_utf8(name), 200));
}

auto not_found_session(const std::string& id)
{
    return fail_as("SESSION_NOT_FOUND", Errc::not_found,
                   "there is no conversation " + core::shorten(core::to_utf8(id), 200));
}

} // namespace

Projects::Projects(ProjectsParts parts, ProjectsConfig config)
    : parts_(parts), config_(std::move(config)), built_(parts.io), wake_(parts.io)
{
    if (config_.workspaces_base.empty()) config_.workspaces_base = config_.user_home / "pixcode/projects";
    if (config_.workspaces_root.empty()) config_.workspaces_root = config_.user_home;
    built_.expires_at(asio::steady_timer::time_point::max());
    wake_.expires_at(asio::steady_timer::time_point::max());
}

Projects::~Projects()
{
    stop();
}

Result<void> Projects::open()
{
    PIX_TRY(records_, parts_.database.read_now([](store::Connection& c) { return project_store::load(c); }));
    stream_ = parts_.streams.open("workbench", {.ring_events = 256, .spool_bytes = 0});
    std::weak_ptr<bool> const alive = alive_;
    parts_.index.on_change([this, alive](const SnapshotPtr& snapshot, std::vector<SessionChange> changes) {
        auto const progress = snapshot->progress;
        asio::post(parts_.io, [this, alive, progress, changes = std::move(changes)]() mutable {
            if (alive.lock()) index_changed(std::move(changes), progress);
        });
    });
    return parts_.index.start();
}

void Projects::stop()
{
    if (std::exchange(stopped_, true)) return;
    alive_.reset();
    parts_.index.stop();
    built_.cancel();
    wake_.cancel();
}

void Projects::index_changed(std::vector<SessionChange> changes, IndexProgress progress)
{
    progress_ = progress;
    for (auto& change : changes) {
        auto& untold = untold_[change.session->number];
        bool const is_new =
            untold.session && untold.kind == SessionChange::Kind::added && change.kind == SessionChange::Kind::changed;
        untold = std::move(change);
        if (is_new) untold.kind = SessionChange::Kind::added;
    }
    wake_.cancel();
}

awaitable<void> Projects::run()
{
    // A round follows every change of the index at once, and every told_at_ + tell_every what pages have not heard.
    while (!stopped_) {
        if (!is_current()) co_await rebuild();
        if (stopped_) co_return;
        auto const now = std::chrono::steady_clock::now();
        bool const untold = catalog_ && (!untold_.empty() || catalog_->etag != told_etag_ ||
                                         progress_.sessions_done != told_progress_.sessions_done);
        if (untold && now - told_at_ >= tell_every) {
            told_at_ = now;
            tell(catalog_);
            continue;
        }
        if (!is_current()) continue;
        wake_.expires_at(untold ? told_at_ + tell_every : asio::steady_timer::time_point::max());
        boost::system::error_code ignored;
        co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

void Projects::tell(const CatalogPtr& catalog)
{
    if (progress_.sessions_done != told_progress_.sessions_done || progress_.sessions != told_progress_.sessions) {
        stream_->append("index_progress", core::to_text(to_json(progress_)));
        told_progress_ = progress_;
    }
    if (catalog->etag != told_etag_) {
        stream_->append("projects_changed", core::to_text(json::object{{"etag", catalog->etag}}));
        told_etag_ = catalog->etag;
    }
    std::size_t told = 0;
    for (auto const& [number, change] : untold_) {
        // Who missed so much looks at the lists again.
        if (++told > told_at_once) break;
        auto const* listed = catalog->find(number);
        auto const* project = catalog->project_of(number);
        json::object data{{"provider", name_of(change.session->source.provider)},
                          {"sessionId", core::to_utf8(change.session->source.id)}};
        bool const removed = change.kind == SessionChange::Kind::removed;
        if (!removed && (listed == nullptr || project == nullptr)) continue;
        if (!removed) {
            data["projectName"] = core::to_utf8(project->record.name);
            data["changeType"] = change.kind == SessionChange::Kind::added ? "add" : "change";
            data["session"] = to_json(*listed, *project);
        }
        stream_->append(removed ? "session_removed" : "session_upserted", core::to_text(data));
    }
    untold_.clear();
}

bool Projects::is_current() const
{
    return catalog_ && catalog_->records_version == records_version_ &&
           catalog_->snapshot_version == parts_.index.snapshot()->version;
}

awaitable<void> Projects::rebuild()
{
    boost::system::error_code ignored;
    while (building_) co_await built_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (is_current() || stopped_) co_return;
    building_ = true;
    auto const records = std::make_shared<const ProjectRecords>(records_);
    auto const version = records_version_;
    auto const snapshot = parts_.index.snapshot();
    auto work = [this, records, snapshot] { return make_catalog(*snapshot, *records, looks_); };
    auto made = co_await core::run_on(parts_.pool, std::move(work));
    auto const next = std::make_shared<Catalog>(*made);
    next->records_version = version;
    // Names stay for good: they are kept before anybody has seen them.
    for (auto const& record : made->new_records) {
        if (!core::is_utf8(record.path) || records_.projects.contains(record.path)) continue;
        records_.projects.emplace(record.path, record);
        if (auto const kept = co_await keep(record); !kept)
            spdlog::warn("the name of a project was not kept: {}", kept.error().message);
    }
    next->new_records.clear();
    catalog_ = next;
    building_ = false;
    built_.cancel();
}

awaitable<Result<void>> Projects::keep(ProjectRecord record)
{
    auto const now = parts_.clock.now();
    auto write = [record = std::move(record), now](store::Connection& connection) {
        return project_store::save(connection, record, now);
    };
    co_return co_await parts_.database.write(std::move(write));
}

awaitable<Result<CatalogPtr>> Projects::catalog()
{
    // What the index has learned since is shown a moment later; what was changed here is shown at once.
    while (!stopped_ && (!catalog_ || catalog_->records_version != records_version_)) co_await rebuild();
    if (!catalog_) co_return fail(Errc::unavailable, "the server is stopping");
    co_return catalog_;
}

awaitable<Result<std::string>> Projects::folder_of(std::string project_name)
{
    PIX_CO_TRY(auto const list, co_await catalog());
    auto const* project = list->find(project_name);
    if (project == nullptr) co_return not_found_project(project_name);
    if (!project->is_path_known)
        co_return fail_as("PATH_UNKNOWN", Errc::conflict,
                          "nobody has recorded where the folder of this project lies: " + project->display_name);
    if (!project->exists)
        co_return fail_as("PROJECT_FOLDER_MISSING", Errc::not_found,
                          "the folder of this project is gone: " + core::to_utf8(project->record.path));
    co_return project->record.path;
}

Result<std::string> Projects::checked_folder(const std::string& path, bool may_create) const
{
    if (path.size() > path_bytes || path.find('\0') != std::string::npos)
        return fail_as("INVALID_PATH", Errc::invalid, "\"path\" is not a path");
    std::string expanded = path;
    if (path == "~" || path.starts_with("~/")) expanded = config_.user_home.string() + path.substr(1);
    if (!expanded.starts_with('/')) return fail_as("INVALID_PATH", Errc::invalid, "\"path\" must be absolute");
    std::string const real = real_path(expanded);
    if (!core::is_utf8(real)) return fail_as("INVALID_PATH", Errc::invalid, "\"path\" must be UTF-8");
    PIX_CHECK(check_project_folder(real, config_.user_home));
    std::error_code error;
    if (fs::is_directory(real, error)) return real;
    if (fs::exists(fs::symlink_status(real, error)))
        return fail_as("NOT_A_DIRECTORY", Errc::invalid, "this is not a folder: " + real);
    if (!may_create) return fail_as("PATH_NOT_FOUND", Errc::invalid, "there is no folder " + real);
    if (!is_inside(real, real_path(config_.workspaces_root.string())) && !is_inside(real, "/tmp"))
        return fail_as("FORBIDDEN_PATH", Errc::forbidden,
                       "new folders are made below " + config_.workspaces_root.string() + " only");
    if (!fs::create_directory(real, error))
        return fail_as("PATH_NOT_CREATABLE", Errc::invalid,
                       "the folder cannot be made: " + real + ": " + error.message());
    return real;
}

awaitable<Result<std::string>> Projects::open_folder(std::string path, bool may_create)
{
    auto work = [this, path = std::move(path), may_create] { return checked_folder(path, may_create); };
    PIX_CO_TRY(auto const real, co_await core::run_on(parts_.pool, std::move(work)));
    PIX_CO_TRY(auto const list, co_await catalog());
    ProjectRecord record;
    if (auto const* known = list->find_path(real)) {
        record = known->record;
    } else if (auto const kept = records_.projects.find(real); kept != records_.projects.end()) {
        record = kept->second;
    } else {
        std::map<std::string, std::string> names;
        for (auto const& [place, one] : records_.projects) names.emplace(one.name, place);
        for (auto const& one : list->projects) names.emplace(one.record.name, one.record.path);
        record.path = real;
        record.name = free_project_name(real, names);
    }
    record.is_registered = true;
    record.removed_at.reset();
    record.is_archived = false;
    PIX_CO_CHECK(co_await keep(record));
    records_.projects[real] = record;
    ++records_version_;
    // The folder may have been made a moment ago.
    while (building_) {
        boost::system::error_code ignored;
        co_await built_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    looks_.forget();
    wake_.cancel();
    co_return record.name;
}

awaitable<Result<void>> Projects::change(std::string name, Change change)
{
    PIX_CO_TRY(auto const list, co_await catalog());
    // One whose last conversation has just gone is in no list.
    auto const kept = std::ranges::find(records_.projects, name, [](const auto& one) { return one.second.name; });
    auto const* project = list->find(name);
    if (project == nullptr && kept == records_.projects.end()) co_return not_found_project(name);
    ProjectRecord record = kept == records_.projects.end() ? project->record : kept->second;
    change(record);
    PIX_CO_CHECK(co_await keep(record));
    records_.projects[record.path] = record;
    ++records_version_;
    wake_.cancel();
    co_return Result<void>();
}

awaitable<Result<void>> Projects::change(SessionId id, SessionChangeFn change)
{
    SessionRecord record;
    if (auto const known = records_.sessions.find(id); known != records_.sessions.end()) record = known->second;
    change(record);
    auto const now = parts_.clock.now();
    auto write = [id, record, now](store::Connection& connection) {
        return project_store::save(connection, id, record, now);
    };
    PIX_CO_CHECK(co_await parts_.database.write(std::move(write)));
    records_.sessions[id] = std::move(record);
    ++records_version_;
    wake_.cancel();
    co_return Result<void>();
}

awaitable<Result<SessionPtr>> Projects::session(std::string id, std::optional<Provider> provider, std::string project)
{
    PIX_CO_TRY(auto const list, co_await catalog());
    SessionPtr best;
    bool best_fits = false;
    auto const [first, last] = list->by_session_id.equal_range(id);
    auto const snapshot = parts_.index.snapshot();
    for (auto it = first; it != last; ++it) {
        // The index may know more of it than the list does.
        auto const& sessions = snapshot->sessions;
        auto const found =
            std::ranges::lower_bound(sessions, it->second, {}, [](const SessionPtr& one) { return one->number; });
        if (found == sessions.end() || (*found)->number != it->second) continue;
        if (provider && (*found)->source.provider != *provider) continue;
        auto const* of = list->project_of(it->second);
        bool const fits = of != nullptr && of->record.name == project;
        if (!best || (fits && !best_fits)) {
            best = *found;
            best_fits = fits;
        }
    }
    // One that is in no list, such as a sub-agent's, or that has come since.
    if (!best)
        for (auto const& one : snapshot->sessions)
            if (one->source.id == id && (!provider || one->source.provider == *provider)) best = one;
    if (!best) co_return not_found_session(id);
    co_return best;
}

awaitable<Result<MessagePage>> Projects::messages(SessionPtr session, PageRequest request)
{
    auto page = co_await parts_.index.page(session, request);
    if (!page && page.error().code == Errc::not_found) co_return not_found_session(session->source.id);
    co_return page;
}

awaitable<Result<void>> Projects::remove(SessionPtr session)
{
    SessionId const id{session->source.provider, session->source.id};
    auto const removed = co_await parts_.index.remove(session);
    if (!removed && removed.error().code != Errc::not_found) co_return removed;
    auto write = [id](store::Connection& connection) { return project_store::remove(connection, id); };
    PIX_CO_CHECK(co_await parts_.database.write(std::move(write)));
    records_.sessions.erase(id);
    ++records_version_;
    wake_.cancel();
    co_return Result<void>();
}

std::shared_ptr<const SearchScope> Projects::scope_of(const SearchQuery& query, const Catalog& catalog)
{
    if (query.projects.empty() && query.providers.empty() && query.exact_project.empty()) return catalog.scope;
    auto const is_wanted = [&](const Searched& searched) {
        auto const& project = catalog.projects[searched.project];
        if (!query.providers.empty() && !query.providers.contains(searched.session->source.provider)) return false;
        if (!query.exact_project.empty() && project.record.name != query.exact_project) return false;
        if (query.projects.empty()) return true;
        auto const& record = project.record;
        for (auto const& wanted : query.projects)
            if (fold(record.name) == wanted || fold(record.path) == wanted ||
                fold(project.display_name).find(wanted) != std::string::npos)
                return true;
        return false;
    };
    auto narrow = std::make_shared<SearchScope>();
    for (auto const& [number, searched] : *catalog.scope)
        if (is_wanted(searched)) narrow->emplace(number, searched);
    return narrow;
}

awaitable<Result<SearchOutcome>> Projects::search(SearchQuery query, CatalogPtr catalog, std::size_t limit)
{
    SessionIndex::Request request;
    request.limit = limit;
    request.now = parts_.clock.now();
    request.scope = scope_of(query, *catalog);
    request.query = std::move(query);
    co_return co_await parts_.index.search(std::move(request));
}

} // namespace pix::workbench
