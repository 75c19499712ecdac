#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/process/notice.h"
#include "core/process/spool.h"

namespace pix::process {

/// A run of bytes of a log.
struct OutputPiece {
    std::uint64_t offset = 0;  ///< where `data` starts, counted from the child's first byte
    std::string data;          ///< empty only at the end
    std::uint64_t dropped = 0; ///< bytes between the offset asked for and `offset` that are no longer kept
    bool end = false;          ///< nothing follows this piece

    std::uint64_t next() const { return offset + data.size(); }
};

/// One output stream of a child: the newest bytes in memory, more of them in a spool file if there is one.
///
/// Runs on: the io thread; the spool file is read and written on the pool given.
/// Owns:    the spool file's descriptor.
/// Units:   offsets and sizes in bytes since the child's start, also across a change of server.
/// Errors:  Errc::timeout (nothing came in time), Errc::unavailable (the spool file cannot be read).
class OutputLog : public std::enable_shared_from_this<OutputLog> {
public:
    OutputLog(asio::any_io_executor io, std::size_t memory_bytes);

    /// Keeps what is in `spool` as the log's beginning and sends all further bytes there too.
    void attach_spool(std::shared_ptr<Spool> spool, asio::thread_pool& files);

    /// What follows `offset`, at most 64 KiB: at once if there is something, else as soon as something comes.
    /// At the end of the stream a piece with `end` and no data.
    awaitable<core::Result<OutputPiece>> next(std::uint64_t offset, std::chrono::milliseconds timeout);

    std::uint64_t begin() const { return end() - memory_.size(); } ///< the oldest byte in memory
    std::uint64_t end() const { return end_; }
    bool closed() const { return closed_; }

    /// The last `max_bytes` of what is in memory.
    std::string tail(std::size_t max_bytes) const;
    /// Everything in memory.
    std::string text() const { return tail(memory_.size()); }
    /// True once something fell out of memory.
    bool overflowed() const { return end_ > memory_.size(); }

    /// Adds bytes that are already in the spool file if there is one; wakes readers.
    void append(std::string_view bytes);
    /// Nothing from `offset` on is dropped from memory; whoever says so bounds what is appended.
    void keep_from(std::uint64_t offset) { unread_from_ = offset; }
    /// No more bytes will come; wakes readers.
    void close();

private:
    asio::any_io_executor io_;
    std::size_t limit_;
    std::string memory_; // may grow to twice limit_ before its older half is cut
    std::uint64_t end_ = 0;
    std::uint64_t unread_from_ = ~std::uint64_t{0};
    bool closed_ = false;
    std::shared_ptr<Spool> spool_;
    asio::thread_pool* files_ = nullptr;
    Notice changed_;
};

} // namespace pix::process
