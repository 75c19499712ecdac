#include "workbench/account/stream_ticket.h"

#include "core/access/secret_text.h"

namespace pix::workbench {

StreamTicket StreamTickets::issue(TicketUse use, Identity identity, std::chrono::milliseconds life, core::Millis now)
{
    StreamTicket ticket;
    ticket.text = access::random_base64url(32);
    ticket.expires_at = now + life.count();
    while (entries_.size() >= most_) {
        by_hash_.erase(entries_.front().hash);
        entries_.pop_front();
    }
    std::string hash = access::hash_of(ticket.text);
    entries_.push_back({hash, std::move(use), std::move(identity), ticket.expires_at});
    by_hash_.emplace(std::move(hash), std::prev(entries_.end()));
    return ticket;
}

std::optional<Identity> StreamTickets::redeem(std::string_view text, const TicketUse& use, core::Millis now)
{
    auto const found = by_hash_.find(access::hash_of(text));
    if (found == by_hash_.end()) return std::nullopt;
    Entry const entry = std::move(*found->second);
    entries_.erase(found->second);
    by_hash_.erase(found);
    if (entry.expires_at <= now || entry.use != use) return std::nullopt;
    return entry.identity;
}

} // namespace pix::workbench
