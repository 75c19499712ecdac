#include "workbench/project/forbidden_folders.h"

#include <array>
#include <string_view>

#include "workbench/project/catalog.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;

namespace {

constexpr std::array<std::string_view, 15> system_folders = {"/etc",  "/bin", "/sbin", "/usr",   "/dev",
                                                             "/proc", "/sys", "/var",  "/boot",  "/root",
                                                             "/lib",  "/opt", "/run",  "/lib64", "/lost+found"};
constexpr std::array<std::string_view, 2> open_parts = {"/var/tmp", "/var/folders"};

} // namespace

bool is_inside(const std::string& path, const std::string& folder)
{
    if (folder == "/") return path.starts_with('/');
    return path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
}

Result<void> check_project_folder(const std::string& real_path, const std::filesystem::path& user_home)
{
    auto const refuse = [&] {
        return fail_as("FORBIDDEN_PATH", Errc::forbidden, "a system folder cannot be a project: " + real_path);
    };
    if (real_path == "/" || real_path == "/tmp" || real_path == "/var/tmp") return refuse();
    std::string const home = workbench::real_path(user_home.string());
    if (home != "/" && is_inside(real_path, home)) return {};
    for (auto const part : open_parts)
        if (is_inside(real_path, std::string(part))) return {};
    for (auto const folder : system_folders)
        if (is_inside(real_path, std::string(folder))) return refuse();
    return {};
}

} // namespace pix::workbench
