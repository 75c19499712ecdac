#include "workbench/session_index/state_cache.h"

#include <algorithm>

namespace pix::workbench {

namespace {

constexpr std::size_t states_at_most = 8;
constexpr std::size_t bytes_at_most = 8UL << 20;

} // namespace

bool StateCache::Kept::is_of(const SessionEntry& session) const
{
    return number == session.number && offset == session.offset && modified == session.source.modified &&
           inode == session.source.inode;
}

StateCache::StatePtr StateCache::find(const SessionEntry& session)
{
    std::scoped_lock const lock(mutex_);
    auto const found = std::ranges::find_if(kept_, [&](const Kept& one) { return one.is_of(session); });
    if (found == kept_.end()) return nullptr;
    kept_.splice(kept_.begin(), kept_, found);
    return found->state;
}

void StateCache::keep(const SessionEntry& session, StatePtr state, std::size_t bytes)
{
    if (bytes > bytes_at_most) return;
    std::scoped_lock const lock(mutex_);
    // An older version of it is of no use to anybody.
    std::erase_if(kept_, [&](const Kept& one) {
        bool const is_old = one.number == session.number;
        if (is_old) bytes_ -= one.bytes;
        return is_old;
    });
    kept_.push_front(
        {session.number, session.offset, session.source.modified, session.source.inode, std::move(state), bytes});
    bytes_ += bytes;
    while (kept_.size() > states_at_most || bytes_ > bytes_at_most) {
        bytes_ -= kept_.back().bytes;
        kept_.pop_back();
    }
}

} // namespace pix::workbench
