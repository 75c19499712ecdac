#include "workbench/file/files.h"

#include <algorithm>

namespace pix::workbench {

using core::Errc;
using core::Result;

namespace {

constexpr auto names_stay_fresh = std::chrono::seconds(5);
constexpr std::size_t most_known_names = 2;

} // namespace

Files::Files(ProjectFolders& folders, asio::thread_pool& pool, FilesConfig config)
    : folders_(folders), pool_(pool), config_(std::move(config)), trash_(config_.trash, config_.kept),
      attachments_(config_.attachments)
{}

awaitable<Result<std::shared_ptr<const NameList>>> Files::names(std::string project)
{
    auto const is_asked_for = [&](const KnownNames& known) { return known.project == project; };
    auto const now = std::chrono::steady_clock::now();
    auto const known = std::find_if(known_names_.begin(), known_names_.end(), is_asked_for);
    if (known != known_names_.end() && now - known->read_at < names_stay_fresh) co_return known->names;
    auto read = [limits = config_.names](const ProjectFolder& folder) -> Result<std::shared_ptr<const NameList>> {
        PIX_TRY(auto names, NameList::read(folder, limits));
        return std::make_shared<const NameList>(std::move(names));
    };
    PIX_CO_TRY(auto names, co_await in_project(project, std::move(read)));
    forget_names(project);
    if (known_names_.size() >= most_known_names) known_names_.erase(known_names_.begin());
    known_names_.push_back({project, names, std::chrono::steady_clock::now()});
    co_return names;
}

void Files::forget_names(const std::string& project)
{
    std::erase_if(known_names_, [&](const KnownNames& known) { return known.project == project; });
}

awaitable<Result<std::string>> Files::folder_of(std::string name)
{
    auto path = co_await folders_.folder_of(std::move(name));
    if (!path && path.error().name.empty() && path.error().code == Errc::not_found)
        path.error().name = "PROJECT_NOT_FOUND";
    co_return path;
}

} // namespace pix::workbench
