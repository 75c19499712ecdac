#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/async.h"
#include "core/base/error.h"

namespace pix::http {

/// Tells waiting work to give up: shared by whoever may cancel and whoever waits.
///
/// Runs on: the io thread.
class Cancellation {
public:
    /// Forgets its callback when it goes.
    class Watch {
    public:
        Watch() = default;
        Watch(Cancellation* owner, std::uint64_t number) : owner_(owner), number_(number) {}
        Watch(Watch&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), number_(other.number_) {}
        Watch& operator=(Watch&&) = delete;
        ~Watch();

    private:
        Cancellation* owner_ = nullptr;
        std::uint64_t number_ = 0;
    };

    /// Calls every callback once; later calls do nothing.
    void cancel();
    bool cancelled() const { return cancelled_; }
    /// `fn` is called at once if it is already cancelled. The watch must not outlive this object.
    [[nodiscard]] Watch on_cancel(std::function<void()> fn);

private:
    bool cancelled_ = false;
    std::uint64_t next_ = 0;
    std::map<std::uint64_t, std::function<void()>> callbacks_;
};

struct ClientRequest {
    std::string method = "GET"; ///< GET or POST
    std::uint16_t port = 0;     ///< on 127.0.0.1
    std::string target = "/";   ///< path and query, already encoded
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::chrono::milliseconds deadline{5000}; ///< for the whole exchange; of a stream, until its header has come
    std::size_t max_body = 256UL * 1024 * 1024;
};

struct ClientResponse {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// The first header of that name, without regard to case; empty if absent.
    std::string_view header(std::string_view name) const;
};

class LocalConnection;

/// An answer that is read as it comes.
///
/// Runs on: the io thread.
/// Owns:    its connection, which is closed with it.
class ClientStream {
public:
    ClientStream(std::shared_ptr<LocalConnection> connection, std::shared_ptr<Cancellation> cancellation);
    ~ClientStream();

    int status() const;
    std::string_view header(std::string_view name) const;

    /// The next piece of the body, at most 64 KiB, unwrapped from its transfer coding; nothing at the end.
    /// Errors: Errc::timeout after `timeout` without a byte, Errc::cancelled, Errc::bad_gateway.
    awaitable<core::Result<std::optional<std::string>>> next(std::chrono::milliseconds timeout);

private:
    std::shared_ptr<LocalConnection> connection_;
    std::shared_ptr<Cancellation> cancellation_;
};

/// Speaks HTTP/1.1 with programs on this machine: the tools.
///
/// Runs on: the io thread.
/// Owns:    at most 8 idle connections a port, none idle for longer than 4 s (uvicorn and Node close theirs after 5).
/// Units:   connecting may take 2 s.
/// Errors:  Errc::unavailable (nobody listens), Errc::timeout, Errc::cancelled, Errc::too_large (body over its
///          ceiling), Errc::bad_gateway (closed early or not HTTP), Errc::invalid (a header that cannot be sent).
///
/// A request is sent a second time only if a kept connection turned out to be dead before a byte was answered, and then
/// only when the peer cannot have acted on it: the method is GET, or the peer reset without having read the request.
class LocalClient {
public:
    explicit LocalClient(asio::any_io_executor executor);
    ~LocalClient();
    LocalClient(const LocalClient&) = delete;
    LocalClient& operator=(const LocalClient&) = delete;

    awaitable<core::Result<ClientResponse>> request(ClientRequest request,
                                                    std::shared_ptr<Cancellation> cancellation = nullptr);
    awaitable<core::Result<std::shared_ptr<ClientStream>>> stream(ClientRequest request,
                                                                  std::shared_ptr<Cancellation> cancellation = nullptr);

    /// Closes what is kept for a port: its program has gone.
    void forget(std::uint16_t port);
    std::size_t idle_connections(std::uint16_t port) const;

private:
    std::shared_ptr<LocalConnection> take(std::uint16_t port);
    void give_back(std::uint16_t port, std::shared_ptr<LocalConnection> connection);

    asio::any_io_executor executor_;
    std::map<std::uint16_t, std::vector<std::shared_ptr<LocalConnection>>> idle_;
};

} // namespace pix::http
