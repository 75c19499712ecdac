#pragma once
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>

#include "workbench/session_index/session_entry.h"

namespace pix::workbench {

/// What readers left of the conversations that were paged last, so that the next page need not parse it again.
///
/// Runs on: any thread.
/// Owns:    at most 8 states of 8 MiB in all; the one unused for longest goes first.
class StateCache {
public:
    using StatePtr = std::shared_ptr<const ReadState>;

    /// The state of exactly this version of the conversation, or nullptr.
    StatePtr find(const SessionEntry& session);
    void keep(const SessionEntry& session, StatePtr state, std::size_t bytes);

private:
    struct Kept {
        std::int64_t number = 0;
        std::uint64_t offset = 0;
        std::int64_t modified = 0;
        std::uint64_t inode = 0;
        StatePtr state;
        std::size_t bytes = 0;

        bool is_of(const SessionEntry& session) const;
    };

    std::mutex mutex_;
    std::list<Kept> kept_; ///< the one used last is first
    std::size_t bytes_ = 0;
};

} // namespace pix::workbench
