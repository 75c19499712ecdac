#include "workbench/file/file_changes.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "core/base/id.h"
#include "workbench/file/file_error.h"
#include "workbench/file/staged_file.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;

namespace {

/// How many folders are held open at a time. What lies deeper is moved up and removed from there.
constexpr int most_levels = 50;

/// Empties folders, however deep they are.
class Emptying {
public:
    explicit Emptying(int top) : top_(top) {}

    /// Errno of the first failure; what can be removed is removed.
    int run()
    {
        do {
            moved_ = false;
            empty(top_, 0);
        } while (moved_ && error_ == 0);
        return error_;
    }

private:
    struct CloseStream {
        void operator()(DIR* stream) const { ::closedir(stream); }
    };

    void note(int error)
    {
        if (error_ == 0 && error != ENOENT) error_ = error;
    }

    void empty(int folder, int level)
    {
        Descriptor again(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        std::unique_ptr<DIR, CloseStream> const stream(again ? ::fdopendir(again.number()) : nullptr);
        if (!stream) return note(errno);
        again.release();
        while (const dirent* const entry = ::readdir(stream.get())) {
            std::string const name = entry->d_name;
            if (name != "." && name != "..") remove(folder, name, level);
        }
    }

    void remove(int folder, const std::string& name, int level)
    {
        if (::unlinkat(folder, name.c_str(), 0) == 0) return;
        if (errno != EISDIR && errno != EPERM) return note(errno);
        // Links were removed above; one that takes the folder's place now is not followed.
        Descriptor const inner(::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!inner) return note(errno == ENOTDIR ? EPERM : errno);
        if (level >= most_levels) {
            std::string const up = ".pix-" + core::sortable_id();
            if (::renameat(folder, name.c_str(), top_, up.c_str()) != 0) return note(errno);
            moved_ = true;
            return;
        }
        empty(inner.number(), level + 1);
        if (::unlinkat(folder, name.c_str(), AT_REMOVEDIR) != 0) note(errno);
    }

    int top_;
    int error_ = 0;
    bool moved_ = false;
};

} // namespace

std::string_view name_of(EntryType type)
{
    return type == EntryType::directory ? "directory" : "file";
}

Result<EntryType> entry_type_named(std::string_view name)
{
    if (name == "file") return EntryType::file;
    if (name == "directory") return EntryType::directory;
    return fail_as("INVALID_REQUEST", Errc::invalid, R"("type" must be "file" or "directory")");
}

Result<void> create_entry(const ProjectFolder& project, const ContainedPath& path, EntryType type,
                          std::string_view content)
{
    if (path.is_root()) return fail_exists(".");
    PIX_CHECK(check_new_name(path.name()));
    std::vector<ContainedPath> made;
    auto const done = [&]() -> Result<void> {
        PIX_TRY(Place const place, project.make_place(path, &made));
        if (type == EntryType::directory) {
            if (::mkdirat(place.folder.number(), place.name.c_str(), 0777) != 0) return fail_path(errno, path.text());
            return {};
        }
        PIX_TRY(StagedFile staged, StagedFile::create(place, path));
        PIX_CHECK(staged.write(content));
        return staged.place_new(place);
    }();
    // Folders that were made for what then failed go again, as long as nobody has put anything into them.
    for (auto folder = made.rbegin(); !done && folder != made.rend(); ++folder)
        if (auto const place = project.place_of(*folder))
            ::unlinkat(place->folder.number(), place->name.c_str(), AT_REMOVEDIR);
    return done;
}

Result<void> rename_entry(const ProjectFolder& project, const ContainedPath& from, const ContainedPath& to)
{
    PIX_TRY(Place const source, project.place_of(from));
    PIX_TRY(Place const target, project.place_of(to));
    PIX_CHECK(check_new_name(target.name));
    if (to != from && to.is_below(from))
        return fail_as("INVALID_PATH", Errc::invalid, "a folder cannot be moved into itself");
    int const old_folder = source.folder.number();
    int const new_folder = target.folder.number();
    const char* const old_name = source.name.c_str();
    const char* const new_name = target.name.c_str();
    if (::renameat2(old_folder, old_name, new_folder, new_name, RENAME_NOREPLACE) == 0) return {};
    int error = errno;
    if (error == EINVAL || error == ENOSYS) {
        // A file system without this flag: the look and the rename are two steps.
        struct stat there{};
        if (::fstatat(new_folder, new_name, &there, AT_SYMLINK_NOFOLLOW) == 0) return fail_exists(to.text());
        if (::renameat(old_folder, old_name, new_folder, new_name) == 0) return {};
        error = errno;
    }
    if (error == EINVAL) return fail_as("INVALID_PATH", Errc::invalid, "a folder cannot be moved into itself");
    return fail_path(error, error == EEXIST || error == EXDEV ? to.text() : from.text());
}

Result<EntryType> type_at(const Place& place, const ContainedPath& path)
{
    struct stat about{};
    if (::fstatat(place.folder.number(), place.name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0)
        return fail_path(errno, path.text());
    return S_ISDIR(about.st_mode) ? EntryType::directory : EntryType::file;
}

Result<void> remove_tree(int folder, const std::string& name)
{
    if (::unlinkat(folder, name.c_str(), 0) == 0) return {};
    if (errno != EISDIR && errno != EPERM) return fail_path(errno, name);
    Descriptor const inner(::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!inner) return fail_path(errno == ENOTDIR ? EPERM : errno, name);
    if (int const error = Emptying(inner.number()).run(); error != 0) return fail_path(error, name);
    if (::unlinkat(folder, name.c_str(), AT_REMOVEDIR) != 0) return fail_path(errno, name);
    return {};
}

} // namespace pix::workbench
