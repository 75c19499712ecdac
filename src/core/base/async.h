#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <type_traits>

namespace pix {

namespace asio = boost::asio;

/// A coroutine. Rules, each with its reason:
///  - parameters by value unless App owns them: the caller's frame may be gone when it resumes;
///  - no capturing lambda as a coroutine: its captures die first;
///  - no lock held across co_await: another thread may resume it;
///  - g++ 12 destroys braced temporaries inside a co_await expression twice: name them first.
template <class T = void>
using awaitable = asio::awaitable<T>;

namespace core {

/// Runs `work` on `pool` and resumes the caller where it was (the io thread). Exceptions pass through.
/// `work` is moved into the pool; it must own what it touches or refer to what App owns.
template <class Work>
awaitable<std::invoke_result_t<Work>> run_on(asio::thread_pool& pool, Work work)
{
    auto on_pool = [](Work moved) -> awaitable<std::invoke_result_t<Work>> { co_return moved(); };
    co_return co_await asio::co_spawn(pool.get_executor(), on_pool(std::move(work)), asio::use_awaitable);
}

} // namespace core
} // namespace pix
