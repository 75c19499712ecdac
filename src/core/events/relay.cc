#include "core/events/relay.h"

#include <boost/asio/redirect_error.hpp>
#include <set>

namespace pix::events {

using core::Result;

namespace {

constexpr std::chrono::milliseconds poll_interval{2000};
constexpr std::chrono::milliseconds least_pause{50}; ///< between two notifications: 20 a second
constexpr const char* channel = "pix_journal";

} // namespace

/// Wakes run() from any thread.
struct Relay::Waker {
    explicit Waker(asio::io_context& context) : io(context), timer(context) {}

    asio::io_context& io;
    asio::steady_timer timer;
    std::atomic<bool> posted = false;
    std::atomic<bool> ours = false;   ///< this server appended
    std::atomic<bool> theirs = false; ///< a notification came

    static void wake(const std::shared_ptr<Waker>& self)
    {
        if (self->posted.exchange(true)) return;
        asio::post(self->io, [self] {
            self->posted = false;
            self->timer.cancel();
        });
    }
};

Relay::Relay(asio::io_context& io, store::Database& database, Journal& journal, Bus& bus)
    : database_(database), journal_(journal), bus_(bus), waker_(std::make_shared<Waker>(io))
{}

Result<std::unique_ptr<Relay>> Relay::open(asio::io_context& io, store::Database& database, Journal& journal, Bus& bus)
{
    if (database.dialect() == store::Dialect::sqlite) return std::unique_ptr<Relay>();
    std::unique_ptr<Relay> relay(new Relay(io, database, journal, bus));
    PIX_TRY(relay->seen_, database.read_now([&](store::Connection& connection) { return journal.newest(connection); }));
    auto notified = [waker = relay->waker_] {
        waker->theirs = true;
        Waker::wake(waker);
    };
    PIX_TRY(relay->listener_, store::NotificationListener::open(database.url(), channel, std::move(notified)));
    return relay;
}

void Relay::appended()
{
    waker_->ours = true;
    Waker::wake(waker_);
}

awaitable<void> Relay::notify()
{
    auto send = [](store::Connection& connection) -> Result<void> {
        PIX_CHECK(connection.query("SELECT pg_notify($1, '')", {channel}));
        return {};
    };
    // A notification that could not be sent is made up for by the others' polling.
    [[maybe_unused]] auto const sent = co_await database_.write(send);
}

awaitable<void> Relay::read_news()
{
    std::set<std::string> moved;
    for (;;) {
        auto const events = co_await journal_.read_all(seen_, Journal::max_page);
        if (!events || events->empty()) break;
        for (auto const& event : *events) moved.insert(event.stream);
        seen_ = events->back().position();
    }
    for (auto const& stream : moved) bus_.wake(stream);
}

awaitable<void> Relay::run()
{
    while (!stopping_) {
        if (!waker_->ours && !waker_->theirs) {
            waker_->timer.expires_after(poll_interval);
            boost::system::error_code ignored;
            co_await waker_->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        if (stopping_) co_return;
        waker_->theirs = false;
        bool const tell = waker_->ours.exchange(false);
        co_await read_news();
        if (!tell) continue;
        co_await notify();
        asio::steady_timer pause(waker_->io, least_pause);
        boost::system::error_code ignored;
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

void Relay::stop()
{
    stopping_ = true;
    waker_->timer.cancel();
}

} // namespace pix::events
