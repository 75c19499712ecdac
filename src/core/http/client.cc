#include "core/http/client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "core/base/text.h"

namespace pix::http {

namespace {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using boost::system::error_code;
using core::Errc;
using core::fail;
using core::Result;
using Clock = std::chrono::steady_clock;

constexpr auto connect_timeout = std::chrono::seconds(2);
constexpr auto max_idle = std::chrono::seconds(4);
constexpr std::size_t max_idle_connections = 8;
constexpr std::size_t max_header = 32 * 1024;
constexpr std::size_t chunk_size = 64 * 1024;

bool is_header_text(std::string_view text)
{
    return std::none_of(text.begin(), text.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

std::string peer(std::uint16_t port)
{
    return "127.0.0.1:" + std::to_string(port);
}

/// Stops a wait of the caller's at the moment of cancelling.
Cancellation::Watch watch(const std::shared_ptr<Cancellation>& cancellation, std::function<void()> fn)
{
    if (!cancellation) return {};
    return cancellation->on_cancel(std::move(fn));
}

} // namespace

/// One connection and, for a stream, the parser that reads its answer.
class LocalConnection {
public:
    explicit LocalConnection(const asio::any_io_executor& executor) : stream(executor) {}

    /// True if the peer has neither closed nor sent something that nobody asked for.
    bool is_fresh()
    {
        if (Clock::now() - idle_since > max_idle) return false;
        char byte = 0;
        ssize_t const n = ::recv(stream.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    }

    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    Clock::time_point idle_since;
    std::optional<bhttp::response_parser<bhttp::buffer_body>> parser;
    bool done = false;
};

namespace {

struct Failure {
    core::Error error;
    bool may_retry = false;
};

template <class T>
using Attempt = std::expected<T, Failure>;

std::unexpected<Failure> failed(const ClientRequest& request, const std::shared_ptr<Cancellation>& cancellation,
                                error_code error, bool reused, bool answered)
{
    std::string const where = peer(request.port);
    if (cancellation && cancellation->cancelled())
        return std::unexpected(Failure{core::Error{Errc::cancelled, "the request was cancelled", "", ""}});
    if (error == beast::error::timeout)
        return std::unexpected(Failure{
            core::Error{Errc::timeout,
                        where + " did not answer within " + std::to_string(request.deadline.count()) + " ms", "", ""}});
    if (error == bhttp::error::body_limit)
        return std::unexpected(Failure{
            core::Error{Errc::too_large, "the answer is larger than " + core::human_bytes(request.max_body), "", ""}});
    bool const reset = error == asio::error::connection_reset || error == asio::error::broken_pipe;
    bool const closed = reset || error == bhttp::error::end_of_stream || error == asio::error::eof;
    bool const retry = reused && !answered && closed && (reset || request.method == "GET");
    if (closed)
        return std::unexpected(Failure{
            core::Error{Errc::bad_gateway, where + " closed the connection without an answer", "", error.message()},
            retry});
    if (error == bhttp::error::partial_message)
        return std::unexpected(Failure{
            core::Error{Errc::bad_gateway, where + " closed the connection in the middle of its answer", "", ""}});
    return std::unexpected(
        Failure{core::Error{Errc::bad_gateway, where + " answered something that is not HTTP", "", error.message()}});
}

Result<bhttp::request<bhttp::string_body>> to_message(const ClientRequest& request)
{
    bhttp::verb const verb = bhttp::string_to_verb(request.method);
    if (verb == bhttp::verb::unknown) return fail(Errc::invalid, "the method is not known");
    if (request.target.empty() || request.target.front() != '/' || !is_header_text(request.target) ||
        request.target.find(' ') != std::string::npos)
        return fail(Errc::invalid, "the path cannot be sent");
    bhttp::request<bhttp::string_body> message(verb, request.target, 11);
    message.set(bhttp::field::host, peer(request.port));
    for (const auto& [name, value] : request.headers) {
        if (!is_header_text(name) || !is_header_text(value) || name.empty())
            return fail(Errc::invalid, "the header " + core::shorten(name, 60) + " cannot be sent");
        message.insert(name, value);
    }
    message.body() = request.body;
    if (verb != bhttp::verb::get || !request.body.empty()) message.content_length(request.body.size());
    return message;
}

awaitable<error_code> connect(LocalConnection& connection, std::uint16_t port, Clock::time_point until)
{
    asio::ip::tcp::endpoint const endpoint(asio::ip::address_v4::loopback(), port);
    connection.stream.expires_at(std::min(until, Clock::now() + connect_timeout));
    auto const [error] = co_await connection.stream.async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
    if (!error) {
        error_code ignored;
        connection.stream.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    }
    co_return error;
}

/// Connects unless connected, and sends. `reused` connections may fail in a way that permits another attempt.
awaitable<Attempt<void>> send(LocalConnection& connection, const ClientRequest& request,
                              bhttp::request<bhttp::string_body>& message, Clock::time_point until, bool reused,
                              std::shared_ptr<Cancellation> cancellation)
{
    if (!reused) {
        error_code const error = co_await connect(connection, request.port, until);
        if (error) {
            if (cancellation && cancellation->cancelled()) co_return failed(request, cancellation, error, false, false);
            co_return std::unexpected(
                Failure{core::Error{error == beast::error::timeout ? Errc::timeout : Errc::unavailable,
                                    "cannot connect to " + peer(request.port), "", error.message()}});
        }
    }
    connection.stream.expires_at(until);
    auto const [error, sent] =
        co_await bhttp::async_write(connection.stream, message, asio::as_tuple(asio::use_awaitable));
    if (error) co_return failed(request, cancellation, error, reused, false);
    // Servers that send head and body apart, as Python's own does, otherwise wait 40 ms for a delayed acknowledgement.
    int const at_once = 1;
    ::setsockopt(connection.stream.socket().native_handle(), IPPROTO_TCP, TCP_QUICKACK, &at_once, sizeof at_once);
    co_return Attempt<void>{};
}

template <class Fields>
std::vector<std::pair<std::string, std::string>> headers_of(const Fields& fields)
{
    std::vector<std::pair<std::string, std::string>> headers;
    for (const auto& field : fields) headers.emplace_back(field.name_string(), field.value());
    return headers;
}

awaitable<Attempt<ClientResponse>> exchange(std::shared_ptr<LocalConnection> connection, const ClientRequest& request,
                                            bhttp::request<bhttp::string_body>& message, Clock::time_point until,
                                            bool reused, std::shared_ptr<Cancellation> cancellation, bool& keep)
{
    auto sent = co_await send(*connection, request, message, until, reused, cancellation);
    if (!sent) co_return std::unexpected(std::move(sent).error());
    for (;;) {
        bhttp::response_parser<bhttp::string_body> parser;
        parser.header_limit(max_header);
        parser.body_limit(request.max_body);
        auto const [error, n] = co_await bhttp::async_read(connection->stream, connection->buffer, parser,
                                                           asio::as_tuple(asio::use_awaitable));
        if (error) co_return failed(request, cancellation, error, reused, n > 0 || connection->buffer.size() > 0);
        int const status = static_cast<int>(parser.get().result_int());
        if (status >= 100 && status < 200 && status != 101) continue;
        keep = parser.get().keep_alive() && connection->buffer.size() == 0;
        ClientResponse response;
        response.status = status;
        response.headers = headers_of(parser.get());
        response.body = std::move(parser.get().body());
        co_return response;
    }
}

awaitable<Attempt<void>> open_stream(std::shared_ptr<LocalConnection> connection, const ClientRequest& request,
                                     bhttp::request<bhttp::string_body>& message, Clock::time_point until,
                                     std::shared_ptr<Cancellation> cancellation)
{
    auto sent = co_await send(*connection, request, message, until, false, cancellation);
    if (!sent) co_return std::unexpected(std::move(sent).error());
    do {
        connection->parser.emplace();
        connection->parser->header_limit(max_header);
        connection->parser->body_limit(boost::none);
        auto const [error, n] = co_await bhttp::async_read_header(
            connection->stream, connection->buffer, *connection->parser, asio::as_tuple(asio::use_awaitable));
        if (error) co_return failed(request, cancellation, error, false, n > 0);
    } while (connection->parser->get().result_int() / 100 == 1);
    co_return Attempt<void>{};
}

} // namespace

Cancellation::Watch::~Watch()
{
    if (owner_) owner_->callbacks_.erase(number_);
}

void Cancellation::cancel()
{
    if (std::exchange(cancelled_, true)) return;
    // A callback may end the work that holds a watch, so each is taken out before it is called.
    while (!callbacks_.empty()) {
        auto node = callbacks_.extract(callbacks_.begin());
        node.mapped()();
    }
}

Cancellation::Watch Cancellation::on_cancel(std::function<void()> fn)
{
    if (cancelled_) {
        fn();
        return {};
    }
    callbacks_.emplace(++next_, std::move(fn));
    return {this, next_};
}

std::string_view ClientResponse::header(std::string_view name) const
{
    for (const auto& [key, value] : headers)
        if (core::equals_ignoring_case(key, name)) return value;
    return {};
}

ClientStream::ClientStream(std::shared_ptr<LocalConnection> connection, std::shared_ptr<Cancellation> cancellation)
    : connection_(std::move(connection)), cancellation_(std::move(cancellation))
{}

ClientStream::~ClientStream()
{
    connection_->stream.close();
}

int ClientStream::status() const
{
    return static_cast<int>(connection_->parser->get().result_int());
}

std::string_view ClientStream::header(std::string_view name) const
{
    auto const value = connection_->parser->get()[beast::string_view(name.data(), name.size())];
    return {value.data(), value.size()};
}

awaitable<Result<std::optional<std::string>>> ClientStream::next(std::chrono::milliseconds timeout)
{
    using Piece = std::optional<std::string>;
    auto connection = connection_;
    auto cancellation = cancellation_;
    auto& parser = *connection->parser;
    if (connection->done || parser.is_done()) co_return Piece{};
    if (cancellation && cancellation->cancelled()) co_return fail(Errc::cancelled, "the request was cancelled");
    auto const stop = watch(cancellation, [connection] { connection->stream.close(); });
    std::string piece(chunk_size, '\0');
    connection->stream.expires_after(timeout);
    for (;;) {
        parser.get().body().data = piece.data();
        parser.get().body().size = piece.size();
        parser.get().body().more = true;
        auto const [error, n] = co_await bhttp::async_read_some(connection->stream, connection->buffer, parser,
                                                                asio::as_tuple(asio::use_awaitable));
        std::size_t const got = piece.size() - parser.get().body().size;
        if (error && error != bhttp::error::need_buffer) {
            connection->done = true;
            if (cancellation && cancellation->cancelled()) co_return fail(Errc::cancelled, "the request was cancelled");
            if (error == beast::error::timeout) co_return fail(Errc::timeout, "nothing more came from the stream");
            if (error == bhttp::error::end_of_stream && got == 0) co_return Piece{};
            co_return fail(Errc::bad_gateway, "the stream broke off", "", error.message());
        }
        if (got > 0) {
            piece.resize(got);
            co_return Piece(std::move(piece));
        }
        if (parser.is_done()) co_return Piece{};
    }
}

LocalClient::LocalClient(asio::any_io_executor executor) : executor_(std::move(executor)) {}
LocalClient::~LocalClient() = default;

std::shared_ptr<LocalConnection> LocalClient::take(std::uint16_t port)
{
    auto const it = idle_.find(port);
    if (it == idle_.end()) return nullptr;
    while (!it->second.empty()) {
        auto connection = std::move(it->second.back());
        it->second.pop_back();
        if (connection->is_fresh()) return connection;
    }
    return nullptr;
}

void LocalClient::give_back(std::uint16_t port, std::shared_ptr<LocalConnection> connection)
{
    auto& list = idle_[port];
    if (list.size() >= max_idle_connections) list.erase(list.begin());
    connection->idle_since = Clock::now();
    connection->stream.expires_never();
    list.push_back(std::move(connection));
}

void LocalClient::forget(std::uint16_t port)
{
    idle_.erase(port);
}

std::size_t LocalClient::idle_connections(std::uint16_t port) const
{
    auto const it = idle_.find(port);
    return it == idle_.end() ? 0 : it->second.size();
}

awaitable<Result<ClientResponse>> LocalClient::request(ClientRequest request,
                                                       std::shared_ptr<Cancellation> cancellation)
{
    if (cancellation && cancellation->cancelled()) co_return fail(Errc::cancelled, "the request was cancelled");
    auto message = to_message(request);
    if (!message) co_return std::unexpected(std::move(message).error());
    auto const until = Clock::now() + request.deadline;
    for (bool again = false;; again = true) {
        std::shared_ptr<LocalConnection> connection;
        if (!again) connection = take(request.port);
        bool const reused = connection != nullptr;
        if (!reused) connection = std::make_shared<LocalConnection>(executor_);
        auto const stop = watch(cancellation, [connection] { connection->stream.close(); });
        bool keep = false;
        auto answer = co_await exchange(connection, request, *message, until, reused, cancellation, keep);
        if (answer) {
            if (keep) give_back(request.port, std::move(connection));
            co_return *std::move(answer);
        }
        if (reused) forget(request.port);
        if (!answer.error().may_retry) co_return std::unexpected(std::move(answer).error().error);
    }
}

awaitable<Result<std::shared_ptr<ClientStream>>> LocalClient::stream(ClientRequest request,
                                                                     std::shared_ptr<Cancellation> cancellation)
{
    if (cancellation && cancellation->cancelled()) co_return fail(Errc::cancelled, "the request was cancelled");
    auto message = to_message(request);
    if (!message) co_return std::unexpected(std::move(message).error());
    auto connection = std::make_shared<LocalConnection>(executor_);
    auto const stop = watch(cancellation, [connection] { connection->stream.close(); });
    auto opened = co_await open_stream(connection, request, *message, Clock::now() + request.deadline, cancellation);
    if (!opened) co_return std::unexpected(std::move(opened).error().error);
    co_return std::make_shared<ClientStream>(std::move(connection), std::move(cancellation));
}

} // namespace pix::http
