#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>

#include "core/base/text.h"
#include "core/http/conditional.h"
#include "core/http/connection.h"
#include "core/http/event_stream.h"
#include "core/http/websocket.h"

namespace pix::http {

using core::Errc;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t file_piece = 128 * 1024;

/// An open file and what its headers say.
struct OpenFile {
    int descriptor = -1;
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;

    OpenFile() = default;
    OpenFile(OpenFile&& other) noexcept
        : descriptor(std::exchange(other.descriptor, -1)), size(other.size), modified_ns(other.modified_ns)
    {}
    OpenFile& operator=(OpenFile&&) = delete;
    ~OpenFile()
    {
        if (descriptor >= 0) ::close(descriptor);
    }
};

Result<OpenFile> open_file(const std::filesystem::path& path)
{
    OpenFile file;
    file.descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file.descriptor < 0) return fail(Errc::not_found, "the file is not there", {}, path.string());
    struct stat about{};
    if (::fstat(file.descriptor, &about) != 0 || !S_ISREG(about.st_mode))
        return fail(Errc::not_found, "this is no file", {}, path.string());
    file.size = static_cast<std::uint64_t>(about.st_size);
    file.modified_ns = about.st_mtim.tv_sec * 1'000'000'000LL + about.st_mtim.tv_nsec;
    return file;
}

/// At most `size` bytes from `offset`; fewer when the file has become shorter.
std::string read_piece(int descriptor, std::uint64_t offset, std::size_t size)
{
    std::string bytes(size, '\0');
    std::size_t filled = 0;
    while (filled < size) {
        ssize_t const got =
            ::pread(descriptor, bytes.data() + filled, size - filled, static_cast<off_t>(offset + filled));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        filled += static_cast<std::size_t>(got);
    }
    bytes.resize(filled);
    return bytes;
}

std::string etag_of(const OpenFile& file)
{
    char text[64];
    std::snprintf(text, sizeof text, "\"%llx-%llx\"", static_cast<unsigned long long>(file.modified_ns),
                  static_cast<unsigned long long>(file.size));
    return text;
}

} // namespace

awaitable<Connection::Next> Connection::send_file(Pending& pending)
{
    Request& request = *pending.request;
    Response& response = pending.response;
    auto const open_it = [path = std::get<FileBody>(response.body).path] { return open_file(path); };
    Result<OpenFile> file = co_await core::run_on(engine_.files, open_it);
    if (!file) {
        response = door_.error(request, file.error());
        co_return co_await respond(pending);
    }
    if (response.header("ETag").empty()) response.set("ETag", etag_of(*file));
    response.set("Accept-Ranges", "bytes");
    std::uint64_t first = 0;
    std::uint64_t left = file->size;
    if (response.status == 200 && is_safe(request.method())) {
        std::string const etag(response.header("ETag"));
        if (is_none_match_satisfied_by(request.header("If-None-Match"), etag)) {
            response.body = std::string();
            response.status = 304;
            co_return co_await respond(pending);
        }
        auto const choice = choose_range(request.header("Range"), request.header("If-Range"), etag, file->size);
        if (choice.kind == RangeChoice::Kind::unsatisfiable) {
            response = Response::empty(416);
            response.set("Content-Range", "bytes */" + std::to_string(file->size));
            co_return co_await respond(pending);
        }
        if (choice.kind == RangeChoice::Kind::part) {
            first = choice.range.first;
            left = choice.range.last - first + 1;
            response.status = 206;
            response.set("Content-Range", "bytes " + std::to_string(first) + "-" + std::to_string(choice.range.last) +
                                              "/" + std::to_string(file->size));
        }
    }
    bool const keep = keeps(pending);
    HeadShape shape;
    shape.length = left;
    shape.keep_alive = keep;
    shape.minor_version = pending.facts.minor_version;
    std::string head;
    append_head(head, engine_, request, response, shape);
    std::uint64_t sent_bytes = head.size();
    bool sent = co_await write_all(head);
    if (request.method() == Method::head) left = 0;
    while (sent && left > 0) {
        std::size_t const size = static_cast<std::size_t>(std::min<std::uint64_t>(left, file_piece));
        auto const read_it = [descriptor = file->descriptor, first, size] {
            return read_piece(descriptor, first, size);
        };
        std::string const piece = co_await core::run_on(engine_.files, read_it);
        // A file that became shorter cannot keep what the header promised: the client must see that.
        if (piece.empty())
            sent = false;
        else
            sent = co_await write_all(piece);
        first += piece.size();
        left -= piece.size();
        sent_bytes += piece.size();
    }
    deadline_ = 0;
    log(pending, sent_bytes);
    bool const next = sent && keep;
    co_return next ? Next::keep : Next::close;
}

