#include "workbench/git/status_cache.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <set>

#include "core/base/text.h"

namespace pix::workbench {

namespace {

constexpr std::chrono::milliseconds between_starts{500}; // a tree that is being built is not walked all the time
constexpr std::chrono::seconds after_refusal{60};

/// A path as a configuration writes it.
std::string path_of(std::string_view value, const std::string& home, const std::filesystem::path& beside)
{
    if (value.starts_with("~/")) return home + std::string(value.substr(1));
    return (beside / value).lexically_normal().string();
}

bool names_a_file(std::string_view key)
{
    return key == "core.excludesfile" || key == "core.attributesfile" || key == "include.path" ||
           (key.starts_with("includeif.") && key.ends_with(".path"));
}

} // namespace

StatusCache::StatusCache(GitCommand& git, asio::thread_pool& pool, std::size_t watches)
    : git_(git), pool_(pool), budget_(std::make_unique<WatchBudget>())
{
    budget_->left = watches;
}

StatusCache::~StatusCache() = default;

awaitable<StatusCache::Known> StatusCache::find(std::string folder)
{
    Known known;
    auto const found = all_.find(folder);
    if (found == all_.end()) co_return known;
    auto const watched = found->second;
    auto look = [watched] { return watched->watch->look(); };
    auto const [news, generation] = co_await core::run_on(pool_, std::move(look));
    if (news == WorkTreeWatch::News::structure) {
        auto const again = all_.find(folder);
        if (again != all_.end() && again->second == watched) all_.erase(again);
        co_return known;
    }
    auto const now = std::chrono::steady_clock::now();
    if (watched->status && watched->generation == generation && now - watched->at < longest)
        known.status = watched->status;
    known.watched = watched;
    known.generation = generation;
    co_return known;
}

void StatusCache::keep(const Known& known, const GitStatus& status)
{
    auto& watched = *known.watched;
    if (watched.status && known.generation < watched.generation) return;
    watched.status = status;
    watched.generation = known.generation;
    watched.at = std::chrono::steady_clock::now();
}

void StatusCache::forget(const std::string& folder)
{
    all_.erase(folder);
}

awaitable<GitResult<std::vector<std::string>>> StatusCache::ignored_folders(Repository repository)
{
    auto list = repository.look({"ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"});
    PIX_CO_TRY(auto run, co_await git_.succeed(std::move(list)));
    std::vector<std::string> folders;
    for (auto const path : core::split(run.output, '\0'))
        if (path.ends_with('/')) folders.emplace_back(path);
    auto tracked = repository.look({"ls-files", "-z", "--cached", "--ignored", "--exclude-standard"});
    PIX_CO_TRY(auto exceptions, co_await git_.succeed(std::move(tracked)));
    for (auto const path : core::split(exceptions.output, '\0'))
        std::erase_if(folders, [path](const std::string& folder) { return path.starts_with(folder); });
    co_return folders;
}

awaitable<GitResult<std::vector<std::string>>> StatusCache::files_to_mark(Repository repository, GitStatus status)
{
    std::set<std::string> files;
    for (auto const* name : {"HEAD", "index", "config.worktree", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD",
                             "BISECT_LOG", "rebase-merge", "rebase-apply"})
        files.insert(repository.git_dir + "/" + name);
    for (auto const* name : {"config", "packed-refs", "shallow", "info/exclude", "info/attributes", "info/grafts",
                             "info/sparse-checkout", "refs/replace"})
        files.insert(repository.common_dir + "/" + name);
    files.insert(repository.common_dir + "/refs/heads/" + status.branch);
    if (!status.upstream.empty())
        for (auto const* folder : {"/refs/remotes/", "/refs/heads/", "/refs/", "/"})
            files.insert(repository.common_dir + folder + status.upstream);
    std::string const home = git_.config().user_home.string();
    auto const& environment = git_.config().environment;
    auto const xdg = environment.find("XDG_CONFIG_HOME");
    std::string const config = xdg == environment.end() || xdg->second.empty() ? home + "/.config" : xdg->second;
    for (auto const* name : {"/git/config", "/git/ignore", "/git/attributes"}) files.insert(config + name);
    for (auto const& file : {home + "/.gitconfig", std::string("/etc/gitconfig"), std::string("/etc/gitattributes")})
        files.insert(file);
    // What stands above the project inside the repository.
    for (std::filesystem::path above = repository.folder; above != repository.top && above.has_relative_path();) {
        above = above.parent_path();
        for (auto const* name : {".gitignore", ".gitattributes"}) files.insert((above / name).string());
    }
    auto list = repository.look({"config", "--show-origin", "--null", "--list"});
    PIX_CO_TRY(auto run, co_await git_.succeed(std::move(list)));
    auto const parts = core::split(run.output, '\0');
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
        if (!parts[i].starts_with("file:")) continue;
        std::filesystem::path const origin = std::filesystem::path(repository.folder) / parts[i].substr(5);
        files.insert(origin.lexically_normal().string());
        std::size_t const newline = parts[i + 1].find('\n');
        if (newline == std::string_view::npos || !names_a_file(parts[i + 1].substr(0, newline))) continue;
        files.insert(path_of(parts[i + 1].substr(newline + 1), home, origin.parent_path()));
    }
    co_return std::vector<std::string>(files.begin(), files.end());
}

awaitable<std::optional<StatusCache::Known>> StatusCache::watch(Repository repository, GitStatus status)
{
    auto const now = std::chrono::steady_clock::now();
    auto const waits = starting_.find(repository.folder);
    if (waits != starting_.end() && now < waits->second) co_return std::nullopt;
    std::erase_if(starting_, [now](const auto& each) { return each.second < now; });
    starting_[repository.folder] = now + after_refusal;
    auto ignored = co_await ignored_folders(repository);
    if (!ignored) co_return std::nullopt;
    auto files = co_await files_to_mark(repository, std::move(status));
    if (!files) co_return std::nullopt;
    auto const watched = std::make_shared<Watched>();
    watched->repository = repository;
    bool racy = true;
    for (int attempt = 0; racy && attempt < 3; ++attempt) {
        auto start = [this, folder = repository.folder, ignored = *ignored, files = *files] {
            return WorkTreeWatch::start(folder, ignored, files, *budget_);
        };
        watched->watch.reset();
        watched->watch = co_await core::run_on(pool_, std::move(start));
        if (!watched->watch) co_return std::nullopt;
        racy = watched->watch->is_racy();
        if (!racy) break;
        asio::steady_timer pause(co_await asio::this_coro::executor, std::chrono::milliseconds(70));
        boost::system::error_code ignored_error;
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored_error));
    }
    starting_[repository.folder] = std::chrono::steady_clock::now() + between_starts;
    if (racy) co_return std::nullopt;
    auto look = [watched] { return watched->watch->look(); };
    auto const [news, generation] = co_await core::run_on(pool_, std::move(look));
    if (news == WorkTreeWatch::News::structure) co_return std::nullopt;
    if (all_.size() >= most) {
        auto const oldest = std::min_element(all_.begin(), all_.end(),
                                             [](const auto& a, const auto& b) { return a.second->at < b.second->at; });
        all_.erase(oldest);
    }
    all_[repository.folder] = watched;
    Known known;
    known.watched = watched;
    known.generation = generation;
    co_return known;
}

} // namespace pix::workbench
