#include "core/store/notification.h"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

namespace pix::store {

namespace {

using Handle = std::unique_ptr<PGconn, void (*)(PGconn*)>;
using Answer = std::unique_ptr<PGresult, void (*)(PGresult*)>;

constexpr int retry_ms = 1000;

Handle connect(const std::string& url, const std::string& channel)
{
    std::array const keys{"dbname",
                          "connect_timeout",
                          "application_name",
                          "keepalives_idle",
                          "keepalives_interval",
                          "tcp_user_timeout",
                          static_cast<const char*>(nullptr)};
    std::array const values{url.c_str(), "5", "pix listener", "10", "5", "20000", static_cast<const char*>(nullptr)};
    Handle handle(PQconnectdbParams(keys.data(), values.data(), 1), PQfinish);
    if (!handle || PQstatus(handle.get()) != CONNECTION_OK) return {nullptr, PQfinish};
    PQsetNoticeReceiver(handle.get(), [](void*, const PGresult*) {}, nullptr);
    Answer const answer(PQexec(handle.get(), ("LISTEN " + channel).c_str()), PQclear);
    if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) return {nullptr, PQfinish};
    return handle;
}

} // namespace

struct NotificationListener::State {
    std::string url;
    std::string channel;
    std::function<void()> on_notified;
    int stop_fd = -1;
    std::thread thread;

    /// Waits until `fd` (ignored if negative) is readable; false when the listener shall stop.
    bool wait_for(int fd, int timeout_ms) const
    {
        std::array<pollfd, 2> waiting{pollfd{stop_fd, POLLIN, 0}, pollfd{fd, POLLIN, 0}};
        ::poll(waiting.data(), waiting.size(), timeout_ms);
        return waiting[0].revents == 0;
    }

    void run() const
    {
        Handle handle{nullptr, PQfinish};
        for (;;) {
            if (!handle) {
                handle = connect(url, channel);
                if (!handle) {
                    if (!wait_for(-1, retry_ms)) return;
                    continue;
                }
                on_notified();
            }
            if (!wait_for(PQsocket(handle.get()), -1)) return;
            if (PQconsumeInput(handle.get()) == 0) {
                handle.reset();
                continue;
            }
            bool any = false;
            while (PGnotify* const notice = PQnotifies(handle.get())) {
                any = true;
                PQfreemem(notice);
            }
            if (any) on_notified();
        }
    }
};

NotificationListener::NotificationListener(std::unique_ptr<State> state) : state_(std::move(state))
{
    state_->thread = std::thread([state = state_.get()] { state->run(); });
}

NotificationListener::~NotificationListener()
{
    std::uint64_t const one = 1;
    // An eventfd that was never written takes one.
    if (::write(state_->stop_fd, &one, sizeof one) == sizeof one) state_->thread.join();
    ::close(state_->stop_fd);
}

core::Result<std::unique_ptr<NotificationListener>> NotificationListener::open(std::string url, std::string channel,
                                                                               std::function<void()> on_notified)
{
    bool const is_name =
        !channel.empty() && channel.size() < 60 &&
        std::all_of(channel.begin(), channel.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    if (!is_name) return core::fail(core::Errc::invalid, "a channel's name has lower-case letters only");
    auto state = std::make_unique<State>();
    state->url = std::move(url);
    state->channel = std::move(channel);
    state->on_notified = std::move(on_notified);
    state->stop_fd = ::eventfd(0, EFD_CLOEXEC);
    if (state->stop_fd < 0) return core::fail_errno(core::Errc::unavailable, "cannot listen to the database", errno);
    return std::unique_ptr<NotificationListener>(new NotificationListener(std::move(state)));
}

} // namespace pix::store
