#pragma once
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/process/fd.h"
#include "core/process/message.h"

namespace pix::process {

/// A message and the descriptors that came with it.
struct Packet {
    Message message;
    std::vector<Fd> fds;
};

/// One end of the socket between server and guardian.
///
/// Runs on: one thread; never blocks, the owner waits for readiness of fd().
/// Owns:    the socket, and descriptors queued for sending.
/// Errors:  Errc::gone (the other side is gone), Errc::invalid (it sent nonsense), Errc::limit (it does not read).
/// Source:  unix(7): SOCK_SEQPACKET keeps message borders, SCM_RIGHTS carries descriptors. A message that does not
///          fit into a packet travels in a sealed memory file.
class Channel {
public:
    Channel() = default;
    explicit Channel(Fd socket) : socket_(std::move(socket)) {}

    int fd() const { return socket_.get(); }
    bool is_open() const { return static_cast<bool>(socket_); }
    void close();

    /// Sends now what fits and queues the rest.
    core::Result<void> send(const Message& message, std::vector<Fd> fds = {});
    /// Sends what is queued; call when the socket can be written.
    core::Result<void> flush();
    bool has_queued() const { return !queue_.empty(); }

    /// The next message, or nothing if none is there.
    core::Result<std::optional<Packet>> receive();

private:
    struct Outgoing {
        std::string bytes;
        std::vector<Fd> fds;
    };
    Fd socket_;
    std::deque<Outgoing> queue_;
};

/// A second descriptor for the same open file; empty when there are none left.
Fd duplicate(int fd);

} // namespace pix::process
