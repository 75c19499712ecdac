#include "core/events/bus.h"

#include <boost/asio/redirect_error.hpp>
#include <list>
#include <mutex>
#include <unordered_map>

namespace pix::events {

struct Subscription::State {
    State(asio::io_context& io, std::string text) : pattern(std::move(text)), timer(io) {}

    std::string pattern;
    std::set<std::string> moved;
    bool lagged = false;
    bool closed = false;
    asio::steady_timer timer; ///< expiry is the waiter's timeout; cancelled to wake it
    std::function<void()> forget;

    void hear(const std::string& stream)
    {
        if (moved.size() < Bus::max_pending)
            moved.insert(stream);
        else if (!moved.contains(stream))
            lagged = true;
        timer.cancel();
    }
    void close()
    {
        closed = true;
        timer.cancel();
    }
};

Subscription::Subscription(Subscription&&) noexcept = default;

Subscription::~Subscription()
{
    if (state_ && state_->forget) state_->forget();
}

awaitable<Subscription::Moved> Subscription::changed(std::chrono::milliseconds timeout)
{
    auto const state = state_;
    if (state->moved.empty() && !state->lagged && !state->closed) {
        state->timer.expires_after(timeout);
        boost::system::error_code ignored;
        co_await state->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    Moved result;
    result.streams.assign(state->moved.begin(), state->moved.end());
    result.lagged = state->lagged;
    result.closed = state->closed;
    state->moved.clear();
    state->lagged = false;
    co_return result;
}

struct Bus::State {
    explicit State(asio::io_context& context) : io(context) {}

    asio::io_context& io;
    std::unordered_multimap<std::string, Subscription::State*> exact;
    std::list<Subscription::State*> prefixes; ///< patterns that end in "*"
    bool closed = false;

    std::mutex mutex; ///< guards the two below
    std::set<std::string> posted;
    bool post_pending = false;

    void wake(const std::string& stream)
    {
        auto const [first, last] = exact.equal_range(stream);
        for (auto it = first; it != last; ++it) it->second->hear(stream);
        for (auto* subscriber : prefixes) {
            std::string_view const prefix =
                std::string_view(subscriber->pattern).substr(0, subscriber->pattern.size() - 1);
            if (stream.starts_with(prefix)) subscriber->hear(stream);
        }
    }

    void forget(Subscription::State* subscriber)
    {
        prefixes.remove(subscriber);
        auto const [first, last] = exact.equal_range(subscriber->pattern);
        for (auto it = first; it != last; ++it) {
            if (it->second != subscriber) continue;
            exact.erase(it);
            return;
        }
    }
};

Bus::Bus(asio::io_context& io) : state_(std::make_shared<State>(io)) {}

Bus::~Bus()
{
    close();
}

Subscription Bus::subscribe(std::string pattern)
{
    auto subscriber = std::make_shared<Subscription::State>(state_->io, std::move(pattern));
    subscriber->closed = state_->closed;
    if (subscriber->pattern.ends_with('*'))
        state_->prefixes.push_back(subscriber.get());
    else
        state_->exact.emplace(subscriber->pattern, subscriber.get());
    subscriber->forget = [weak = std::weak_ptr(state_), raw = subscriber.get()] {
        if (auto const state = weak.lock()) state->forget(raw);
    };
    return Subscription(std::move(subscriber));
}

void Bus::wake(const std::string& stream)
{
    state_->wake(stream);
}

void Bus::wake_from_any_thread(const std::string& stream)
{
    std::lock_guard const lock(state_->mutex);
    state_->posted.insert(stream);
    if (std::exchange(state_->post_pending, true)) return;
    asio::post(state_->io, [state = state_] {
        std::set<std::string> streams;
        {
            std::lock_guard const inner(state->mutex);
            streams.swap(state->posted);
            state->post_pending = false;
        }
        for (auto const& name : streams) state->wake(name);
    });
}

void Bus::close()
{
    state_->closed = true;
    for (auto& [pattern, subscriber] : state_->exact) subscriber->close();
    for (auto* subscriber : state_->prefixes) subscriber->close();
}

} // namespace pix::events
