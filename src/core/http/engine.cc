#include "core/http/engine.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <ctime>

#include "core/base/id.h"
#include "core/http/connection.h"

namespace pix::http {

using core::Errc;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t input_size = 64 * 1024;
constexpr int backlog = 4096;
constexpr char id_alphabet[] = "0123456789abcdefghijklmnopqrstuv";

using TlsContext = std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)>;

/// HTTP/1.1 and nothing else: a client that offers more still gets an answer it understands.
int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                void*)
{
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, in, in_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

} // namespace

std::int64_t steady_ms()
{
    timespec now;
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

Result<TlsContext> make_tls_context(const TlsFiles& files)
{
    TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (!context) return fail(Errc::internal, "TLS is not available");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    // Idle connections give their record buffers back; a repeated write may come from another address.
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context.get(),
                        SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context.get(), choose_alpn, nullptr);
    if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1)
        return fail(Errc::invalid, "the certificate " + files.certificate + " cannot be read");
    if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context.get()) != 1)
        return fail(Errc::invalid, "the key " + files.key + " cannot be read or does not belong to the certificate");
    return context;
}

Engine::Engine(asio::io_context& loop, const Router& routes, AccessLog* log_file, Metrics& numbers,
               ServerOptions limits)
    : io(loop), router(routes), access_log(log_file), metrics(numbers), options(limits), files(limits.file_threads),
      input(input_size), sweep_timer(loop), retry_timer(loop)
{
    std::array<std::byte, 8> random;
    core::random_bytes(random);
    id_prefix_ = "req_";
    for (std::size_t i = 0; i < 4; ++i) id_prefix_ += id_alphabet[std::to_integer<unsigned>(random[i]) & 31];
    for (std::size_t i = 4; i < 8; ++i) id_next_ = id_next_ << 8 | std::to_integer<unsigned>(random[i]);
    for (std::size_t number = 0; number < router.size(); ++number) {
        const Endpoint& endpoint = router.endpoint(number);
        metrics.name_route(number, std::string(name_of(endpoint.mount->door)),
                           std::string(name_of(endpoint.route->method)), endpoint.mount->prefix + endpoint.route->path);
    }
}

Engine::~Engine() = default;

Result<Door*> Engine::open(Door door)
{
    DoorOptions const& wanted = door.options();
    std::string const where = wanted.host + " port " + std::to_string(wanted.port);
    TlsContext tls(nullptr, SSL_CTX_free);
    if (wanted.tls) {
        PIX_TRY(tls, make_tls_context(*wanted.tls));
    }
    boost::system::error_code error;
    asio::ip::tcp::endpoint const endpoint(asio::ip::make_address(wanted.host, error), wanted.port);
    auto listener = std::make_unique<Listener>(Listener{
        std::make_unique<Door>(std::move(door)), decltype(Listener::acceptor)(io.get_executor()), std::move(tls)});
    auto& acceptor = listener->acceptor;
    if (!error) acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(backlog, error);
    if (error)
        return fail(Errc::unavailable,
                    "the " + std::string(listener->door->name()) + " door cannot listen on " + where + ": " +
                        error.message(),
                    "Stop what listens there, or choose another port.");
    listener->door->set_port(acceptor.local_endpoint().port());
    Door* const opened = listener->door.get();
    auto const slot = opened->kind() == DoorKind::tools ? 0U : opened->kind() == DoorKind::workbench ? 1U : 2U;
    listeners[slot] = std::move(listener);
    return opened;
}

