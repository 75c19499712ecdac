#include "workbench/session_readers/record_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace pix::workbench {

namespace fs = std::filesystem;

namespace {

/// An open file that closes itself.
class Opened {
public:
    explicit Opened(int descriptor) : descriptor_(descriptor) {}
    ~Opened() { ::close(descriptor_); }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;
    int operator*() const { return descriptor_; }

private:
    int descriptor_;
};

std::unexpected<core::Error> cannot(const char* what, const fs::path& path, int error)
{
    bool const is_missing = error == ENOENT || error == ENOTDIR;
    return core::fail_errno(is_missing ? core::Errc::not_found : core::Errc::unavailable,
                            std::string("cannot ") + what + " " + path.string(), error);
}

core::Result<std::string> read_open(int descriptor, const fs::path& path, std::size_t bytes)
{
    std::string text;
    text.resize(bytes);
    std::size_t read = 0;
    while (read < bytes) {
        auto const got = ::pread(descriptor, text.data() + read, bytes - read, static_cast<off_t>(read));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return cannot("read", path, errno);
        if (got == 0) break;
        read += static_cast<std::size_t>(got);
    }
    text.resize(read);
    return text;
}

core::Result<int> open_file(const fs::path& path, struct stat& status)
{
    // A FIFO must not hold the thread.
    int const descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) return cannot("open", path, errno);
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(descriptor);
        return core::fail(core::Errc::unavailable, path.string() + " is not a file");
    }
    return descriptor;
}

} // namespace

core::Result<std::string> read_small_file(const fs::path& path, std::size_t max_bytes)
{
    struct stat status = {};
    PIX_TRY(int const descriptor, open_file(path, status));
    Opened const file(descriptor);
    if (static_cast<std::uint64_t>(status.st_size) > max_bytes)
        return core::fail(core::Errc::too_large, path.string() + " is too large");
    return read_open(*file, path, static_cast<std::size_t>(status.st_size));
}

core::Result<std::string> read_beginning(const fs::path& path, std::size_t bytes)
{
    struct stat status = {};
    PIX_TRY(int const descriptor, open_file(path, status));
    Opened const file(descriptor);
    return read_open(*file, path, std::min(bytes, static_cast<std::size_t>(status.st_size)));
}

std::optional<FileMark> mark_of(const fs::path& path, bool any_kind)
{
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0 || (!any_kind && !S_ISREG(status.st_mode))) return std::nullopt;
    return FileMark{static_cast<std::uint64_t>(status.st_size),
                    static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec,
                    status.st_ino};
}

std::vector<fs::path> entries_of(const fs::path& folder, std::size_t limit)
{
    std::vector<fs::path> entries;
    std::error_code error;
    for (fs::directory_iterator it(folder, fs::directory_options::skip_permission_denied, error), end;
         !error && it != end && entries.size() < limit; it.increment(error))
        entries.push_back(it->path());
    std::ranges::sort(entries);
    return entries;
}

core::Result<void> remove_file(const fs::path& path)
{
    if (::unlink(path.c_str()) != 0) return cannot("remove", path, errno);
    return {};
}

} // namespace pix::workbench
