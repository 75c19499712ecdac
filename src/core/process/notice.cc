#include "core/process/notice.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace pix::process {

awaitable<void> Notice::wait(Clock::time_point deadline)
{
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_at(deadline);
    struct Entry {
        std::list<asio::steady_timer*>& list;
        std::list<asio::steady_timer*>::iterator place;
        ~Entry() { list.erase(place); }
    };
    const Entry entry{waiting_, waiting_.insert(waiting_.end(), &timer)};
    boost::system::error_code rung;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, rung));
}

void Notice::ring()
{
    for (auto* timer : waiting_) timer->cancel();
}

} // namespace pix::process
