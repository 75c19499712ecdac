#pragma once
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <vector>

#include "workbench/session_index/folder_watch.h"
#include "workbench/session_index/index_store.h"

namespace pix::workbench {

using SessionReaders = std::vector<std::unique_ptr<SessionReader>>;

/// Keeps the index true to the stores of the agents: looks through them at start, reads what is new, then follows their
/// changes.
///
/// Runs on: its own thread, which gives way to others; snapshot(), forget() and stop() on any.
/// Units:   reads 2 MiB of a transcript at a time; a burst of changes is one update, 60 ms after its first.
class Indexer {
public:
    /// Called on the thread of the index after every snapshot; what discover() finds at the start is in no list.
    using OnChange = std::function<void(const SnapshotPtr&, std::vector<SessionChange>)>;

    /// Both outlive it.
    Indexer(IndexStore& store, const SessionReaders& readers);
    ~Indexer();
    Indexer(const Indexer&) = delete;
    Indexer& operator=(const Indexer&) = delete;

    /// Before start().
    void on_change(OnChange fn) { on_change_ = std::move(fn); }
    /// Loads what the index has; then the thread goes on by itself.
    core::Result<void> start();
    void stop();

    SnapshotPtr snapshot() const;
    /// The conversation has been deleted: it is in no snapshot from now on.
    void forget(std::int64_t number);

private:
    class Sink;
    using Clock = std::chrono::steady_clock;

    void run(const std::stop_token& stop);
    void discover_all();
    void discover(const SessionReader& reader);
    void hear(const FolderWatch::Heard& heard);
    bool look_at(const std::filesystem::path& file);
    void meet(SessionSource source);
    void drop(std::int64_t number);
    void take_forgotten();
    bool read_heads(const std::stop_token& stop);
    bool read_on();
    std::int64_t next_number() const;
    void read_one(std::int64_t number, std::vector<SessionUpdate>& updates);
    void failed(std::int64_t number, const core::Error& error);
    void commit(std::vector<SessionUpdate>& updates);
    void replace(const SessionPtr& entry);
    void publish(bool now);
    const SessionReader& reader_of(Provider provider) const;

    IndexStore& store_;
    const SessionReaders& readers_;
    OnChange on_change_;

    mutable std::mutex mutex_; ///< for the next two
    SnapshotPtr snapshot_ = std::make_shared<SessionSnapshot>();
    std::vector<std::int64_t> to_forget_;

    std::map<std::int64_t, SessionPtr> entries_;
    std::map<std::pair<Provider, std::string>, std::int64_t> by_id_;
    std::unordered_map<std::string, std::int64_t> by_path_;
    std::set<std::pair<std::int64_t, std::int64_t>> waiting_; ///< (modified, number) of what is not read to its end
    std::deque<std::int64_t> urgent_;                         ///< has just changed
    std::set<std::int64_t> restart_;                          ///< shrank or was replaced
    std::set<std::int64_t> without_facts_;
    std::map<std::int64_t, Clock::time_point> later_; ///< could not be read
    std::map<std::int64_t, ReadState> states_;        ///< of those read last
    std::vector<SessionChange> changes_;
    Clock::time_point published_{};
    std::uint64_t version_ = 0;
    std::int64_t last_number_ = 0;
    bool ready_ = false;
    bool dirty_ = false;
    bool tidy_ = false;
    std::unique_ptr<FolderWatch> watch_;
    std::jthread thread_;
};

} // namespace pix::workbench
