#include "app/upkeep.h"

#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>

namespace pix::app {

namespace {

constexpr std::chrono::minutes first_after{5}; // not while everything else starts
constexpr std::chrono::hours every{1};
constexpr int jobs_at_once = 1000; // the writer is shared: short transactions
constexpr std::int64_t kept_events = 20'000;

} // namespace

Upkeep::Upkeep(asio::io_context& io, store::Database& database, jobs::Queue& queue, events::Journal& journal,
               const core::Clock& clock, std::chrono::hours keep)
    : database_(database), queue_(queue), journal_(journal), clock_(clock), keep_(keep), timer_(io)
{}

awaitable<core::Result<void>> Upkeep::tidy()
{
    core::Millis const before = clock_.now() - std::chrono::duration_cast<std::chrono::milliseconds>(keep_).count();
    auto remove = [this, before](store::Connection& tx) { return queue_.remove_finished(tx, before, jobs_at_once); };
    for (std::int64_t removed = jobs_at_once; removed == jobs_at_once && !stopping_;) {
        PIX_CO_TRY(removed, co_await database_.write(remove));
    }
    auto trim = [this](store::Connection& tx) { return journal_.trim(tx, "jobs", kept_events); };
    PIX_CO_CHECK(co_await database_.write(trim));
    co_return core::Result<void>();
}

awaitable<void> Upkeep::run()
{
    std::chrono::steady_clock::duration pause = first_after;
    while (!stopping_) {
        timer_.expires_after(pause);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (stopping_) co_return;
        pause = every;
        auto const tidied = co_await tidy();
        if (!tidied) spdlog::warn("old jobs cannot be removed: {}", tidied.error().message);
    }
}

void Upkeep::stop()
{
    stopping_ = true;
    timer_.cancel();
}

} // namespace pix::app
