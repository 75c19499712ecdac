#pragma once
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/async.h"
#include "core/base/clock.h"
#include "workbench/session_index/indexer.h"
#include "workbench/session_index/search.h"
#include "workbench/session_index/state_cache.h"

namespace pix::workbench {

/// All conversations of all agents on this machine: lists, pages of messages, search.
///
/// Runs on: the io thread; files are read on the pool, the index on threads of its own.
/// Owns:    the readers and the file of the index.
class SessionIndex {
public:
    /// `pool` outlives it.
    static core::Result<std::unique_ptr<SessionIndex>> open(const std::filesystem::path& file, SessionReaders readers,
                                                            asio::thread_pool& pool);
    ~SessionIndex();

    /// Called on the thread of the index. Before start().
    void on_change(Indexer::OnChange fn) { indexer_.on_change(std::move(fn)); }
    core::Result<void> start() { return indexer_.start(); }
    void stop();

    SnapshotPtr snapshot() const { return indexer_.snapshot(); }

    /// Errors: those of SessionReader::page.
    awaitable<core::Result<MessagePage>> page(SessionPtr session, PageRequest request);
    /// Deletes a conversation from its agent's store.
    awaitable<core::Result<void>> remove(SessionPtr session);

    /// Conversations of `scope` with what the query asks for, the best first, at most `limit` of them. What is not
    /// indexed yet is read now, the newest first, for as long as `patience` says; a file that would take longer is left
    /// out.
    struct Request {
        SearchQuery query;
        std::shared_ptr<const SearchScope> scope;
        std::size_t limit = 50;
        std::chrono::milliseconds patience{1500};
        core::Millis now = 0;
        bool in_index = true;                      ///< what is indexed, and titles
        bool in_files = true;                      ///< what is not indexed yet
        std::shared_ptr<std::atomic<bool>> stop{}; ///< if there is one: true when nobody waits any more
    };
    awaitable<core::Result<SearchOutcome>> search(Request request);
    awaitable<core::Result<std::vector<UsageSum>>> usage(std::int64_t from_day, std::int64_t before_day);

private:
    SessionIndex(std::unique_ptr<IndexStore> store, SessionReaders readers, asio::thread_pool& pool);

    const SessionReader& reader_of(Provider provider) const;
    StateCache::StatePtr state_of(const SessionEntry& session);

    SessionReaders readers_;
    std::unique_ptr<IndexStore> store_;
    asio::thread_pool& pool_;
    StateCache states_;
    Indexer indexer_;
};

} // namespace pix::workbench
