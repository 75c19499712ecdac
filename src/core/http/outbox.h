#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/http/signal.h"

namespace pix::http {

class Connection;

/// Bytes that were framed once (an HTTP chunk, a WebSocket message) and may be in the queues of many clients at once:
/// the last queue that holds them frees them.
struct WireFrame {
    std::string bytes;
    std::size_t payload_at = 0; ///< where the unframed part begins, for clients of HTTP/1.0
    std::size_t payload_size = 0;
};
using SharedFrame = std::shared_ptr<const WireFrame>;

struct OutboxLimits {
    std::size_t frames = 256;
    std::size_t bytes = 256 * 1024;
};

/// The frames that one client has not taken yet. Whatever is pushed in one turn of the loop leaves in one system call.
///
/// Runs on: the io thread.
/// Owns:    references to frames, up to its limits; a push beyond them is refused and nothing is kept of it.
class Outbox {
public:
    Outbox(Connection& connection, OutboxLimits limits, bool unframed);

    /// Queues a frame; false when the client is gone or too slow (the frame is not queued then).
    bool push(SharedFrame frame);
    /// The same past the limits, for what must be said last: a resync, a close.
    void push_always(SharedFrame frame);
    /// Forgets every frame of which nothing has been sent.
    void drop_unsent();

    /// Waits until at most half of the limits is queued, or everything has left.
    /// Errors: Errc::cancelled when the client is gone, or the server stops.
    awaitable<core::Result<void>> room();
    awaitable<core::Result<void>> drained();

    /// Writes what the kernel takes. Called by the engine at the end of a turn.
    void flush();
    /// No more frames; wakes who waits.
    void close();
    bool closed() const { return closed_; }
    bool empty() const { return head_ == queue_.size(); }
    std::size_t frames() const { return queue_.size() - head_; }
    std::size_t bytes() const { return bytes_; }
    std::uint64_t sent_bytes() const { return sent_; }

private:
    std::string_view view(const WireFrame& frame) const;

    Connection& connection_;
    OutboxLimits limits_;
    std::vector<SharedFrame> queue_; ///< from head_ on; a deque would take 600 bytes when empty
    std::size_t head_ = 0;
    std::size_t bytes_ = 0;
    std::size_t first_sent_ = 0; ///< bytes of the first frame that have left
    std::uint64_t sent_ = 0;
    Signal moved_;
    bool unframed_;
    bool scheduled_ = false;
    bool waiting_ = false; ///< for the socket
    bool late_ = false;    ///< the slow-reader deadline runs
    bool closed_ = false;
};

} // namespace pix::http
