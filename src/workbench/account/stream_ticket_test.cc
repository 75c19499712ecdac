#include "workbench/account/stream_ticket.h"

#include <gtest/gtest.h>

namespace pix::workbench {
namespace {

constexpr core::Millis start = 1'700'000'000'000;

Identity ada()
{
    return {1, "ada", "admin", {"user", "1"}, "login/x"};
}

TEST(StreamTickets, are_bound_to_path_transport_and_method)
{
    StreamTickets tickets;
    TicketUse const use{"/api/live", "sse"};
    for (TicketUse const& wrong : {TicketUse{"/api/live/", "sse"}, TicketUse{"/api/live", "ws"},
                                   TicketUse{"/api/live", "sse", "POST"}, TicketUse{"", "sse"}}) {
        auto const ticket = tickets.issue(use, ada(), ticket_life, start);
        EXPECT_FALSE(tickets.redeem(ticket.text, wrong, start));
        EXPECT_FALSE(tickets.redeem(ticket.text, use, start));
    }
    auto const ticket = tickets.issue(use, ada(), ticket_life, start);
    EXPECT_EQ(tickets.redeem(ticket.text, use, start)->user_id, 1);
    EXPECT_EQ(tickets.size(), 0U);
}

TEST(StreamTickets, forget_the_oldest_when_there_are_too_many)
{
    StreamTickets tickets(3);
    TicketUse const use{"/x", "sse"};
    std::vector<std::string> texts;
    for (int i = 0; i < 5; ++i) texts.push_back(tickets.issue(use, ada(), ticket_life, start).text);
    EXPECT_EQ(tickets.size(), 3U);
    EXPECT_FALSE(tickets.redeem(texts[0], use, start));
    EXPECT_FALSE(tickets.redeem(texts[1], use, start));
    EXPECT_TRUE(tickets.redeem(texts[2], use, start));
    EXPECT_TRUE(tickets.redeem(texts[4], use, start));
}

TEST(StreamTickets, last_as_long_as_they_say)
{
    StreamTickets tickets;
    TicketUse const use{"/x", "sse"};
    auto const first = tickets.issue(use, ada(), shortest_ticket_life, start);
    EXPECT_TRUE(tickets.redeem(first.text, use, start + 4999));
    auto const second = tickets.issue(use, ada(), shortest_ticket_life, start);
    EXPECT_FALSE(tickets.redeem(second.text, use, start + 5000));
    EXPECT_FALSE(tickets.redeem("", use, start));
}

} // namespace
} // namespace pix::workbench
