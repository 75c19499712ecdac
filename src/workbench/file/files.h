#pragma once
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/async.h"
#include "core/base/error.h"
#include "workbench/file/attachment_store.h"
#include "workbench/file/file_tree.h"
#include "workbench/file/file_upload.h"
#include "workbench/file/filesystem_browser.h"
#include "workbench/file/name_search.h"
#include "workbench/file/project_folder.h"
#include "workbench/file/trash.h"
#include "workbench/project/project_folders.h"

namespace pix::workbench {

struct FilesConfig {
    BrowseConfig browse;               ///< the user's home, and where new folders may be made
    std::filesystem::path trash;       ///< a folder of Pix's home; empty: what is deleted is gone
    std::filesystem::path attachments; ///< a folder of Pix's home
    TreeLimits tree;
    NameListLimits names;
    UploadLimits upload;
    TrashLimits kept;
    std::uint64_t shown_bytes = 10UL << 20; ///< of a file that is answered as JSON
};

/// The files of projects: hands each piece of work the open folder of its project, on the pool.
///
/// Runs on: the io thread; the work runs on the pool.
/// Errors:  of each: Errc::not_found (PROJECT_NOT_FOUND).
class Files {
public:
    /// All outlive it.
    Files(ProjectFolders& folders, asio::thread_pool& pool, FilesConfig config);

    const FilesConfig& config() const { return config_; }
    const Trash& trash() const { return trash_; }
    const AttachmentStore& attachments() const { return attachments_; }

    /// Runs `work(const ProjectFolder&) -> core::Result<T>` on the pool and resumes the caller where it was.
    template <class Work>
    awaitable<std::invoke_result_t<Work&, const ProjectFolder&>> in_project(std::string name, Work work)
    {
        using Answer = std::invoke_result_t<Work&, const ProjectFolder&>;
        PIX_CO_TRY(std::string path, co_await folder_of(std::move(name)));
        auto on_pool = [path = std::move(path), work = std::move(work)]() mutable -> Answer {
            PIX_TRY(ProjectFolder const folder, ProjectFolder::open(std::move(path)));
            return work(folder);
        };
        co_return co_await core::run_on(pool_, std::move(on_pool));
    }

    /// The same for work that makes, moves or removes files: what is remembered of their names is forgotten.
    template <class Work>
    awaitable<std::invoke_result_t<Work&, const ProjectFolder&>> change_project(std::string name, Work work)
    {
        auto answer = co_await in_project(name, std::move(work));
        forget_names(name);
        co_return answer;
    }

    /// Runs work that belongs to no project on the pool.
    template <class Work>
    awaitable<std::invoke_result_t<Work&>> on_pool(Work work)
    {
        co_return co_await core::run_on(pool_, std::move(work));
    }

    /// The paths of a project's files, as they were at most a few seconds ago: who types asks many times.
    awaitable<core::Result<std::shared_ptr<const NameList>>> names(std::string project);

private:
    struct KnownNames {
        std::string project;
        std::shared_ptr<const NameList> names;
        std::chrono::steady_clock::time_point read_at;
    };

    awaitable<core::Result<std::string>> folder_of(std::string name);
    void forget_names(const std::string& project);

    ProjectFolders& folders_;
    asio::thread_pool& pool_;
    FilesConfig config_;
    Trash trash_;
    AttachmentStore attachments_;
    std::vector<KnownNames> known_names_; ///< two, the latest last
};

} // namespace pix::workbench
