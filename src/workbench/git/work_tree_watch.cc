#include "workbench/git/work_tree_watch.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace pix::workbench {

namespace {

constexpr std::uint32_t watched = IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                  IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW;
constexpr std::size_t max_suspects = 1000;
constexpr std::int64_t racy_ns = 50'000'000; // several ticks of the slowest clock that file systems stamp with

// File systems whose changes all come through this kernel.
bool is_local(const std::string& folder)
{
    constexpr long xfs = 0x58465342;
    constexpr long bcachefs = static_cast<long>(0xca451a4e);
    struct statfs info{};
    if (::statfs(folder.c_str(), &info) != 0) return false;
    static constexpr std::array<long, 7> known{EXT4_SUPER_MAGIC,
                                               static_cast<long>(BTRFS_SUPER_MAGIC),
                                               xfs,
                                               TMPFS_MAGIC,
                                               OVERLAYFS_SUPER_MAGIC,
                                               F2FS_SUPER_MAGIC,
                                               bcachefs};
    return std::find(known.begin(), known.end(), static_cast<long>(info.f_type)) != known.end();
}

PathMark mark_from(const struct stat& info)
{
    PathMark mark;
    mark.device = info.st_dev;
    mark.inode = info.st_ino;
    mark.size = static_cast<std::uint64_t>(info.st_size);
    mark.modified_ns = info.st_mtim.tv_sec * 1'000'000'000LL + info.st_mtim.tv_nsec;
    mark.changed_ns = info.st_ctim.tv_sec * 1'000'000'000LL + info.st_ctim.tv_nsec;
    mark.mode = info.st_mode;
    mark.links = static_cast<std::uint32_t>(info.st_nlink);
    return mark;
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

} // namespace

PathMark mark_of(const std::string& path)
{
    // Not through links: whoever points a configuration elsewhere changes the link or is named by another mark.
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) return {};
    return mark_from(info);
}

std::unique_ptr<WorkTreeWatch> WorkTreeWatch::start(const std::string& folder, std::vector<std::string> ignored,
                                                    const std::vector<std::string>& files, WatchBudget& budget)
{
    if (!is_local(folder)) return nullptr;
    std::unique_ptr<WorkTreeWatch> watch(new WorkTreeWatch(budget));
    for (auto const& file : files) watch->files_[file] = mark_of(file);
    watch->inotify_ = process::Fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!watch->inotify_) return nullptr;
    watch->root_ = folder + "/";
    watch->device_ = mark_of(folder).device;
    std::sort(ignored.begin(), ignored.end());
    if (!watch->add_tree(folder, ignored)) return nullptr;
    return watch;
}

WorkTreeWatch::~WorkTreeWatch()
{
    budget_.left += folders_.size();
}

bool WorkTreeWatch::add_folder(const std::string& path)
{
    std::size_t left = budget_.left.load();
    do {
        if (left == 0) return false;
    } while (!budget_.left.compare_exchange_weak(left, left - 1));
    int const number = ::inotify_add_watch(inotify_.get(), path.c_str(), watched);
    if (number >= 0 && folders_.emplace(number, path).second) return true;
    ++budget_.left;
    return false; // the kernel's limit, or one folder under two names
}

bool WorkTreeWatch::add_tree(const std::string& folder, const std::vector<std::string>& ignored)
{
    std::vector<std::string> waiting{folder + "/"};
    while (!waiting.empty()) {
        std::string const path = std::move(waiting.back());
        waiting.pop_back();
        // First the watch, then the names: what comes between is told twice rather than never.
        if (!add_folder(path)) return false;
        std::unique_ptr<DIR, CloseFolder> const open(::opendir(path.c_str()));
        if (!open) return false;
        int const here = ::dirfd(open.get());
        while (auto const* entry = ::readdir(open.get())) { // NOLINT(concurrency-mt-unsafe): a stream of our own
            std::string_view const name = static_cast<const char*>(entry->d_name);
            if (name == "." || name == "..") continue;
            if (name == ".git") {
                if (path != root_) return false; // a repository inside has a state of its own
                continue;
            }
            struct stat info{};
            if (::fstatat(here, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) return false;
            std::string whole = path + std::string(name);
            if (S_ISDIR(info.st_mode)) {
                whole += '/';
                if (info.st_dev != device_) return false;
                if (!std::binary_search(ignored.begin(), ignored.end(), whole.substr(root_.size())))
                    waiting.push_back(std::move(whole));
            } else if (S_ISREG(info.st_mode) && info.st_nlink > 1) {
                // Written by another of its names, it makes no event here.
                suspects_.emplace(std::move(whole), mark_from(info));
                if (suspects_.size() > max_suspects) return false;
            }
        }
    }
    return true;
}

WorkTreeWatch::News WorkTreeWatch::drain()
{
    News news = News::none;
    alignas(inotify_event) std::array<char, 65536> buffer{};
    while (true) {
        ssize_t const size = ::read(inotify_.get(), buffer.data(), buffer.size());
        if (size <= 0) return size < 0 && errno != EAGAIN ? News::structure : news;
        for (ssize_t at = 0; at < size;) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            std::string_view const name =
                event.len == 0 ? std::string_view() : std::string_view(buffer.data() + at + sizeof event);
            at += static_cast<ssize_t>(sizeof event + event.len);
            auto const folder = folders_.find(event.wd);
            bool const of_git = name == ".git" && folder != folders_.end() && folder->second == root_;
            if (of_git && (event.mask & (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)) == 0) continue;
            bool const shapes =
                (event.mask & (IN_Q_OVERFLOW | IN_UNMOUNT | IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0 ||
                ((event.mask & IN_ISDIR) != 0 && (event.mask & IN_ATTRIB) == 0) || folder == folders_.end() || of_git ||
                name == ".gitignore";
            if (shapes) return News::structure;
            news = News::content;
            if ((event.mask & (IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO)) != 0) {
                // It may still be mapped for writing, or have another name.
                suspects_.emplace(folder->second + std::string(name), PathMark());
                if (suspects_.size() > max_suspects) return News::structure;
            }
        }
    }
}

std::pair<WorkTreeWatch::News, std::uint64_t> WorkTreeWatch::look()
{
    std::scoped_lock const lock(mutex_);
    if (broken_) return {News::structure, generation_};
    News news = drain();
    if (news != News::structure)
        for (auto const& [path, mark] : files_)
            if (mark_of(path) != mark) news = News::structure;
    if (news != News::structure) {
        for (auto& [path, mark] : suspects_) {
            struct stat info{};
            PathMark const now = ::lstat(path.c_str(), &info) == 0 ? mark_from(info) : PathMark();
            if (now == mark) continue;
            mark = now;
            news = News::content;
        }
    }
    if (news != News::none) ++generation_;
    broken_ = news == News::structure;
    return {news, generation_};
}

bool WorkTreeWatch::is_racy() const
{
    std::scoped_lock const lock(mutex_);
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    std::int64_t const limit = now.tv_sec * 1'000'000'000LL + now.tv_nsec - racy_ns;
    return std::any_of(files_.begin(), files_.end(),
                       [limit](auto const& file) { return file.second.changed_ns > limit; });
}

} // namespace pix::workbench
