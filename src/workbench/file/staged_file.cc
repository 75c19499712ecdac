#include "workbench/file/staged_file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <mutex>
#include <vector>

#include "core/base/id.h"
#include "workbench/file/file_error.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;

namespace {

constexpr mode_t new_file_mode = 0666; ///< less the umask
constexpr int most_exchanges = 8;

bool is_same_state(const struct stat& a, const struct stat& b)
{
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
           a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

/// Who puts files into one folder takes turns, so that two who exchange do not exchange each other's. Others than Pix
/// do not know of it; against them the state of what was exchanged is looked at.
std::mutex& turn_of(const Descriptor& folder)
{
    static std::array<std::mutex, 64> turns;
    struct stat about{};
    ::fstat(folder.number(), &about);
    return turns[about.st_ino % turns.size()];
}

std::unexpected<core::Error> changed(std::string_view path)
{
    return fail_as("FILE_CHANGED", Errc::conflict, shown_path(path) + " was changed by someone else meanwhile",
                   "Read it again and decide what to keep.");
}

} // namespace

Result<StagedFile> StagedFile::create(const Place& place, const ContainedPath& path)
{
    Descriptor folder(::openat(place.folder.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // A folder that may be written to but not read can still be named.
    if (!folder) folder = Descriptor(::openat(place.folder.number(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return fail_path(errno, path.text());
    Descriptor file(::openat(folder.number(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, new_file_mode));
    std::string name;
    if (!file && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        name = ".pix-" + core::sortable_id();
        file = Descriptor(::openat(folder.number(), name.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC,
                                   new_file_mode));
    }
    if (!file) return fail_path(errno, path.text());
    StagedFile staged(std::move(folder), std::move(file), path.text());
    staged.name_ = std::move(name);
    return staged;
}

StagedFile::~StagedFile()
{
    if (folder_ && !name_.empty()) ::unlinkat(folder_.number(), name_.c_str(), 0);
}

Result<void> StagedFile::write(std::string_view bytes)
{
    while (!bytes.empty()) {
        ssize_t const wrote = ::write(file_.number(), bytes.data(), bytes.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return fail_path(errno, shown_);
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return {};
}

void StagedFile::take_over(const Descriptor& old)
{
    struct stat about{};
    if (::fstat(old.number(), &about) != 0) return;
    // Each by itself: who may not give the owner may still give the group.
    bool const owned = ::fchown(file_.number(), about.st_uid, about.st_gid) == 0 ||
                       ::fchown(file_.number(), static_cast<uid_t>(-1), about.st_gid) == 0;
    // Like every write, this takes the right to run as the owner away; a foreign group gets nothing that was meant for
    // the old one.
    mode_t const mode = about.st_mode & 0777;
    ::fchmod(file_.number(), owned ? mode : mode & ~static_cast<mode_t>(070));
    // Opened as a path only, attributes are reached by the name of the descriptor.
    std::string const source = "/proc/self/fd/" + std::to_string(old.number());
    std::vector<char> names(64 * 1024);
    ssize_t const size = ::listxattr(source.c_str(), names.data(), names.size());
    std::string_view rest(names.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    std::vector<char> value(64 * 1024);
    while (!rest.empty()) {
        std::string const name(rest.substr(0, rest.find('\0')));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        if (name == "security.capability") continue; // as with the mode
        ssize_t const got = ::getxattr(source.c_str(), name.c_str(), value.data(), value.size());
        if (got >= 0) ::fsetxattr(file_.number(), name.c_str(), value.data(), static_cast<std::size_t>(got), 0);
    }
}

struct stat StagedFile::about() const
{
    struct stat about{};
    ::fstat(file_.number(), &about);
    return about;
}

Result<void> StagedFile::sync_file()
{
    if (::fsync(file_.number()) != 0 && errno != EINVAL) return fail_path(errno, shown_);
    return {};
}

/// So that the new name is there after a power cut, too. A file system that cannot do it does it otherwise.
void StagedFile::sync_folder()
{
    ::fsync(folder_.number());
}

Result<void> StagedFile::name_it()
{
    if (!name_.empty()) return {};
    std::string name = ".pix-" + core::sortable_id();
    std::string const source = "/proc/self/fd/" + std::to_string(file_.number());
    if (::linkat(AT_FDCWD, source.c_str(), folder_.number(), name.c_str(), AT_SYMLINK_FOLLOW) != 0)
        return fail_path(errno, shown_);
    name_ = std::move(name);
    return {};
}

Result<void> StagedFile::place_new(const Place& place)
{
    PIX_CHECK(sync_file());
    int done = -1;
    if (name_.empty()) {
        std::string const source = "/proc/self/fd/" + std::to_string(file_.number());
        done = ::linkat(AT_FDCWD, source.c_str(), folder_.number(), place.name.c_str(), AT_SYMLINK_FOLLOW);
    } else {
        done = ::linkat(folder_.number(), name_.c_str(), folder_.number(), place.name.c_str(), 0);
        // Where there are no hard links either, the check and the rename are two steps.
        struct stat about{};
        bool const linkless = done != 0 && (errno == EPERM || errno == EOPNOTSUPP);
        if (linkless) {
            if (::fstatat(folder_.number(), place.name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0)
                return fail_exists(shown_);
            done = ::renameat(folder_.number(), name_.c_str(), folder_.number(), place.name.c_str());
            if (done == 0) name_.clear();
        }
    }
    if (done != 0) return fail_path(errno, shown_);
    sync_folder();
    return {};
}

Result<void> StagedFile::replace(const Place& place)
{
    PIX_CHECK(sync_file());
    PIX_CHECK(name_it());
    {
        std::lock_guard const turn(turn_of(folder_));
        PIX_CHECK(rename_to(place));
    }
    sync_folder();
    return {};
}

Result<void> StagedFile::rename_to(const Place& place)
{
    if (::renameat(folder_.number(), name_.c_str(), folder_.number(), place.name.c_str()) != 0)
        return fail_path(errno, shown_);
    name_.clear();
    return {};
}

Result<void> StagedFile::replace_only(const Place& place, const struct stat& expected)
{
    PIX_CHECK(sync_file());
    PIX_CHECK(name_it());
    {
        std::lock_guard const turn(turn_of(folder_));
        PIX_CHECK(exchange_with(place, expected));
    }
    sync_folder();
    return {};
}

Result<void> StagedFile::exchange_with(const Place& place, const struct stat& expected)
{
    int const folder = folder_.number();
    auto const exchange = [&] {
        return ::renameat2(folder, name_.c_str(), folder, place.name.c_str(), RENAME_EXCHANGE) == 0;
    };
    struct stat there{};
    if (!exchange()) {
        if (errno == ENOENT) return changed(shown_);
        if (errno != EINVAL && errno != ENOSYS) return fail_path(errno, shown_);
        // This file system cannot exchange: the look and the rename are two steps.
        if (::fstatat(folder, place.name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0 || !is_same_state(there, expected))
            return changed(shown_);
        return rename_to(place);
    }
    // Now the hidden name holds what was there. If that is not what the caller knows, all goes back; and if that moves
    // somebody's third version out of the way, back again, until the hidden name holds ours.
    struct stat const ours = about();
    if (::fstatat(folder, name_.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 && is_same_state(there, expected)) {
        ::unlinkat(folder, name_.c_str(), 0);
        name_.clear();
        return {};
    }
    for (int i = 0; i < most_exchanges; ++i) {
        if (!exchange()) break;
        if (::fstatat(folder, name_.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 && there.st_ino == ours.st_ino)
            return changed(shown_);
    }
    // Somebody else's content stands under the hidden name: it is left there rather than lost.
    name_.clear();
    return changed(shown_);
}

} // namespace pix::workbench
