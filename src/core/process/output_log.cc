#include "core/process/output_log.h"

#include <algorithm>

namespace pix::process {

using core::Errc;

namespace {

constexpr std::size_t max_piece = 64 * 1024;

} // namespace

OutputLog::OutputLog(asio::any_io_executor io, std::size_t memory_bytes)
    : io_(std::move(io)), limit_(std::max<std::size_t>(memory_bytes, 1024))
{}

void OutputLog::attach_spool(std::shared_ptr<Spool> spool, asio::thread_pool& files)
{
    spool_ = std::move(spool);
    files_ = &files;
    end_ = spool_->size();
    memory_.clear();
}

awaitable<core::Result<OutputPiece>> OutputLog::next(std::uint64_t offset, std::chrono::milliseconds timeout)
{
    const auto self = shared_from_this(); // the child may be let go while someone reads
    const auto deadline = Notice::Clock::now() + timeout;
    while (offset >= end_ && !closed_) {
        if (Notice::Clock::now() >= deadline) co_return core::fail(Errc::timeout, "no output in time");
        co_await changed_.wait(deadline);
    }
    OutputPiece piece;
    if (offset >= end_) {
        piece.offset = end_;
        piece.end = true;
        co_return piece;
    }
    if (offset < begin() && spool_ != nullptr) {
        auto read = [spool = spool_, offset]() {
            OutputPiece found;
            auto bytes = spool->read(offset, max_piece, found.offset);
            if (bytes) found.data = std::move(*bytes);
            return bytes ? core::Result<OutputPiece>(std::move(found)) : std::unexpected(bytes.error());
        };
        auto found = co_await core::run_on(*files_, std::move(read));
        // Nothing from the file means that it lost what is asked for; the memory may still have something later.
        if (!found) co_return std::unexpected(found.error());
        if (!found->data.empty() && found->offset < begin()) {
            piece = std::move(*found);
            piece.dropped = piece.offset - offset;
            co_return piece;
        }
    }
    piece.offset = std::max(offset, begin());
    piece.dropped = piece.offset - offset;
    piece.data = memory_.substr(static_cast<std::size_t>(piece.offset - begin()), max_piece);
    piece.end = closed_ && piece.next() >= end_;
    co_return piece;
}

std::string OutputLog::tail(std::size_t max_bytes) const
{
    return memory_.size() <= max_bytes ? memory_ : memory_.substr(memory_.size() - max_bytes);
}

void OutputLog::append(std::string_view bytes)
{
    if (bytes.empty()) return;
    end_ += bytes.size();
    memory_ += bytes;
    std::size_t keep = limit_;
    if (unread_from_ < end_) keep = std::max<std::size_t>(keep, end_ - unread_from_);
    if (memory_.size() > keep + limit_) memory_.erase(0, memory_.size() - keep);
    changed_.ring();
}

void OutputLog::close()
{
    closed_ = true;
    changed_.ring();
}

} // namespace pix::process
