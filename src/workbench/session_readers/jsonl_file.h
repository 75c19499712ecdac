#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace pix::workbench {

struct JsonlLimits {
    std::size_t max_line = std::size_t(16) << 20; ///< longer lines are skipped and counted, never buffered
    std::size_t block = std::size_t(256) << 10;   ///< read at once
};

/// One whole line. `text` is valid until the next call of next(), without its line break; at least
/// JsonlFile::padding bytes behind it may be read, so that simdjson needs no copy.
struct JsonlLine {
    std::string_view text;
    std::uint64_t offset = 0; ///< of its first byte in the file
    std::uint64_t end = 0;    ///< behind its line break
};

/// Reads a file of one JSON value a line, from any line's beginning on. The file may grow, shrink or be replaced
/// meanwhile; its bytes are copied, never mapped, so a file that shrinks cannot end the program.
///
///     PIX_TRY(auto file, JsonlFile::open(path));
///     file.seek(state.offset);
///     for (JsonlLine line; file.next(line);) ... line.text ...
///     PIX_CHECK(file.status());
///     state.offset = file.offset();            // a half-written last line waits for its line break
///     skipped += file.skipped_bytes();         // overlong lines
///
/// Runs on: any thread, one at a time.
/// Owns:    the file descriptor and one buffer: a block, or the longest line met so far.
/// Errors:  Errc::not_found, Errc::unavailable (no permission, not a regular file, a read that failed).
class JsonlFile {
public:
    static constexpr std::size_t padding = 64;

    static core::Result<JsonlFile> open(const std::filesystem::path& path, const JsonlLimits& limits = {});

    JsonlFile(JsonlFile&& other) noexcept;
    JsonlFile& operator=(JsonlFile&& other) noexcept;
    JsonlFile(const JsonlFile&) = delete;
    JsonlFile& operator=(const JsonlFile&) = delete;
    ~JsonlFile();

    /// As they were when the file was opened.
    std::uint64_t size() const { return size_; }
    std::int64_t modified() const { return modified_; }
    std::uint64_t inode() const { return inode_; }

    /// Goes on at `offset`, which must be a line's beginning.
    void seek(std::uint64_t offset);
    /// The next whole line that is not too long. False at the end, at a half line, and when reading fails.
    bool next(JsonlLine& line);
    /// Behind the last line that was given or skipped: where to go on later.
    std::uint64_t offset() const { return offset_; }
    /// Bytes of overlong lines since the file was opened.
    std::uint64_t skipped_bytes() const { return skipped_; }
    /// Whether next() ended for want of lines, or why else.
    core::Result<void> status() const;

    /// The bytes from `offset` on, at most `length`; fewer at the end of the file.
    core::Result<std::string> bytes_at(std::uint64_t offset, std::size_t length) const;

private:
    JsonlFile() = default;
    bool fill();
    bool skip_long_line();
    void reserve(std::size_t bytes);

    int fd_ = -1;
    JsonlLimits limits_;
    std::uint64_t size_ = 0;
    std::int64_t modified_ = 0;
    std::uint64_t inode_ = 0;
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0; ///< without the padding
    std::size_t begin_ = 0;    ///< of the bytes not yet given
    std::size_t searched_ = 0; ///< up to here there is no line break
    std::size_t filled_ = 0;
    std::uint64_t offset_ = 0; ///< in the file, of buffer_[begin_]
    std::uint64_t skipped_ = 0;
    int error_ = 0;
};

} // namespace pix::workbench
