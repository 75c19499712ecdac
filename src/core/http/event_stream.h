#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/http/outbox.h"

namespace pix::http {

class Connection;

/// Frames bytes as one chunk of a body (RFC 9112 section 7.1).
SharedFrame chunk_frame(std::string_view bytes);

/// Frames one event (WHATWG HTML, section 9.2.5). Line breaks in `data` become lines of data; those in `name` are
/// removed. Make it once for all subscribers.
SharedFrame event_frame(std::optional<std::int64_t> id, std::string_view name, std::string_view data);

/// The body of a response that is written as it comes.
///
/// Runs on: the io thread.
/// Units:   holds at most 256 KiB that the client has not taken; a client that takes nothing for the slow-reader time
///          is cut off.
/// Errors:  Errc::cancelled when the client is gone or the server stops; what follows is not sent.
class BodyWriter {
public:
    explicit BodyWriter(std::shared_ptr<Connection> connection);
    ~BodyWriter();
    BodyWriter(const BodyWriter&) = delete;
    BodyWriter& operator=(const BodyWriter&) = delete;

    /// Sends a piece, and waits while the client is behind.
    awaitable<core::Result<void>> write(std::string chunk);
    bool client_gone() const;
    /// Called once, when the client goes or the server stops; at once if that has happened. One callback at a time.
    void on_gone(std::function<void()> fn);

protected:
    /// Queues without waiting; false when there is no room or nobody.
    bool push(SharedFrame frame);
    awaitable<core::Result<void>> send_and_wait(SharedFrame frame);

private:
    std::shared_ptr<Connection> connection_;
};

/// Writes a text/event-stream.
class EventWriter : public BodyWriter {
public:
    using BodyWriter::BodyWriter;

    /// Sends one event, and waits while the client is behind.
    awaitable<core::Result<void>> event(std::optional<std::int64_t> id, std::string name, std::string data);
    /// Keeps the connection alive through proxies; clients ignore it.
    awaitable<core::Result<void>> comment(std::string text = "");
    /// How long the browser waits before it connects again.
    awaitable<core::Result<void>> retry(std::chrono::milliseconds delay);

    /// Sends an event that many subscribers share, without waiting. Events of one turn of the loop leave together. When
    /// the client is too slow the event is not sent, and take_lagged() says so: read again from the journal.
    bool send(SharedFrame frame);
    bool take_lagged() { return std::exchange(lagged_, false); }

private:
    bool lagged_ = false;
};

} // namespace pix::http
