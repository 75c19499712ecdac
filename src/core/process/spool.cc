#include "core/process/spool.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pix::process {

using core::Errc;

core::Result<Spool> Spool::open(const std::filesystem::path& path, std::uint64_t limit_bytes)
{
    Spool spool;
    // Never through a link that someone else may have put there.
    spool.file_ = Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!spool.file_) return core::fail_errno(Errc::unavailable, "cannot open the output file " + path.string(), errno);
    struct stat info{};
    if (::fstat(spool.file_.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
        return core::fail(Errc::unavailable, "the output file " + path.string() + " is not a regular file");
    }
    spool.size_ = static_cast<std::uint64_t>(info.st_size);
    // Holes are made in steps of a quarter, so a smaller limit would make one for every few bytes.
    spool.limit_ = std::max<std::uint64_t>(limit_bytes, 64 * 1024);
    return spool;
}

core::Result<void> Spool::append(std::string_view bytes)
{
    const std::lock_guard guard(*lock_);
    const std::uint64_t end = size_ + bytes.size();
    int error = full_ ? EFBIG : 0;
    while (!bytes.empty() && error == 0) {
        const auto written = ::write(file_.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0)
            error = errno;
        else
            bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    size_ = end;
    if (error != 0) {
        if (!full_ && ::ftruncate(file_.get(), static_cast<off_t>(end)) != 0) full_ = true;
        return core::fail_errno(Errc::unavailable, "cannot write an output file", error);
    }
    if (size_ - holed_ > limit_) {
        // A quarter at a time, whole blocks: the rest of the newest stays.
        const std::uint64_t until = (size_ - limit_ + limit_ / 4) & ~std::uint64_t{4095};
        if (until > holed_) {
            if (::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(holed_),
                            static_cast<off_t>(until - holed_)) != 0) {
                full_ = true;
            } else {
                holed_ = until;
            }
        }
    }
    return {};
}

core::Result<std::string> Spool::read(std::uint64_t offset, std::size_t max_bytes, std::uint64_t& found) const
{
    const std::lock_guard guard(*lock_);
    found = offset;
    if (offset >= size_) return std::string();
    const off_t data = ::lseek(file_.get(), static_cast<off_t>(offset), SEEK_DATA);
    if (data < 0) {
        found = size_;
        return std::string();
    }
    found = static_cast<std::uint64_t>(data);
    std::string bytes(std::min<std::uint64_t>(max_bytes, size_ - found), '\0');
    const auto got = ::pread(file_.get(), bytes.data(), bytes.size(), data);
    if (got < 0) return core::fail_errno(Errc::unavailable, "cannot read an output file", errno);
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
}

std::uint64_t Spool::size() const
{
    const std::lock_guard guard(*lock_);
    return size_;
}

} // namespace pix::process
