#include <boost/asio/as_tuple.hpp>
#include <ctime>

#include "core/http/chunk_decoder.h"
#include "core/http/compression.h"
#include "core/http/connection.h"
#include "core/http/websocket.h"

namespace pix::http {

using core::Errc;
using core::fail;
using core::Result;

namespace {

constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
/// A body has to come at least that fast, averaged over all of it.
constexpr std::int64_t min_bytes_per_second = 1024;

std::int64_t now_us()
{
    timespec now;
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000 + now.tv_nsec / 1000;
}

} // namespace

void Connection::log(const Pending& pending, std::uint64_t bytes)
{
    std::size_t const route = pending.match.endpoint ? pending.match.endpoint->number : Metrics::no_route;
    const Response& response = pending.response;
    engine_.log(door_, *pending.request, response.status, bytes, now_us() - pending.started_us, route, response.detail);
}

bool Connection::keeps(const Pending& pending) const
{
    // What is left of a body that nobody read would be taken for the next request.
    bool const has_body = pending.facts.chunked || pending.facts.content_length.value_or(0) != 0;
    return pending.facts.keep_alive && !stopping_ && pending.status != 408 && (!has_body || pending.body_read);
}

/// Answers pending_, or says how it is to be answered.
awaitable<Connection::Next> Connection::serve()
{
    Pending& pending = *pending_;
    if (pending.has_response) {
        pending.body_read = true;
        co_return co_await respond(pending);
    }
    Result<Response> result = co_await handle(pending);
    bool const is_socket =
        pending.match.endpoint && std::holds_alternative<SocketHandler>(pending.match.endpoint->route->handler);
    if (result && is_socket && result->status == 101) co_return Next::socket;
    pending.response = result ? *std::move(result) : door_.error(*pending.request, result.error(), pending.status);
    if (!pending.match.allow.empty()) pending.response.set("Allow", pending.match.allow);
    co_return co_await respond(pending);
}

/// Everything up to the handler's answer. A 101 stands for "speak WebSocket now".
awaitable<Result<Response>> Connection::handle(Pending& pending)
{
    Request& request = *pending.request;
    if (pending.refusal) co_return std::unexpected(*pending.refusal);
    const Endpoint* const endpoint = pending.match.endpoint;
    if (!endpoint) {
        PIX_CO_CHECK(door_.admit(request, !is_safe(request.method())));
        if (pending.match.allow.empty())
            co_return core::fail_as("ROUTE_NOT_FOUND", Errc::not_found, "there is nothing at this address");
        if (request.method() == Method::options) {
            deadline_ = 0;
            co_return Response::empty(204);
        }
        co_return fail(Errc::not_allowed, std::string(name_of(request.method())) + " is not possible here");
    }
    const Route& route = *endpoint->route;
    bool const is_socket = std::holds_alternative<SocketHandler>(route.handler);
    PIX_CO_CHECK(door_.admit(request, !is_safe(request.method()) || route.refuse_cross_site_get || is_socket));

    bool const open = route.access == Access::anyone || door_.kind() == DoorKind::tools ||
                      (route.access == Access::loopback_or_signed_in && door_.is_loopback());
    deadline_ = 0;
    if (!open) {
        if (!door_.authenticator()) co_return fail(Errc::unauthorized, "nobody can sign in at this door yet");
        Result<core::Actor> actor = fail(Errc::internal, "something went wrong here");
        std::string bug;
        try {
            actor = co_await door_.authenticator()(pending.request, route.access);
        } catch (const std::exception& thrown) {
            bug = thrown.what();
        }
        if (!actor) {
            if (!bug.empty()) actor.error().detail = bug;
            co_return std::unexpected(std::move(actor).error());
        }
        request.actor = *std::move(actor);
    }
    if (is_socket) {
        auto checked = check_upgrade(request, pending.facts);
        if (!checked) {
            pending.status = request.header("Sec-WebSocket-Key").empty() ? 426 : 400;
            co_return std::unexpected(std::move(checked).error());
        }
        co_return Response::empty(101);
    }
    PIX_CO_CHECK(co_await read_body(pending));
    deadline_ = 0;

    std::string bug;
    try {
        if (auto const* const quick = std::get_if<QuickHandler>(&route.handler)) co_return (*quick)(request);
        Result<Response> result = co_await std::get<Handler>(route.handler)(pending.request);
        co_return result;
    } catch (const std::exception& thrown) {
        bug = thrown.what();
    }
    co_return fail(Errc::internal, "something went wrong here", {}, bug);
}

/// Waits for more bytes and adds them to in_.
awaitable<Result<void>> Connection::read_more()
{
    for (;;) {
        auto const outcome = transport_.read(engine_.input);
        if (outcome.state == Transport::State::done) {
            in_.append(engine_.input.data(), outcome.bytes);
            co_return Result<void>();
        }
        if (outcome.state == Transport::State::closed) {
            lose();
            co_return fail(Errc::cancelled, "the client closed before its request was complete");
        }
        auto const what =
            outcome.state == Transport::State::want_read ? Transport::Socket::wait_read : Transport::Socket::wait_write;
        auto [error] = co_await transport_.socket().async_wait(what, quietly);
        if (expired_) co_return fail(Errc::timeout, "the request's body did not come in time");
        if (error) {
            lose();
            co_return fail(Errc::cancelled, "the client closed before its request was complete");
        }
    }
}

awaitable<Result<void>> Connection::read_body(Pending& pending)
{
    const HeadFacts& facts = pending.facts;
    std::uint64_t const length = facts.content_length.value_or(0);
    if (!facts.chunked && length == 0) {
        pending.body_read = true;
        co_return Result<void>();
    }
    std::uint64_t const limit = pending.match.endpoint->route->body_limit;
    auto const too_large = [&] {
        return fail(Errc::too_large,
                    "the body is larger than the " + std::to_string(limit) + " bytes that are taken here");
    };
    if (length > limit) co_return too_large();
    if (facts.expects_continue && in_.empty()) {
        constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        bool const sent = co_await write_all(go_on);
        if (!sent) co_return fail(Errc::cancelled, "the client has gone");
    }
    std::int64_t const started = steady_ms();
    std::int64_t const patience = engine_.options.request_timeout.count();
    std::string& body = pending.request->body_;
    ChunkDecoder decoder;
    std::uint64_t received = 0;
    for (;;) {
        if (!in_.empty()) {
            std::string_view input = in_;
            if (facts.chunked) {
                auto const state = decoder.take(input, body, limit);
                if (state == ChunkDecoder::State::bad)
                    co_return fail(Errc::invalid, "the request is refused: " + std::string(decoder.problem()));
                if (body.size() > limit) co_return too_large();
                pending.body_read = state == ChunkDecoder::State::done;
            } else {
                std::size_t const size =
                    static_cast<std::size_t>(std::min<std::uint64_t>(length - body.size(), input.size()));
                // Reserving what was announced at once would let a header alone take memory.
                body.append(input.substr(0, size));
                input.remove_prefix(size);
                pending.body_read = body.size() == length;
            }
            received += in_.size() - input.size();
            in_.erase(0, in_.size() - input.size());
            if (pending.body_read) co_return Result<void>();
        }
        deadline_ = started + patience + static_cast<std::int64_t>(received) * 1000 / min_bytes_per_second;
        auto more = co_await read_more();
        if (!more) {
            if (more.error().code == Errc::timeout) pending.status = 408;
            co_return more;
        }
    }
}

/// Sends out_ and empties it.
awaitable<bool> Connection::write_rest()
{
    std::string const bytes = std::exchange(out_, {});
    co_return co_await write_all(bytes);
}

awaitable<bool> Connection::write_all(std::string_view bytes)
{
    while (!bytes.empty() && !gone_) {
        auto const outcome = transport_.write(bytes);
        bytes.remove_prefix(outcome.bytes);
        if (outcome.state == Transport::State::closed) break;
        if (bytes.empty()) co_return true;
        if (outcome.state == Transport::State::done) continue;
        if (outcome.bytes > 0 || deadline_ == 0) expect_reader();
        auto const what =
            outcome.state == Transport::State::want_read ? Transport::Socket::wait_read : Transport::Socket::wait_write;
        auto [error] = co_await transport_.socket().async_wait(what, quietly);
        if (error || expired_) break;
    }
    bool const all_sent = bytes.empty();
    if (!all_sent) lose();
    co_return all_sent;
}

awaitable<Connection::Next> Connection::respond(Pending& pending)
{
    Request& request = *pending.request;
    Response& response = pending.response;
    if (gone_) {
        log(pending, 0);
        co_return Next::close;
    }
    expired_ = false;
    deadline_ = 0;
    bool const keep = keeps(pending);
    if (std::holds_alternative<FileBody>(response.body)) co_return co_await send_file(pending);
    if (std::holds_alternative<Writer>(response.body)) co_return Next::stream;

    PlainBody body = choose_body(request, response);
    if (body.compress) {
        auto const work = [bytes = body.bytes] { return gzip(bytes); };
        body.storage = co_await core::run_on(engine_.files, work);
        body.bytes = body.storage;
    }
    bool const bodiless = response.status == 204 || response.status == 304;
    HeadShape shape;
    if (!bodiless) shape.length = body.bytes.size();
    shape.keep_alive = keep;
    shape.minor_version = pending.facts.minor_version;
    std::string head;
    append_head(head, engine_, request, response, shape);
    if (bodiless || request.method() == Method::head) body.bytes = {};
    std::uint64_t const sent_bytes = head.size() + body.bytes.size();

    std::array<std::string_view, 2> const pieces{head, body.bytes};
    auto const outcome = transport_.write(pieces);
    if (outcome.state == Transport::State::closed) lose();
    std::string_view head_left = head;
    std::size_t const of_head = std::min(outcome.bytes, head.size());
    head_left.remove_prefix(of_head);
    body.bytes.remove_prefix(outcome.bytes - of_head);
    bool sent = !gone_;
    if (sent && !head_left.empty()) sent = co_await write_all(head_left);
    if (sent && !body.bytes.empty()) sent = co_await write_all(body.bytes);
    deadline_ = 0;
    log(pending, sent_bytes);
    bool const next = sent && keep;
    co_return next ? Next::keep : Next::close;
}

} // namespace pix::http
