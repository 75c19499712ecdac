#include "workbench/session_readers/jsonl_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace pix::workbench {

namespace {

/// Like pread(2), again after signals; -1 on an error.
ssize_t read_at(int fd, char* to, std::size_t bytes, std::uint64_t offset)
{
    for (;;) {
        ssize_t const got = ::pread(fd, to, bytes, static_cast<off_t>(offset));
        if (got >= 0 || errno != EINTR) return got;
    }
}

} // namespace

core::Result<JsonlFile> JsonlFile::open(const std::filesystem::path& path, const JsonlLimits& limits)
{
    JsonlFile file;
    // A FIFO in a transcript's place must not stop the thread.
    file.fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file.fd_ < 0) {
        int const error = errno;
        bool const is_gone = error == ENOENT || error == ENOTDIR;
        return core::fail_errno(is_gone ? core::Errc::not_found : core::Errc::unavailable,
                                "cannot read " + path.filename().string(), error);
    }
    struct stat status = {};
    if (::fstat(file.fd_, &status) != 0)
        return core::fail_errno(core::Errc::unavailable, "cannot read " + path.filename().string(), errno);
    if (!S_ISREG(status.st_mode))
        return core::fail(core::Errc::unavailable, path.filename().string() + " is not a regular file");
    file.size_ = static_cast<std::uint64_t>(status.st_size);
    file.modified_ = std::int64_t(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
    file.inode_ = status.st_ino;
    file.limits_ = limits;
    file.limits_.block = std::max<std::size_t>(limits.block, 16);
    return file;
}

JsonlFile::JsonlFile(JsonlFile&& other) noexcept
{
    *this = std::move(other);
}

JsonlFile& JsonlFile::operator=(JsonlFile&& other) noexcept
{
    if (this == &other) return *this;
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
    limits_ = other.limits_;
    size_ = other.size_;
    modified_ = other.modified_;
    inode_ = other.inode_;
    buffer_ = std::move(other.buffer_);
    capacity_ = std::exchange(other.capacity_, 0);
    begin_ = other.begin_;
    searched_ = other.searched_;
    filled_ = other.filled_;
    offset_ = other.offset_;
    skipped_ = other.skipped_;
    error_ = other.error_;
    return *this;
}

JsonlFile::~JsonlFile()
{
    if (fd_ >= 0) ::close(fd_);
}

void JsonlFile::seek(std::uint64_t offset)
{
    offset_ = offset;
    begin_ = searched_ = filled_ = 0;
    error_ = 0;
}

void JsonlFile::reserve(std::size_t bytes)
{
    if (bytes <= capacity_) return;
    // Zeroed once, so that what is read behind the last line has a value.
    auto larger = std::make_unique<char[]>(bytes + padding);
    if (filled_ > begin_) std::memcpy(larger.get(), buffer_.get() + begin_, filled_ - begin_);
    searched_ -= begin_;
    filled_ -= begin_;
    begin_ = 0;
    buffer_ = std::move(larger);
    capacity_ = bytes;
}

/// Adds a block behind what is there, if the file has more.
bool JsonlFile::fill()
{
    if (filled_ == begin_) begin_ = searched_ = filled_ = 0;
    if (filled_ + limits_.block > capacity_) {
        std::size_t const kept = filled_ - begin_;
        if (begin_ > 0 && kept + limits_.block <= capacity_) {
            std::memmove(buffer_.get(), buffer_.get() + begin_, kept);
            searched_ -= begin_;
            filled_ = kept;
            begin_ = 0;
        } else {
            // Doubled, so that a long line is copied a few times at most.
            reserve(std::max(kept + limits_.block, std::min(2 * capacity_, limits_.max_line + limits_.block)));
        }
    }
    ssize_t const got = read_at(fd_, buffer_.get() + filled_, limits_.block, offset_ + (filled_ - begin_));
    if (got < 0) error_ = errno;
    if (got <= 0) return false;
    filled_ += static_cast<std::size_t>(got);
    return true;
}

/// The line at begin_ is too long: looks for its end without keeping it. False if it has none yet.
bool JsonlFile::skip_long_line()
{
    std::uint64_t at = offset_ + (filled_ - begin_);
    for (;;) {
        ssize_t const got = read_at(fd_, buffer_.get(), std::min(limits_.block, capacity_), at);
        if (got < 0) error_ = errno;
        if (got <= 0) {
            // Not yet whole: stay before it.
            begin_ = searched_ = filled_ = 0;
            return false;
        }
        const void* const found = std::memchr(buffer_.get(), '\n', static_cast<std::size_t>(got));
        if (found == nullptr) {
            at += static_cast<std::uint64_t>(got);
            continue;
        }
        auto const length = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.get()) + 1;
        at += length;
        skipped_ += at - offset_;
        offset_ = at;
        begin_ = searched_ = length;
        filled_ = static_cast<std::size_t>(got);
        return true;
    }
}

bool JsonlFile::next(JsonlLine& line)
{
    if (error_ != 0) return false;
    for (;;) {
        if (searched_ < filled_) {
            const void* const found = std::memchr(buffer_.get() + searched_, '\n', filled_ - searched_);
            if (found != nullptr) {
                const char* const text = buffer_.get() + begin_;
                auto const length = static_cast<std::size_t>(static_cast<const char*>(found) - text);
                begin_ += length + 1;
                searched_ = begin_;
                if (length > limits_.max_line) {
                    skipped_ += length + 1;
                    offset_ += length + 1;
                    continue;
                }
                line.text = std::string_view(text, length);
                if (line.text.ends_with('\r')) line.text.remove_suffix(1);
                line.offset = offset_;
                line.end = offset_ += length + 1;
                return true;
            }
            searched_ = filled_;
        }
        if (filled_ - begin_ > limits_.max_line) {
            if (!skip_long_line()) return false;
            continue;
        }
        if (!fill()) return false;
    }
}

core::Result<void> JsonlFile::status() const
{
    if (error_ == 0) return {};
    return core::fail_errno(core::Errc::unavailable, "cannot read the conversation's file", error_);
}

core::Result<std::string> JsonlFile::bytes_at(std::uint64_t offset, std::size_t length) const
{
    std::string bytes;
    if (offset >= INT64_MAX) return bytes;
    while (bytes.size() < length) {
        std::size_t const before = bytes.size();
        std::size_t const part = std::min(length - before, std::size_t(1) << 20);
        bytes.resize(before + part);
        ssize_t const got = read_at(fd_, bytes.data() + before, part, offset + before);
        if (got < 0) return core::fail_errno(core::Errc::unavailable, "cannot read the conversation's file", errno);
        bytes.resize(before + static_cast<std::size_t>(got));
        if (got == 0) break;
    }
    return bytes;
}

} // namespace pix::workbench
