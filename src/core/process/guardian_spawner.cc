#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <map>
#include <optional>

#include "core/process/descriptor.h"
#include "core/process/notice.h"
#include "core/process/spawner.h"

namespace pix::process {

using core::Errc;

namespace {

// A guardian answers in a millisecond; one that does not for this long is stopped or its machine is.
constexpr std::chrono::seconds answer_patience{15};

class GuardianSpawner final : public Spawner, public std::enable_shared_from_this<GuardianSpawner> {
public:
    GuardianSpawner(asio::any_io_executor io, Fd socket, Listener listener)
        : readiness_(io, duplicate(socket.get())), channel_(std::move(socket)), listener_(std::move(listener)),
          io_(std::move(io))
    {}

    void start(const Hello& hello, std::shared_ptr<std::vector<Offer>> offers)
    {
        offers_ = std::move(offers);
        send(hello);
        asio::co_spawn(io_, read(shared_from_this()), asio::detached);
    }

    awaitable<core::Result<void>> all_offered()
    {
        const auto self = shared_from_this();
        const auto deadline = Notice::Clock::now() + answer_patience;
        while (!offered_ && !lost_) {
            if (Notice::Clock::now() >= deadline)
                co_return core::fail(Errc::timeout, "an old guardian does not answer");
            co_await changed_.wait(deadline);
        }
        if (!offered_) co_return core::fail(Errc::gone, "an old guardian has ended");
        co_return core::Result<void>();
    }

    awaitable<core::Result<Nest::Birth>> spawn(Spawn request, std::shared_ptr<Fd> input) override
    {
        const auto self = shared_from_this();
        if (lost_) co_return core::fail(Errc::unavailable, "the guardian is gone; no program can be started");
        const auto ticket = ++last_ticket_;
        request.ticket = ticket;
        std::vector<Fd> fds;
        if (input && *input) fds.push_back(std::move(*input));
        if (auto sent = channel_.send(request, std::move(fds)); !sent) co_return std::unexpected(sent.error());
        flush_later();

        // Leaves the list also when the caller is cancelled; whatever starts then is stopped in on(Started).
        struct Entry {
            std::map<std::uint64_t, std::optional<core::Result<Nest::Birth>>>& list;
            std::uint64_t ticket;
            ~Entry() { list.erase(ticket); }
        };
        waiting_.emplace(ticket, std::nullopt);
        const Entry entry{waiting_, ticket};
        const auto deadline = Notice::Clock::now() + answer_patience;
        while (!waiting_.at(ticket)) {
            if (lost_) co_return core::fail(Errc::unavailable, "the guardian is gone; no program can be started");
            if (Notice::Clock::now() >= deadline) co_return core::fail(Errc::timeout, "the guardian does not answer");
            co_await changed_.wait(deadline);
        }
        co_return std::move(*waiting_.at(ticket));
    }
    void signal(std::uint64_t number, int signal) override { send(SendSignal{number, signal}); }
    void stop(std::uint64_t number, std::chrono::milliseconds grace) override
    {
        send(Stop{number, static_cast<std::uint64_t>(std::max<std::int64_t>(grace.count(), 0))});
    }
    void close_input(std::uint64_t number) override { send(CloseInput{number}); }
    void release(std::uint64_t number) override { send(Release{number}); }
    void close() override
    {
        listener_ = nullptr;
        readiness_.close();
        channel_.close();
    }

private:
    void send(const Message& message)
    {
        // A failure shows at the next read.
        (void)channel_.send(message);
        flush_later();
    }

    void flush_later()
    {
        if (!channel_.has_queued() || flushing_) return;
        flushing_ = true;
        readiness_.async_wait(Descriptor::wait_write, [self = shared_from_this()](boost::system::error_code error) {
            self->flushing_ = false;
            if (error) return;
            (void)self->channel_.flush();
            self->flush_later();
        });
    }

    static awaitable<void> read(std::shared_ptr<GuardianSpawner> self)
    {
        while (true) {
            boost::system::error_code error;
            co_await self->readiness_.async_wait(Descriptor::wait_read,
                                                 asio::redirect_error(asio::use_awaitable, error));
            if (error) break;
            // Bounded, so that other work gets its turn.
            bool ended = false;
            for (int i = 0; i < 64 && !ended; ++i) {
                auto packet = self->channel_.receive();
                ended = !packet;
                if (ended || !*packet) break;
                auto& fds = (*packet)->fds;
                std::visit([&self, &fds](auto& message) { self->on(std::move(message), fds); }, (*packet)->message);
            }
            if (ended) break;
        }
        self->lost_ = true;
        self->channel_.close();
        self->changed_.ring();
        self->tell(Lost{});
    }

    void tell(News news)
    {
        if (listener_) listener_(news);
    }

    void on(Started started, std::vector<Fd>& fds)
    {
        const auto found = waiting_.find(started.ticket);
        if (found == waiting_.end()) {
            const auto number = started.number;
            stop(number, std::chrono::milliseconds(0));
            release(number);
            return;
        }
        found->second = Nest::Birth{std::move(started), std::move(fds)};
        changed_.ring();
    }
    void on(Refused refused, std::vector<Fd>&)
    {
        const auto found = waiting_.find(refused.ticket);
        if (found == waiting_.end()) return;
        found->second = core::fail(refused.code, std::move(refused.message), std::move(refused.hint));
        changed_.ring();
    }
    void on(Exited exited, std::vector<Fd>&) { tell(exited); }
    void on(Gone gone, std::vector<Fd>&) { tell(gone); }
    void on(Kept kept, std::vector<Fd>& fds)
    {
        if (offers_ && !offered_) offers_->push_back({std::move(kept), std::move(fds)});
    }
    void on(KeptEnd, std::vector<Fd>&)
    {
        offered_ = true;
        changed_.ring();
    }
    // What only a server says is ignored.
    void on(Hello, std::vector<Fd>&) {}
    void on(Spawn, std::vector<Fd>&) {}
    void on(SendSignal, std::vector<Fd>&) {}
    void on(Stop, std::vector<Fd>&) {}
    void on(CloseInput, std::vector<Fd>&) {}
    void on(Release, std::vector<Fd>&) {}

    Descriptor readiness_; // the loop's duplicate of the channel's socket, to wait with
    Channel channel_;
    Listener listener_;
    asio::any_io_executor io_;
    std::shared_ptr<std::vector<Offer>> offers_;
    bool offered_ = false;
    bool lost_ = false;
    bool flushing_ = false;
    std::uint64_t last_ticket_ = 0;
    std::map<std::uint64_t, std::optional<core::Result<Nest::Birth>>> waiting_;
    Notice changed_;
};

} // namespace

std::shared_ptr<Spawner> make_guardian_spawner(asio::any_io_executor io, Fd socket, Hello hello,
                                               Spawner::Listener listener)
{
    auto spawner = std::make_shared<GuardianSpawner>(std::move(io), std::move(socket), std::move(listener));
    spawner->start(hello, nullptr);
    return spawner;
}

awaitable<core::Result<std::shared_ptr<Spawner>>> take_over(asio::any_io_executor io, std::shared_ptr<Fd> socket,
                                                            Hello hello, Spawner::Listener listener,
                                                            std::shared_ptr<std::vector<Offer>> offers)
{
    auto spawner = std::make_shared<GuardianSpawner>(std::move(io), std::move(*socket), std::move(listener));
    spawner->start(hello, offers);
    auto offered = co_await spawner->all_offered();
    if (!offered) {
        spawner->close();
        co_return std::unexpected(offered.error());
    }
    co_return spawner;
}

} // namespace pix::process
