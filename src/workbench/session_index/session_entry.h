#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "workbench/session_readers/session_reader.h"

namespace pix::workbench {

/// One conversation as the index knows it. Never changes: what is new is a new entry.
struct SessionEntry {
    std::int64_t number = 0; ///< within the index; gone with it
    SessionSource source;
    SessionFacts facts;
    bool has_facts = false;   ///< false: only what discover() said
    bool is_whole = false;    ///< read to the end of what `source` says
    std::uint64_t offset = 0; ///< bytes that are read, and searchable

    /// Of its records; while they are unread, of its file.
    core::Millis last_activity() const
    {
        return facts.last_activity != 0 ? facts.last_activity : source.modified / 1'000'000;
    }
};

using SessionPtr = std::shared_ptr<const SessionEntry>;

/// How far the index is.
struct IndexProgress {
    std::int64_t sessions = 0;
    std::int64_t sessions_done = 0;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_done = 0;
    bool is_ready = false; ///< the stores have been looked through once
    bool is_whole() const { return is_ready && sessions_done >= sessions; }
};

/// Every conversation at one moment.
struct SessionSnapshot {
    std::uint64_t version = 0; ///< grows with every change
    std::vector<SessionPtr> sessions;
    IndexProgress progress;
};

using SnapshotPtr = std::shared_ptr<const SessionSnapshot>;

/// What happened to a conversation.
struct SessionChange {
    enum class Kind : std::uint8_t { added, changed, removed };
    Kind kind = Kind::changed;
    SessionPtr session;
};

} // namespace pix::workbench