/// Notices a client that closes while nothing is written. Bytes that come meanwhile belong to a later request; then
/// sweep() goes on looking.
void Connection::watch_for_end()
{
    if (watching_ || transport_.is_encrypted()) return;
    watching_ = true;
    auto look = [self = shared_from_this()](const boost::system::error_code& error) {
        self->watching_ = false;
        if (error || !self->streaming_ || self->gone_) return;
        if (self->transport_.peer_closed()) self->lose();
    };
    transport_.socket().async_wait(Transport::Socket::wait_read, std::move(look));
}

/// The head of a stream; from now on the request and the answer hold no more than what the log wants.
std::string Connection::start_stream(Pending& pending)
{
    HeadShape shape;
    shape.chunked = pending.facts.minor_version == 1;
    shape.keep_alive = keeps(pending) && shape.chunked;
    shape.minor_version = pending.facts.minor_version;
    std::string head;
    append_head(head, engine_, *pending.request, pending.response, shape);
    pending.response.headers = std::vector<std::pair<std::string, std::string>>();
    pending.request->headers_.shrink_to_fit();
    return head;
}

awaitable<bool> Connection::send_stream()
{
    Pending& pending = *pending_;
    bool const chunked = pending.facts.minor_version == 1;
    bool const keep = keeps(pending);
    out_ = start_stream(pending);
    std::uint64_t sent_bytes = out_.size();
    bool sent = co_await write_rest();
    deadline_ = 0;
    if (sent && pending.request->method() != Method::head) {
        outbox_ = std::make_unique<Outbox>(*this, OutboxLimits(), !chunked);
        streaming_ = true;
        if (stopping_) outbox_->close();
        watch_for_end();
        bool complete = true;
        Writer writer = std::move(std::get<Writer>(pending.response.body));
        auto body = std::make_shared<EventWriter>(shared_from_this());
        try {
            co_await writer(body);
        } catch (const std::exception& bug) {
            pending.response.detail = bug.what();
            complete = false;
        }
        body.reset();
        writer = nullptr;
        on_gone_ = nullptr;
        if (complete && !gone_) {
            // An answer that was cut short must not look whole: without its last chunk the client sees that it is not.
            if (chunked && !outbox_->closed())
                outbox_->push_always(std::make_shared<const WireFrame>(WireFrame{"0\r\n\r\n", 5, 0}));
            auto const drained = co_await outbox_->drained();
            complete = drained.has_value();
        }
        sent = complete && !gone_;
        sent_bytes += outbox_->sent_bytes();
        streaming_ = false;
        outbox_.reset();
        boost::system::error_code ignored;
        if (watching_) transport_.socket().cancel(ignored);
    }
    deadline_ = 0;
    log(pending, sent_bytes);
    bool const next = sent && keep && chunked && !stopping_;
    co_return next;
}

std::string Connection::start_socket(Pending& pending, std::shared_ptr<WebSocket>& socket)
{
    Request& request = *pending.request;
    const Route& route = *pending.match.endpoint->route;
    bool const compress = route.socket.compression && offers_deflate(request.header("Sec-WebSocket-Extensions"));
    std::string protocol = choose_protocol(request.header("Sec-WebSocket-Protocol"), route.socket.protocols);
    Response response = Response::empty(101);
    response.set("Connection", "Upgrade");
    response.set("Upgrade", "websocket");
    response.set("Sec-WebSocket-Accept", accept_key(request.header("Sec-WebSocket-Key")));
    if (!protocol.empty()) response.set("Sec-WebSocket-Protocol", protocol);
    if (compress)
        response.set("Sec-WebSocket-Extensions",
                     "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    std::string head;
    append_head(head, engine_, request, response, HeadShape());
    pending.response = Response::empty(101);
    request.headers_.shrink_to_fit();

    OutboxLimits const limits{route.socket.queue_frames, route.socket.queue_bytes};
    outbox_ = std::make_unique<Outbox>(*this, limits, false);
    socket = std::make_shared<WebSocket>(shared_from_this(), route.socket, compress);
    socket->protocol_ = std::move(protocol);
    socket_ = socket;
    return head;
}

/// Hands a WebSocket to its handler.
awaitable<bool> Connection::speak()
{
    Pending& pending = *pending_;
    std::shared_ptr<WebSocket> socket;
    out_ = start_socket(pending, socket);
    std::uint64_t const head_bytes = out_.size();
    bool const sent = co_await write_rest();
    deadline_ = 0;
    if (sent) {
        socket->start(std::exchange(in_, {}));
        if (stopping_) socket->close(1001, "the server stops");
        try {
            co_await std::get<SocketHandler>(pending.match.endpoint->route->handler)(pending.request, socket);
        } catch (const std::exception& bug) {
            pending.response.detail = bug.what();
        }
        socket->close(pending.response.detail.empty() ? 1000 : 1011);
        if (!gone_) {
            auto const drained = co_await outbox_->drained();
            if (!drained) gone_ = true;
        }
    }
    socket->finish();
    log(pending, head_bytes + outbox_->sent_bytes());
    co_return false;
}

} // namespace pix::http