void Engine::accept(Listener& listener)
{
    listener.accepting = true;
    auto accepted = [self = shared_from_this(), &listener](const boost::system::error_code& error,
                                                           Transport::Socket socket) {
        if (self->stopping || error == asio::error::operation_aborted) return;
        if (error) {
            // No descriptors left: those who wait stay in the backlog until somebody goes.
            self->retry_timer.expires_after(std::chrono::milliseconds(100));
            self->retry_timer.async_wait([self, &listener](const boost::system::error_code& stopped) {
                if (!stopped && !self->stopping) self->accept(listener);
            });
            return;
        }
        boost::system::error_code ignored;
        if (self->connections.size() >= self->options.connections) {
            ++self->refused;
            static constexpr std::string_view busy =
                "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 30\r\n"
                "Retry-After: 5\r\nConnection: close\r\n\r\nToo many connections are open.";
            if (!listener.tls) {
                Transport transport(std::move(socket), nullptr);
                transport.write(busy);
                transport.shutdown_send();
            }
        } else {
            socket.set_option(asio::ip::tcp::no_delay(true), ignored);
            auto const peer = socket.remote_endpoint(ignored);
            std::string client = ignored ? std::string() : peer.address().to_string();
            std::make_shared<Connection>(self, *listener.door, Transport(std::move(socket), listener.tls.get()),
                                         std::move(client))
                ->start();
        }
        self->accept(listener);
    };
    listener.acceptor.async_accept(io.get_executor(), std::move(accepted));
}

void Engine::add(Connection& connection)
{
    connection.slot = connections.size();
    connections.push_back(&connection);
    sweep_later();
}

void Engine::remove(Connection& connection)
{
    Connection* const last = connections.back();
    connections[connection.slot] = last;
    last->slot = connection.slot;
    connections.pop_back();
}

void Engine::flush_later(std::shared_ptr<Connection> connection)
{
    to_flush.push_back(std::move(connection));
    if (flush_posted) return;
    flush_posted = true;
    asio::post(io, [self = shared_from_this()] { self->flush_all(); });
}

void Engine::flush_all()
{
    flush_posted = false;
    flushing.swap(to_flush);
    for (auto const& connection : flushing) connection->flush_outbox();
    flushing.clear();
}

void Engine::sweep_later()
{
    if (sweeping) return;
    sweeping = true;
    sweep_timer.expires_after(options.sweep_interval);
    sweep_timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        self->sweeping = false;
        if (error) return;
        self->sweep();
        if (!self->connections.empty()) self->sweep_later();
    });
}

void Engine::sweep()
{
    std::int64_t const now = steady_ms();
    // From the end: one that goes is replaced by one that has been looked at.
    for (std::size_t i = connections.size(); i-- > 0;)
        if (i < connections.size()) connections[i]->sweep(now);
}

const std::string& Engine::date_line()
{
    timespec now;
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec != date_at_) {
        date_at_ = now.tv_sec;
        std::time_t const seconds = now.tv_sec;
        std::tm parts{};
        ::gmtime_r(&seconds, &parts);
        // Not strftime: its names follow the locale, HTTP's do not. Source: RFC 9110 section 5.6.7.
        static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        char text[96];
        int const length = std::snprintf(text, sizeof text, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
                                         days[parts.tm_wday], parts.tm_mday, months[parts.tm_mon], parts.tm_year + 1900,
                                         parts.tm_hour, parts.tm_min, parts.tm_sec);
        date_.assign(text, static_cast<std::size_t>(length));
    }
    return date_;
}

void Engine::next_id(std::string& id)
{
    id.assign(id_prefix_);
    // An odd factor visits every 30-bit number once, so that neighbours do not look alike.
    std::uint32_t number = (id_next_++ * 0x2545F491U) & 0x3fffffffU;
    for (int i = 0; i < 6; ++i) {
        id += id_alphabet[number & 31];
        number >>= 5;
    }
}

void Engine::log(const Door& door, const Request& request, int status, std::uint64_t bytes, std::int64_t micros,
                 std::size_t route, std::string_view detail)
{
    metrics.count(route, status, static_cast<double>(micros) / 1e6, bytes);
    if (!access_log) return;
    timespec now;
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    AccessRecord record;
    record.at = now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
    record.id = request.id();
    record.door = door.name();
    record.client = request.client_address();
    record.actor_kind = request.actor.kind;
    record.actor_id = request.actor.id;
    record.method = name_of(request.method());
    record.path = request.path();
    record.mount = request.mount() ? std::string_view(request.mount()->prefix) : std::string_view();
    record.status = status;
    record.bytes = bytes;
    record.micros = micros;
    record.detail = detail;
    access_log->add(record);
}

} // namespace pix::http
