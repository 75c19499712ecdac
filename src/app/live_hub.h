#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "core/base/async.h"
#include "core/events/bus.h"
#include "core/events/journal.h"
#include "core/events/live_stream.h"
#include "core/http/request.h"
#include "core/http/websocket.h"

namespace pix::app {

/// The pages' one WebSocket, /live: who subscribes to which streams, and what each is sent.
///
///   page -> {"subscribe": {"jobs": 12, "tools": null}}     the last number that the page shows, null for "from now"
///           {"unsubscribe": ["jobs"]}
///   page <- [{"stream": "jobs", "number": 13, "kind": "job_started", "data": {…}, "html": "<li …"}, …]
///           [{"stream": "jobs", "number": 13, "kind": "joined"}]   the answer to each subscription, after what was
///           missed
///           [{"stream": "jobs", "number": 99, "kind": "resync"}]   what was missed is gone: load that part again
///           [{"kind": "resync"}]                                   this page fell behind: load everything again
///           [{"stream": "x", "kind": "refused"}]                   nobody may watch that here
///
/// A stream's events of one moment are one frame, made once for all pages that watch it.
///
/// Runs on: the io thread.
/// Units:   64 streams a page; 1,000 missed events are caught up, more is a resync.
class LiveHub {
public:
    /// Says what an event looks like on a page; nothing: it is sent as data only.
    using Render = std::function<std::optional<std::string>(const std::string& stream, const std::string& kind,
                                                            const boost::json::value& data)>;
    /// Whether a page of this door may watch that stream.
    using Allow = std::function<bool(const http::Request& request, const std::string& stream)>;

    LiveHub(asio::io_context& io, events::Bus& bus, events::Journal& journal, events::LiveStreams& streams,
            Render render, Allow allow);
    ~LiveHub();

    /// Sends what moves, until the bus is closed.
    awaitable<void> run();
    /// Speaks with one page until it goes.
    awaitable<void> serve(std::shared_ptr<http::Request> request, std::shared_ptr<http::WebSocket> socket);

    std::size_t clients() const { return clients_; }

private:
    struct Channel;
    struct Batch;
    using Watchers = std::set<std::shared_ptr<http::WebSocket>>;

    awaitable<std::int64_t> last_number(std::string stream);
    awaitable<Batch> read(std::string stream, std::int64_t after);
    awaitable<void> pump(std::shared_ptr<Channel> channel);
    awaitable<void> join(std::shared_ptr<http::WebSocket> socket, std::string stream,
                         std::optional<std::int64_t> after);
    void drop_if_unwatched(const std::shared_ptr<Channel>& channel);
    void leave(const std::shared_ptr<http::WebSocket>& socket, const std::string& stream);

    events::Subscription subscription_;
    events::Journal& journal_;
    events::LiveStreams& streams_;
    Render render_;
    Allow allow_;
    std::map<std::string, std::shared_ptr<Channel>> channels_;
    std::size_t clients_ = 0;
};

} // namespace pix::app
