#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/async.h"
#include "core/base/error.h"

namespace pix::events {

/// Bytes or a delta that somebody may be watching: a token, a log line, a piece of a terminal.
struct LiveEvent {
    std::int64_t number = 0; ///< 1, 2, 3 … within the stream
    std::string kind;
    std::string data;
    bool operator==(const LiveEvent&) const = default;
};

struct LiveLimits {
    std::size_t ring_events = 4096;
    std::size_t ring_bytes = 256 * 1024;
    std::size_t spool_bytes = 8 * 1024 * 1024; ///< of the file; 0 keeps nothing on disk
    std::chrono::milliseconds text_pause{30};  ///< between two events of append_text()
    std::size_t text_bytes = 4096;             ///< that append_text() holds back at most
};

/// What a reader gets.
struct LivePage {
    std::vector<LiveEvent> events;
    bool resync = false; ///< events between the asked number and the first one here are gone
    bool closed = false; ///< nothing will follow after these
};

/// A numbered, bounded stream: a ring in memory, and behind it a spool file that outlives a restart. A reader costs
/// nothing between its reads, however slow it is.
///
/// Runs on: the io thread; files are written and read on the pool, in order.
class LiveStream : public std::enable_shared_from_this<LiveStream> {
public:
    ~LiveStream();
    LiveStream(const LiveStream&) = delete;
    LiveStream& operator=(const LiveStream&) = delete;

    const std::string& name() const { return name_; }
    std::int64_t last_number() const { return last_number_; }
    bool is_closed() const { return closed_; }

    /// Adds an event and wakes whoever waits; its number. After close(): 0, and nothing is added.
    std::int64_t append(std::string_view kind, std::string_view data);

    /// Adds to a text that comes in small pieces: the first is an event at once, those that follow within text_pause of
    /// it become one, before whatever is appended next. After close() nothing is added.
    void append_text(std::string_view kind, std::string_view piece);

    /// From memory: events after a number, at most `max`.
    LivePage read(std::int64_t after, std::size_t max = 1000) const;
    /// The same, but what has left memory comes from the spool.
    awaitable<LivePage> read_back(std::int64_t after, std::size_t max = 1000);

    /// Waits until there is something after `after`, the stream is closed, or `timeout` has passed.
    awaitable<void> wait(std::int64_t after, std::chrono::milliseconds timeout);

    /// Nothing will follow.
    void close();
    /// Finishes when everything appended so far is in the spool (or could not be written).
    awaitable<void> flush();

private:
    friend class LiveStreams;
    LiveStream(asio::io_context& io, asio::thread_pool& pool, std::string name, std::filesystem::path file,
               LiveLimits limits);
    void release_text();
    void trim();
    void wake();
    void spool(const LiveEvent& event);
    static awaitable<void> write_spool(std::shared_ptr<LiveStream> self);

    asio::io_context& io_;
    asio::thread_pool& pool_;
    std::string name_;
    std::filesystem::path file_; ///< newest half; the older one has ".1" added
    LiveLimits limits_;
    std::deque<LiveEvent> ring_;
    std::size_t ring_bytes_ = 0;
    std::int64_t last_number_ = 0;
    bool closed_ = false;
    std::string text_kind_;
    std::string text_;                                ///< held back
    std::chrono::steady_clock::time_point text_at_{}; ///< of the last event of append_text()
    bool text_timed_ = false;
    std::string unwritten_;
    std::size_t file_bytes_ = 0;
    bool writing_ = false;
    std::vector<std::shared_ptr<asio::steady_timer>> waiters_;
    std::function<void(const std::string&)> told_; ///< LiveStreams::on_append
};

/// The live streams of this server by name.
///
/// Runs on: the io thread.
/// Owns:    the spool files under its folder.
class LiveStreams {
public:
    LiveStreams(asio::io_context& io, asio::thread_pool& pool, std::filesystem::path folder);

    /// The stream of that name; made, with what its spool still holds, if there is none. Reads the spool: blocking, but
    /// bounded by spool_bytes and only for a stream of an earlier server.
    std::shared_ptr<LiveStream> open(const std::string& name, LiveLimits limits = {});
    /// Null if nobody opened it.
    std::shared_ptr<LiveStream> find(const std::string& name) const;
    /// What is left of a stream of an earlier server, for a page that shows the past; null if nothing is.
    std::shared_ptr<LiveStream> find_spooled(const std::string& name);
    /// Forgets a closed stream; its spool stays.
    void forget(const std::string& name);
    /// Forgets it and deletes its spool.
    void remove(const std::string& name);

    /// Called after each append and close, with the stream's name: for the bus.
    void on_append(std::function<void(const std::string&)> wake) { wake_ = std::move(wake); }

private:
    friend class LiveStream;
    std::filesystem::path file_of(const std::string& name) const;

    asio::io_context& io_;
    asio::thread_pool& pool_;
    std::filesystem::path folder_;
    std::map<std::string, std::shared_ptr<LiveStream>> streams_;
    std::function<void(const std::string&)> wake_;
};

/// Reads the records of a spool from `bytes`: those after the last gap, up to the first one that is cut or damaged,
/// which begins at `good_bytes`. Exposed for tests and fuzzing.
std::vector<LiveEvent> parse_spool(std::string_view bytes, std::size_t* good_bytes = nullptr);

} // namespace pix::events
