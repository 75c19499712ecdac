#include "workbench/file/files.h"

namespace pix::workbench {

using core::Errc;
using core::Result;

Files::Files(ProjectFolders& folders, asio::thread_pool& pool, FilesConfig config)
    : folders_(folders), pool_(pool), config_(std::move(config))
{}

awaitable<Result<std::string>> Files::folder_of(std::string name)
{
    auto path = co_await folders_.folder_of(std::move(name));
    if (!path && path.error().name.empty() && path.error().code == Errc::not_found)
        path.error().name = "PROJECT_NOT_FOUND";
    co_return path;
}

} // namespace pix::workbench
