#pragma once
#include <chrono>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/clock.h"
#include "core/base/error.h"
#include "workbench/account/account.h"

namespace pix::workbench {

/// What a ticket is good for.
struct TicketUse {
    std::string path;      ///< decoded, with base path, without query
    std::string transport; ///< "sse" | "ws"
    std::string method = "GET";
    bool operator==(const TicketUse&) const = default;
};

struct StreamTicket {
    std::string text; ///< 32 random bytes, base64url
    core::Millis expires_at = 0;
};

inline constexpr std::chrono::seconds ticket_life{60};
inline constexpr std::chrono::seconds shortest_ticket_life{5};
inline constexpr std::chrono::seconds longest_ticket_life{300};

/// Tickets that open one stream each, for clients that cannot send headers. They stand in addresses, and so in logs and
/// histories: that is why they work once and not for long.
///
/// Runs on: the io thread.
/// Owns:    hashes of at most `most` tickets; the oldest goes when one more is made. A restart forgets all.
class StreamTickets {
public:
    explicit StreamTickets(std::size_t most = 4096) : most_(most) {}

    StreamTicket issue(TicketUse use, Identity identity, std::chrono::milliseconds life, core::Millis now);
    /// Who the ticket was made for. Any ticket that is presented is spent, also for the wrong use.
    std::optional<Identity> redeem(std::string_view text, const TicketUse& use, core::Millis now);
    std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        std::string hash;
        TicketUse use;
        Identity identity;
        core::Millis expires_at = 0;
    };
    using Entries = std::list<Entry>;

    std::size_t most_;
    Entries entries_; ///< oldest first
    std::unordered_map<std::string, Entries::iterator> by_hash_;
};

} // namespace pix::workbench
