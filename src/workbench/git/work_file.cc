#include "workbench/git/work_file.h"

#include <array>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/id.h"
#include "core/process/fd.h"

namespace pix::workbench {

using core::Errc;
using core::fail;
using core::Result;
using process::Fd;

namespace {

// Source: openat2(2): the kernel resolves the name and refuses whatever leaves the folder or passes a link.
Fd open_below(int folder, const std::string& path, int flags, mode_t mode = 0)
{
    struct open_how how{};
    how.flags = static_cast<std::uint64_t>(flags) | O_CLOEXEC;
    how.mode = mode;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
    return Fd(static_cast<int>(::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how)));
}

std::unexpected<core::Error> refused(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR: return fail(Errc::not_found, "There is no such file.");
    case EXDEV:
    case ELOOP: return fail(Errc::forbidden, "The file lies behind a symbolic link.");
    case EACCES:
    case EPERM: return fail(Errc::forbidden, "The file may not be read or written.");
    default: return core::fail_errno(Errc::unavailable, "The file cannot be opened", error);
    }
}

/// The folder that holds `path`, and the last part of its name.
Result<std::pair<Fd, std::string>> open_parent(const std::string& folder, const std::string& path)
{
    Fd root(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) return refused(errno);
    std::size_t const slash = path.rfind('/');
    if (slash == std::string::npos) return std::pair(std::move(root), path);
    Fd parent = open_below(root.get(), path.substr(0, slash), O_PATH | O_DIRECTORY);
    if (!parent) return refused(errno);
    return std::pair(std::move(parent), path.substr(slash + 1));
}

Result<WorkFile> read_link(int parent, const std::string& name)
{
    std::array<char, PATH_MAX> target{};
    ssize_t const size = ::readlinkat(parent, name.c_str(), target.data(), target.size());
    if (size < 0) return refused(errno);
    WorkFile file;
    file.is_link = true;
    file.bytes.assign(target.data(), static_cast<std::size_t>(size));
    return file;
}

} // namespace

Result<WorkFile> read_work_file(const std::string& folder, const std::string& path, std::size_t max_bytes)
{
    PIX_TRY(auto place, open_parent(folder, path));
    auto const& [parent, name] = place;
    struct stat info{};
    if (::fstatat(parent.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return refused(errno);
    if (S_ISLNK(info.st_mode)) return read_link(parent.get(), name);
    if (!S_ISREG(info.st_mode)) return fail(Errc::invalid, "file is not a regular file");
    Fd const opened = open_below(parent.get(), name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!opened) return refused(errno);
    if (::fstat(opened.get(), &info) != 0 || !S_ISREG(info.st_mode))
        return fail(Errc::invalid, "file is not a regular file");
    WorkFile file;
    file.executable = (info.st_mode & S_IXUSR) != 0;
    std::array<char, 65536> piece{};
    while (file.bytes.size() <= max_bytes) {
        ssize_t const size = ::read(opened.get(), piece.data(), piece.size());
        if (size < 0) return refused(errno);
        if (size == 0) return file;
        file.bytes.append(piece.data(), static_cast<std::size_t>(size));
    }
    file.bytes.resize(max_bytes);
    file.cut = true;
    return file;
}

Result<void> write_work_file(const std::string& folder, const std::string& path, std::string bytes)
{
    PIX_TRY(auto place, open_parent(folder, path));
    auto const& [parent, name] = place;
    struct stat info{};
    mode_t mode = 0644;
    if (::fstatat(parent.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
        if (!S_ISREG(info.st_mode)) return fail(Errc::invalid, "file is not a regular file");
        mode = info.st_mode & 07777;
    }
    std::string const temporary = ".pix-" + core::sortable_id();
    Fd opened = open_below(parent.get(), temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (!opened) return refused(errno);
    std::string_view rest = bytes;
    bool good = ::fchmod(opened.get(), mode) == 0;
    while (good && !rest.empty()) {
        ssize_t const size = ::write(opened.get(), rest.data(), rest.size());
        if (size < 0)
            good = false;
        else
            rest.remove_prefix(static_cast<std::size_t>(size));
    }
    good = good && ::fsync(opened.get()) == 0;
    good = good && ::renameat(parent.get(), temporary.c_str(), parent.get(), name.c_str()) == 0;
    if (good) return {};
    int const error = errno;
    ::unlinkat(parent.get(), temporary.c_str(), 0);
    return refused(error);
}

Result<void> remove_work_file(const std::string& folder, const std::string& path)
{
    PIX_TRY(auto place, open_parent(folder, path));
    auto const& [parent, name] = place;
    if (::unlinkat(parent.get(), name.c_str(), 0) != 0 && errno != ENOENT) return refused(errno);
    return {};
}

} // namespace pix::workbench
