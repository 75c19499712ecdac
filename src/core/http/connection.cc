#include "core/http/connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <ctime>

#include "core/base/text.h"
#include "core/http/compression.h"
#include "core/http/head_parser.h"
#include "core/http/websocket.h"

namespace pix::http {

using core::Errc;

namespace {

/// Quick answers of one read are sent together up to here.
constexpr std::size_t max_batch = 256 * 1024;
/// A closed connection is drained so that the client reads the answer before a reset; at most that much, that long.
constexpr std::size_t linger_bytes = 1024 * 1024;
constexpr std::int64_t linger_ms = 2000;

std::int64_t now_us()
{
    timespec now;
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000 + now.tv_nsec / 1000;
}

/// `/path?query` of a target in any accepted form. Source: RFC 9112 section 3.2.
std::string_view path_and_query(std::string_view target, std::string_view authority)
{
    if (authority.empty()) return target == "*" ? std::string_view("/") : target;
    std::string_view const rest =
        target.substr(static_cast<std::size_t>(authority.data() - target.data()) + authority.size());
    return rest.empty() ? std::string_view("/") : rest;
}

} // namespace

Connection::Connection(std::shared_ptr<Engine> engine, const Door& door, Transport transport, std::string client)
    : engine_owner_(std::move(engine)), engine_(*engine_owner_), door_(door), transport_(std::move(transport)),
      client_(std::move(client))
{
    engine_.add(*this);
}

Connection::~Connection()
{
    engine_.remove(*this);
}

void Connection::start()
{
    auto finished = [self = shared_from_this()](std::exception_ptr) {
        self->lose();
        self->transport_.close();
    };
    asio::co_spawn(engine_.io, run(shared_from_this()),
                   asio::bind_cancellation_slot(cancel_.slot(), std::move(finished)));
}

awaitable<void> Connection::run(std::shared_ptr<Connection> self)
{
    Connection& here = *self;
    constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
    if (here.transport_.is_encrypted()) {
        bool const shaken = co_await here.handshake();
        if (!shaken) co_return;
    }
    Step step = Step::wait;
    for (;;) {
        if (step == Step::wait) {
            if (!here.in_request_) {
                if (here.stopping_) co_return;
                here.in_.clear();
                here.in_.shrink_to_fit();
                here.out_.clear();
                here.out_.shrink_to_fit();
                here.deadline_ = steady_ms() + here.engine_.options.idle_timeout.count();
            }
            if (!here.transport_.has_pending()) {
                auto [error] = co_await here.transport_.socket().async_wait(Transport::Socket::wait_read, quietly);
                if (error && !here.expired_) co_return;
            }
            if (here.expired_) {
                if (!here.in_request_) co_return;
                here.engine_.quick.clear();
                step = here.refuse_head("the request did not come in time", 408);
            } else {
                step = here.read_and_process();
            }
        } else if (step == Step::again) {
            std::string const rest = std::move(here.in_);
            here.in_.clear();
            std::string_view data = rest;
            step = here.process(data);
            here.in_.assign(data);
            if (!here.send_now(here.engine_.output)) step = Step::end;
            here.engine_.output.clear();
        }
        if (!here.out_.empty()) {
            bool const sent = co_await here.write_rest();
            if (!sent) co_return;
        }
        if (step == Step::slow) {
            Next const next = co_await here.serve();
            bool keep = next == Next::keep;
            if (next == Next::stream)
                keep = co_await here.send_stream();
            else if (next == Next::socket)
                keep = co_await here.speak();
            here.pending_.reset();
            here.in_request_ = false;
            here.deadline_ = 0;
            step = !keep ? Step::end : here.in_.empty() ? Step::wait : Step::again;
        }
        if (step == Step::end) break;
    }
    co_await here.linger();
}

awaitable<bool> Connection::handshake()
{
    constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
    deadline_ = steady_ms() + engine_.options.request_timeout.count();
    for (;;) {
        auto const outcome = transport_.handshake();
        if (outcome.state == Transport::State::done) co_return true;
        if (outcome.state == Transport::State::closed) co_return false;
        auto const what =
            outcome.state == Transport::State::want_read ? Transport::Socket::wait_read : Transport::Socket::wait_write;
        auto [error] = co_await transport_.socket().async_wait(what, quietly);
        if (error) co_return false;
    }
}

/// Sends the end, then reads until the client has closed: closing with unread bytes would reset the connection and
/// could take the answer away from a client that has not read it yet.
awaitable<bool> Connection::linger()
{
    constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
    if (gone_) co_return false;
    transport_.shutdown_send();
    expired_ = false;
    deadline_ = steady_ms() + linger_ms;
    std::size_t drained = 0;
    while (drained < linger_bytes && !expired_) {
        auto const outcome = transport_.read(engine_.input);
        drained += outcome.bytes;
        if (outcome.state == Transport::State::closed || outcome.state == Transport::State::want_write) co_return true;
        if (outcome.state == Transport::State::done) continue;
        auto [error] = co_await transport_.socket().async_wait(Transport::Socket::wait_read, quietly);
        if (error) co_return true;
    }
    co_return true;
}

/// One read, and everything in it that can be answered at once.
Connection::Step Connection::read_and_process()
{
    auto const outcome = transport_.read(engine_.input);
    if (outcome.state == Transport::State::closed) {
        gone_ = true;
        return Step::end;
    }
    if (outcome.state != Transport::State::done) return Step::wait;
    std::string_view const received(engine_.input.data(), outcome.bytes);
    Step step;
    if (in_.empty()) {
        std::string_view data = received;
        step = process(data);
        in_.assign(data);
    } else {
        in_ += received;
        std::string_view data = in_;
        step = process(data);
        in_.erase(0, in_.size() - data.size());
    }
    if (!engine_.output.empty()) {
        if (!send_now(engine_.output)) step = Step::end;
        engine_.output.clear();
    }
    return step;
}

/// Writes what the kernel takes at once and keeps the rest in out_; false when the client is gone.
bool Connection::send_now(std::string_view bytes)
{
    if (bytes.empty()) return true;
    if (!out_.empty()) {
        out_ += bytes;
        return true;
    }
    auto const outcome = transport_.write(bytes);
    if (outcome.state == Transport::State::closed) {
        lose();
        return false;
    }
    out_.append(bytes.substr(outcome.bytes));
    return true;
}

Connection::Step Connection::refuse_head(std::string_view problem, int status)
{
    Request& request = engine_.quick;
    if (request.id_.empty()) engine_.next_id(request.id_);
    if (request.path_.empty()) request.path_ = "/";
    request.door_ = &door_;
    request.client_ = client_;
    core::Error const error{Errc::invalid, "the request is refused: " + std::string(problem), {}, {}};
    Response response = door_.error(request, error, status);
    PlainBody const body = choose_body(request, response);
    std::string out;
    HeadShape shape;
    shape.length = body.bytes.size();
    shape.keep_alive = false;
    append_head(out, engine_, request, response, shape);
    out += body.bytes;
    out_ += engine_.output; // answers to earlier requests of the same read come first
    engine_.output.clear();
    out_ += out;
    engine_.log(door_, request, status, out.size(), 0, Metrics::no_route, problem);
    return Step::end;
}

Connection::Step Connection::process(std::string_view& data)
{
    HeadLimits const limits{engine_.options.header_bytes, engine_.options.header_fields};
    while (!data.empty()) {
        if (engine_.output.size() > max_batch) return Step::again;
        if (!in_request_) {
            in_request_ = true;
            deadline_ = steady_ms() + engine_.options.request_timeout.count();
        }
        Request& request = engine_.quick;
        request.clear();
        HeadEnd const end = find_head_end(data, limits);
        if (end.state == HeadEnd::State::incomplete) return Step::wait;
        if (end.state == HeadEnd::State::too_large) return refuse_head(end.problem, 431);
        if (end.state == HeadEnd::State::bad) return refuse_head(end.problem, 400);

        Pending pending;
        pending.started_us = now_us();
        request.head_.assign(data.substr(0, end.size));
        HeadVerdict const verdict = check_head(request.head_, limits);
        if (!verdict.problem.empty()) return refuse_head(verdict.problem, verdict.status);
        ParsedHead parsed;
        parsed.fields = &request.headers_;
        if (!parse_head(request.head_, parsed)) return refuse_head("the head is malformed", 400);
        auto const method = parse_method(parsed.method);
        if (!method) return refuse_head("the method is not known here", 501);
        data.remove_prefix(end.size);

        pending.facts = verdict.facts;
        engine_.next_id(request.id_);
        request.method_ = *method;
        request.target_ = parsed.target;
        std::string_view const target = path_and_query(parsed.target, verdict.facts.authority);
        std::size_t const mark = target.find('?');
        request.raw_path_ = target.substr(0, mark);
        if (request.raw_path_.empty()) request.raw_path_ = "/";
        if (mark != std::string_view::npos) request.query_ = target.substr(mark + 1);
        request.client_ = client_;
        request.door_ = &door_;
        request.encrypted_ = transport_.is_encrypted();
        request.actor = door_.kind() == DoorKind::tools ? core::Actor::local() : core::Actor{"anonymous", ""};

        door_.welcome(request);
        auto match = engine_.router.match(door_.kind(), request);
        if (match)
            pending.match = *std::move(match);
        else
            pending.refusal = std::move(match).error();

        bool const has_body = verdict.facts.chunked || verdict.facts.content_length.value_or(0) != 0;
        const Route* const route = pending.match.endpoint ? pending.match.endpoint->route : nullptr;
        bool const open = route && (route->access == Access::anyone ||
                                    (route->access == Access::loopback_or_signed_in && door_.is_loopback()) ||
                                    door_.kind() == DoorKind::tools);
        if (open && !has_body && std::holds_alternative<QuickHandler>(route->handler)) {
            bool const keep = verdict.facts.keep_alive && !stopping_;
            Response response;
            if (answer_quickly(pending, engine_.output, keep, response)) {
                in_request_ = false;
                if (!keep) return Step::end;
                continue;
            }
            pending.response = std::move(response);
            pending.has_response = true;
        }
        pending.request = std::make_shared<Request>(std::move(request));
        pending.request->connection_ = weak_from_this();
        pending_ = std::make_unique<Pending>(std::move(pending));
        return Step::slow;
    }
    return Step::wait;
}

/// Answers from a QuickHandler; false when `response` has a body that has to wait for something.
bool Connection::answer_quickly(const Pending& pending, std::string& out, bool keep, Response& response)
{
    const Request& request = engine_.quick;
    const Route& route = *pending.match.endpoint->route;
    auto const admitted = door_.admit(request, !is_safe(request.method()) || route.refuse_cross_site_get);
    if (!admitted) {
        response = door_.error(request, admitted.error());
    } else {
        try {
            auto result = std::get<QuickHandler>(route.handler)(request);
            response = result ? *std::move(result) : door_.error(request, result.error());
        } catch (const std::exception& bug) {
            core::Error const error{Errc::internal, "something went wrong here", {}, bug.what()};
            response = door_.error(request, error);
        }
    }
    if (std::holds_alternative<FileBody>(response.body) || std::holds_alternative<Writer>(response.body)) return false;
    auto const* const text = std::get_if<std::string>(&response.body);
    if (text && text->size() > max_inline_compression) return false;
    std::size_t const before = out.size();
    PlainBody const body = choose_body(request, response);
    bool const bodiless = response.status == 204 || response.status == 304;
    HeadShape shape;
    if (!bodiless) shape.length = body.bytes.size();
    shape.keep_alive = keep;
    shape.minor_version = pending.facts.minor_version;
    append_head(out, engine_, request, response, shape);
    if (!bodiless && request.method() != Method::head) out += body.bytes;
    engine_.log(door_, request, response.status, out.size() - before, now_us() - pending.started_us,
                pending.match.endpoint->number, response.detail);
    return true;
}

void Connection::on_gone(std::function<void()> fn)
{
    on_gone_ = std::move(fn);
    if ((gone_ || stopping_) && on_gone_) std::exchange(on_gone_, nullptr)();
}

void Connection::lose()
{
    gone_ = true;
    if (outbox_) outbox_->close();
    if (auto const socket = socket_.lock()) socket->finish();
    if (auto const fn = std::exchange(on_gone_, nullptr)) fn();
}

void Connection::expect_reader()
{
    deadline_ = steady_ms() + engine_.options.slow_reader_timeout.count();
}

void Connection::flush_outbox()
{
    if (outbox_) outbox_->flush();
}

void Connection::sweep(std::int64_t now)
{
    if (streaming_ && !watching_ && !gone_ && transport_.peer_closed()) {
        lose();
        transport_.socket().cancel();
        return;
    }
    if (auto const socket = socket_.lock()) socket->tick(now, engine_.options.socket_idle_timeout.count());
    if (deadline_ == 0 || now < deadline_) return;
    deadline_ = 0;
    expired_ = true;
    if (outbox_) lose();
    boost::system::error_code ignored;
    transport_.socket().cancel(ignored);
}

void Connection::stop_politely()
{
    stopping_ = true;
    if (auto const socket = socket_.lock()) {
        socket->close(1001, "the server stops");
    } else if (streaming_) {
        if (outbox_) outbox_->close();
        if (auto const fn = std::exchange(on_gone_, nullptr)) fn();
    } else if (!pending_ && out_.empty()) {
        boost::system::error_code ignored;
        transport_.socket().cancel(ignored);
    }
}

void Connection::end_stream(const std::function<bool(const Request&)>& ends)
{
    if (!pending_ || !pending_->request || !ends(*pending_->request)) return;
    if (auto const socket = socket_.lock()) {
        socket->close(1008, "signed out");
    } else if (streaming_) {
        if (outbox_) outbox_->close();
        if (auto const fn = std::exchange(on_gone_, nullptr)) fn();
    }
}

void Connection::cut()
{
    auto const self = shared_from_this();
    lose();
    boost::system::error_code ignored;
    transport_.socket().cancel(ignored);
    cancel_.emit(asio::cancellation_type::terminal);
    transport_.close();
}

} // namespace pix::http
