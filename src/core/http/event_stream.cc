#include "core/http/event_stream.h"

#include <algorithm>

#include "core/http/connection.h"

namespace pix::http {

using core::Errc;
using core::fail;
using core::Result;

SharedFrame chunk_frame(std::string_view payload)
{
    auto frame = std::make_shared<WireFrame>();
    frame->payload_size = payload.size();
    char size[24];
    int const length = std::snprintf(size, sizeof size, "%zx\r\n", frame->payload_size);
    frame->payload_at = static_cast<std::size_t>(length);
    frame->bytes.reserve(frame->payload_at + frame->payload_size + 2);
    frame->bytes.append(size, frame->payload_at).append(payload).append("\r\n");
    return frame;
}

namespace {

/// `prefix` before every line of `text`. CR, LF and CRLF all end a line for the reader.
void append_lines(std::string& out, std::string_view prefix, std::string_view text)
{
    for (;;) {
        std::size_t const end = text.find_first_of("\r\n");
        out.append(prefix).append(text.substr(0, end)).append("\n");
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
    }
}

} // namespace

SharedFrame event_frame(std::optional<std::int64_t> id, std::string_view name, std::string_view data)
{
    std::string text;
    text.reserve(data.size() + name.size() + 48);
    if (id) text.append("id: ").append(std::to_string(*id)).append("\n");
    if (!name.empty()) {
        text += "event: ";
        std::copy_if(name.begin(), name.end(), std::back_inserter(text), [](char c) { return c != '\r' && c != '\n'; });
        text += '\n';
    }
    append_lines(text, "data: ", data);
    text += '\n';
    return chunk_frame(text);
}

BodyWriter::BodyWriter(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
BodyWriter::~BodyWriter() = default;

bool BodyWriter::client_gone() const
{
    return !connection_->outbox() || connection_->outbox()->closed() || connection_->client_gone();
}

void BodyWriter::on_gone(std::function<void()> fn)
{
    connection_->on_gone(std::move(fn));
}

bool BodyWriter::push(SharedFrame frame)
{
    return connection_->outbox() && connection_->outbox()->push(std::move(frame));
}

awaitable<Result<void>> BodyWriter::send_and_wait(SharedFrame frame)
{
    // Writers may outlive their answer; then nobody listens any more.
    auto* const outbox = connection_->outbox();
    if (!outbox) co_return fail(Errc::cancelled, "the answer has ended");
    PIX_CO_CHECK(co_await outbox->room());
    outbox->push_always(std::move(frame));
    co_return Result<void>();
}

awaitable<Result<void>> BodyWriter::write(std::string chunk)
{
    if (chunk.empty()) co_return Result<void>();
    co_return co_await send_and_wait(chunk_frame(chunk));
}

awaitable<Result<void>> EventWriter::event(std::optional<std::int64_t> id, std::string name, std::string data)
{
    co_return co_await send_and_wait(event_frame(id, name, data));
}

awaitable<Result<void>> EventWriter::comment(std::string text)
{
    std::string lines;
    append_lines(lines, ":", text);
    lines += '\n';
    co_return co_await send_and_wait(chunk_frame(lines));
}

awaitable<Result<void>> EventWriter::retry(std::chrono::milliseconds delay)
{
    std::string const text = "retry: " + std::to_string(delay.count()) + "\n\n";
    co_return co_await send_and_wait(chunk_frame(text));
}

bool EventWriter::send(SharedFrame frame)
{
    if (push(std::move(frame))) return true;
    lagged_ = true;
    return false;
}

} // namespace pix::http
