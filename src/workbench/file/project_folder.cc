#include "workbench/file/project_folder.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>

#include "workbench/file/file_error.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;

namespace {

/// The kernel asks to try again when something was renamed while it climbed inside.
constexpr int most_tries = 16;

int call_openat2(int root, const char* path, int flags)
{
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    for (int i = 0;; ++i) {
        int const opened = static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof how));
        if (opened >= 0 || (errno != EAGAIN && errno != EINTR) || i == most_tries) return opened;
    }
}

std::string proc_path(int descriptor)
{
    return "/proc/self/fd/" + std::to_string(descriptor);
}

/// Where an open descriptor's file is now; "" if the kernel does not say.
std::string path_behind(int descriptor)
{
    std::string path(PATH_MAX, '\0');
    ssize_t const size = ::readlink(proc_path(descriptor).c_str(), path.data(), path.size());
    path.resize(size > 0 && static_cast<std::size_t>(size) < path.size() ? static_cast<std::size_t>(size) : 0);
    return path;
}

} // namespace

int reopen(const Descriptor& found, int flags)
{
    return ::open(proc_path(found.number()).c_str(), flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

std::string_view kind_of(const struct stat& about)
{
    switch (about.st_mode & S_IFMT) {
    case S_IFREG: return "a file";
    case S_IFDIR: return "a folder";
    case S_IFLNK: return "a link";
    case S_IFIFO: return "a FIFO";
    case S_IFSOCK: return "a socket";
    default: return "a device";
    }
}

Result<ProjectFolder> ProjectFolder::open(std::string path)
{
    Descriptor root(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) {
        if (errno == ENOENT || errno == ENOTDIR)
            return fail_as("PROJECT_NOT_FOUND", Errc::not_found, "the project's folder is no longer there");
        return fail_path(errno, path);
    }
    return ProjectFolder(std::move(path), std::move(root));
}

Result<Descriptor> ProjectFolder::open_beneath(const ContainedPath& path, int flags) const
{
    Descriptor found(call_openat2(root_.number(), path.is_root() ? "." : path.text().c_str(), flags));
    if (found) return found;
    if (errno != EXDEV) return fail_path(errno, path.text());
    // The kernel refuses every absolute link. One that leads back inside is spelled out and tried without it; who
    // changes something in between gains nothing, as the second try is beneath the root again.
    std::unique_ptr<char, decltype(&std::free)> const real(::realpath((path_ + "/" + path.text()).c_str(), nullptr),
                                                           &std::free);
    if (!real) return fail_outside(path.text());
    auto const inside = ContainedPath::read(path_, real.get());
    if (!inside || *inside == path) return fail_outside(path.text());
    found = Descriptor(call_openat2(root_.number(), inside->is_root() ? "." : inside->text().c_str(), flags));
    if (!found) return errno == EXDEV ? fail_outside(path.text()) : fail_path(errno, path.text());
    return found;
}

Result<Descriptor> ProjectFolder::find(const ContainedPath& path) const
{
    return open_beneath(path, O_PATH);
}

Result<OpenFile> ProjectFolder::open_file(const ContainedPath& path) const
{
    PIX_TRY(Descriptor const found, find(path));
    OpenFile file;
    if (::fstat(found.number(), &file.about) != 0) return fail_path(errno, path.text());
    // Opening a FIFO would wait, opening a device may do something: they are never opened.
    if (!S_ISREG(file.about.st_mode)) return fail_no_file(path.text(), kind_of(file.about));
    file.descriptor = Descriptor(reopen(found, O_RDONLY));
    if (!file.descriptor) return fail_path(errno, path.text());
    return file;
}

Result<Descriptor> ProjectFolder::open_folder(const ContainedPath& path) const
{
    PIX_TRY(Descriptor const found, find(path));
    struct stat about{};
    if (::fstat(found.number(), &about) != 0) return fail_path(errno, path.text());
    if (!S_ISDIR(about.st_mode))
        return fail_as("NOT_A_FOLDER", Errc::invalid,
                       shown_path(path.text()) + " is " + std::string(kind_of(about)) + ", not a folder");
    Descriptor folder(reopen(found, O_RDONLY | O_DIRECTORY));
    if (!folder) return fail_path(errno, path.text());
    return folder;
}

Result<Place> ProjectFolder::place_of(const ContainedPath& path) const
{
    if (path.is_root())
        return fail_as("PROJECT_ROOT", Errc::forbidden, "this is not done to the project's own folder",
                       "Name something inside it.");
    Place place;
    PIX_TRY(place.folder, open_beneath(path.parent(), O_PATH | O_DIRECTORY));
    place.name = path.name();
    return place;
}

Result<Place> ProjectFolder::real_place_of(const Descriptor& found, const ContainedPath& path) const
{
    auto const moved = [&] {
        return fail_as("FILE_CHANGED", Errc::conflict, shown_path(path.text()) + " was moved meanwhile", "Try again.");
    };
    // The root's own path is asked of the kernel as well: a parent of it may have been renamed.
    auto const real = ContainedPath::read(path_behind(root_.number()), path_behind(found.number()));
    if (!real || real->is_root()) return moved();
    PIX_TRY(Place place, place_of(*real));
    struct stat wanted{};
    struct stat there{};
    if (::fstat(found.number(), &wanted) != 0 ||
        ::fstatat(place.folder.number(), place.name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0 ||
        wanted.st_ino != there.st_ino || wanted.st_dev != there.st_dev)
        return moved();
    return place;
}

Result<Place> ProjectFolder::make_place(const ContainedPath& path, std::vector<ContainedPath>* made) const
{
    auto place = place_of(path);
    if (place || place.error().code != Errc::not_found) return place;
    PIX_TRY(Place const above, make_place(path.parent(), made));
    PIX_CHECK(check_new_name(above.name));
    if (::mkdirat(above.folder.number(), above.name.c_str(), 0777) == 0) {
        if (made) made->push_back(path.parent());
    } else if (errno != EEXIST) {
        return fail_path(errno, path.parent().text());
    }
    return place_of(path);
}

} // namespace pix::workbench
