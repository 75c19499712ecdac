#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "core/process/descriptor.h"
#include "core/process/spawner.h"

namespace pix::process {

namespace {

class LocalSpawner final : public Spawner, public std::enable_shared_from_this<LocalSpawner> {
public:
    LocalSpawner(asio::any_io_executor io, std::string home, Listener listener)
        : io_(std::move(io)), nest_({.home = std::move(home)}), listener_(std::move(listener)), timer_(io_)
    {}

    awaitable<core::Result<Nest::Birth>> spawn(Spawn request, std::shared_ptr<Fd> input) override
    {
        auto birth = nest_.spawn(std::move(request), input ? std::move(*input) : Fd());
        if (birth) {
            const auto& child = nest_.children().at(birth->started.number);
            watch(birth->started.number, std::make_shared<Descriptor>(io_, duplicate(child.pidfd.get())));
        }
        co_return birth;
    }
    void signal(std::uint64_t number, int signal) override { nest_.signal(number, signal); }
    void stop(std::uint64_t number, std::chrono::milliseconds grace) override
    {
        nest_.stop(number, grace);
        work_at(Nest::Clock::now());
    }
    void close_input(std::uint64_t) override {}
    void release(std::uint64_t number) override { nest_.release(number); }
    void close() override { listener_ = nullptr; }

private:
    // A pidfd can be read once its process has ended.
    void watch(std::uint64_t number, std::shared_ptr<Descriptor> pidfd)
    {
        auto& waiting = *pidfd;
        waiting.async_wait(Descriptor::wait_read, [self = weak_from_this(), number,
                                                   pidfd = std::move(pidfd)](boost::system::error_code error) {
            const auto alive = self.lock();
            if (error || !alive) return;
            alive->work();
            const auto& children = alive->nest_.children();
            const auto found = children.find(number);
            if (found != children.end() && !found->second.exit) alive->watch(number, pidfd);
        });
    }

    void work_at(Nest::Clock::time_point time)
    {
        timer_.expires_at(time);
        timer_.async_wait([self = weak_from_this()](boost::system::error_code cancelled) {
            if (cancelled) return;
            if (const auto alive = self.lock()) alive->work();
        });
    }

    void work()
    {
        for (auto& happening : nest_.work()) {
            if (!listener_) continue;
            if (const auto* exited = std::get_if<Exited>(&happening))
                listener_(*exited);
            else if (const auto* gone = std::get_if<Gone>(&happening))
                listener_(*gone);
        }
        if (const auto next = nest_.next_work()) work_at(*next);
    }

    asio::any_io_executor io_;
    Nest nest_;
    Listener listener_;
    asio::steady_timer timer_;
};

} // namespace

std::shared_ptr<Spawner> make_local_spawner(asio::any_io_executor io, std::string home, Spawner::Listener listener)
{
    return std::make_shared<LocalSpawner>(std::move(io), std::move(home), std::move(listener));
}

} // namespace pix::process
