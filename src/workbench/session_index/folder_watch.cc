#include "workbench/session_index/folder_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace pix::workbench {

namespace {

constexpr int max_depth = 10;
constexpr std::uint32_t file_events = IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                      IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;

bool is_ignored(const std::filesystem::path& folder, const std::string& name)
{
    // OpenCode keeps copies of whole repositories beside its database.
    if (name == "snapshot" && folder.filename() == "opencode") return true;
    return name == "node_modules" || name == ".git" || name == "dist" || name == "build" || name == ".DS_Store" ||
           name.ends_with(".tmp") || name.ends_with(".swp");
}

} // namespace

FolderWatch::FolderWatch(std::vector<std::filesystem::path> roots)
    : roots_(std::move(roots)), inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    complete_ = inotify_ >= 0;
    for (auto const& root : roots_) watch_root(root);
}

FolderWatch::~FolderWatch()
{
    if (inotify_ >= 0) ::close(inotify_);
    if (wake_ >= 0) ::close(wake_);
}

bool FolderWatch::add(const std::filesystem::path& folder, int depth)
{
    if (inotify_ < 0) return false;
    std::uint32_t const events = depth < 0 ? IN_CREATE | IN_MOVED_TO | IN_ONLYDIR : file_events;
    int const descriptor = ::inotify_add_watch(inotify_, folder.c_str(), events);
    if (descriptor < 0) {
        if (errno == ENOSPC || errno == ENOMEM) complete_ = false;
        return false;
    }
    auto const known = watched_.find(descriptor);
    if (known != watched_.end() && known->second.folder == folder && known->second.depth >= 0 && depth < 0) return true;
    watched_[descriptor] = {folder, depth};
    return true;
}

void FolderWatch::watch_root(const std::filesystem::path& root)
{
    std::error_code error;
    if (std::filesystem::is_directory(root, error)) {
        watch_tree(root, 0, nullptr);
        return;
    }
    // The way to it: the nearest folder that exists tells when the next one appears.
    for (auto folder = root.parent_path(); !folder.empty(); folder = folder.parent_path()) {
        if (std::filesystem::is_directory(folder, error)) {
            bool below = false;
            for (auto const& [descriptor, watched] : watched_) below = below || watched.folder == folder;
            if (!below) add(folder, -1);
            return;
        }
        if (folder == folder.parent_path()) return;
    }
}

void FolderWatch::watch_tree(const std::filesystem::path& folder, int depth, Heard* heard)
{
    if (depth > max_depth || !add(folder, depth)) return;
    std::error_code error;
    for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        std::string const name = it->path().filename().string();
        if (is_ignored(folder, name)) continue;
        std::error_code ignored;
        auto const status = it->symlink_status(ignored);
        if (std::filesystem::is_directory(status))
            watch_tree(it->path(), depth + 1, heard);
        else if (heard != nullptr)
            heard->files.insert(it->path());
    }
}

void FolderWatch::take(int descriptor, std::uint32_t mask, const std::string& name, Heard& heard)
{
    auto const found = watched_.find(descriptor);
    if (found == watched_.end()) return;
    Watched const watched = found->second;
    if ((mask & IN_IGNORED) != 0) {
        watched_.erase(found);
        heard.lost = true;
        return;
    }
    if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
        ::inotify_rm_watch(inotify_, descriptor);
        heard.lost = true;
        return;
    }
    if (name.empty() || is_ignored(watched.folder, name)) return;
    auto const path = watched.folder / name;
    if (watched.depth < 0) {
        if ((mask & IN_ISDIR) == 0) return;
        for (auto const& root : roots_) {
            bool const leads = std::mismatch(path.begin(), path.end(), root.begin(), root.end()).first == path.end();
            if (!leads) continue;
            watch_root(root);
            heard.lost = true;
        }
        return;
    }
    if ((mask & IN_ISDIR) != 0) {
        if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0) watch_tree(path, watched.depth + 1, &heard);
        if ((mask & (IN_DELETE | IN_MOVED_FROM)) != 0) heard.lost = true;
        return;
    }
    heard.files.insert(path);
}

FolderWatch::Heard FolderWatch::wait(std::chrono::milliseconds timeout)
{
    Heard heard;
    std::array<pollfd, 2> descriptors{{{inotify_, POLLIN, 0}, {wake_, POLLIN, 0}}};
    if (::poll(descriptors.data(), descriptors.size(), static_cast<int>(timeout.count())) <= 0) return heard;
    if ((descriptors[1].revents & POLLIN) != 0) {
        std::uint64_t count = 0;
        [[maybe_unused]] auto const got = ::read(wake_, &count, sizeof count);
    }
    alignas(inotify_event) std::array<char, 64UL * 1024> buffer{};
    while (inotify_ >= 0) {
        auto const bytes = ::read(inotify_, buffer.data(), buffer.size());
        if (bytes <= 0) break;
        for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(bytes);) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            std::string name;
            if (event.len > 0) name = buffer.data() + at + sizeof event;
            at += sizeof event + event.len;
            if ((event.mask & IN_Q_OVERFLOW) != 0)
                heard.lost = true;
            else
                take(event.wd, event.mask, name, heard);
        }
    }
    return heard;
}

void FolderWatch::wake()
{
    std::uint64_t const one = 1;
    [[maybe_unused]] auto const put = ::write(wake_, &one, sizeof one);
}

} // namespace pix::workbench
