#include "core/http/outbox.h"

#include <array>

#include "core/http/connection.h"

namespace pix::http {

using core::Errc;
using core::fail;
using core::Result;

namespace {

/// What one system call takes; the kernel's own limit is 1024.
constexpr std::size_t max_pieces = 64;

} // namespace

Outbox::Outbox(Connection& connection, OutboxLimits limits, bool unframed)
    : connection_(connection), limits_(limits), unframed_(unframed)
{}

std::string_view Outbox::view(const WireFrame& frame) const
{
    std::string_view const bytes = frame.bytes;
    return unframed_ ? bytes.substr(frame.payload_at, frame.payload_size) : bytes;
}

bool Outbox::push(SharedFrame frame)
{
    if (closed_) return false;
    std::size_t const size = view(*frame).size();
    // One frame always fits into an empty queue, however large: it is there already, and shared.
    if (!empty() && (frames() >= limits_.frames || bytes_ + size > limits_.bytes)) return false;
    push_always(std::move(frame));
    return true;
}

void Outbox::push_always(SharedFrame frame)
{
    if (closed_) return;
    std::size_t const size = view(*frame).size();
    if (size == 0) return;
    bytes_ += size;
    if (head_ > 0 && queue_.size() == queue_.capacity()) {
        queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(head_));
        head_ = 0;
    }
    queue_.push_back(std::move(frame));
    if (scheduled_ || waiting_) return;
    scheduled_ = true;
    connection_.engine().flush_later(connection_.shared_from_this());
}

void Outbox::drop_unsent()
{
    std::size_t const keep = first_sent_ > 0 ? 1 : 0;
    while (frames() > keep) {
        bytes_ -= view(*queue_.back()).size();
        queue_.pop_back();
    }
}

void Outbox::flush()
{
    scheduled_ = false;
    while (!closed_ && !waiting_ && !empty()) {
        std::array<std::string_view, max_pieces> pieces;
        std::size_t count = 0;
        std::size_t wanted = 0;
        for (std::size_t at = head_; at < queue_.size() && count < max_pieces; ++at) {
            std::string_view bytes = view(*queue_[at]);
            if (count == 0) bytes.remove_prefix(first_sent_);
            pieces[count++] = bytes;
            wanted += bytes.size();
        }
        auto const outcome = connection_.transport().write(std::span(pieces.data(), count));
        std::size_t left = outcome.bytes;
        sent_ += left;
        while (left > 0) {
            std::size_t const size = view(*queue_[head_]).size();
            std::size_t const rest = size - first_sent_;
            if (left < rest) {
                first_sent_ += left;
                break;
            }
            left -= rest;
            first_sent_ = 0;
            bytes_ -= size;
            queue_[head_++].reset();
        }
        if (outcome.state == Transport::State::closed) {
            connection_.lose();
            return;
        }
        if (outcome.bytes < wanted) {
            if (outcome.bytes > 0 || !late_) connection_.expect_reader();
            late_ = true;
            waiting_ = true;
            auto writable = [this, self = connection_.shared_from_this()](const boost::system::error_code& error) {
                if (self->outbox() != this) return;
                waiting_ = false;
                if (error) {
                    if (!closed_ && self->is_gone()) close();
                    if (closed_) return;
                }
                flush();
            };
            connection_.transport().socket().async_wait(Transport::Socket::wait_write, std::move(writable));
        }
    }
    if (empty()) {
        // What a burst took is given back: an idle client keeps nothing.
        queue_ = std::vector<SharedFrame>();
        head_ = 0;
        if (late_) connection_.forget_deadline();
        late_ = false;
    }
    if (!closed_) moved_.wake();
}

void Outbox::close()
{
    closed_ = true;
    queue_ = std::vector<SharedFrame>();
    head_ = 0;
    bytes_ = 0;
    moved_.wake();
}

awaitable<Result<void>> Outbox::room()
{
    while (!closed_ && !empty() && (frames() > limits_.frames / 2 || bytes_ > limits_.bytes / 2))
        co_await moved_.wait();
    if (closed_) co_return fail(Errc::cancelled, "the client has gone");
    co_return Result<void>();
}

awaitable<Result<void>> Outbox::drained()
{
    while (!closed_ && !empty()) co_await moved_.wait();
    if (closed_) co_return fail(Errc::cancelled, "the client has gone");
    co_return Result<void>();
}

} // namespace pix::http
