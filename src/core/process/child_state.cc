#include "core/process/child_state.h"

#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <cerrno>
#include <csignal>
#include <unistd.h>

namespace pix::process {

namespace {

constexpr std::size_t chunk_bytes = 64 * 1024;
// The largest pipe there is without privileges: more than this cannot have been waiting at the exit.
// Source: /proc/sys/fs/pipe-max-size, pipe(7).
constexpr std::size_t most_waiting = 1024 * 1024;

struct Chunk {
    std::string bytes;
    int error = 0; // 0 with no bytes: end of file
};

Chunk read_chunk(int fd)
{
    Chunk chunk;
    chunk.bytes.resize_and_overwrite(chunk_bytes, [&chunk, fd](char* data, std::size_t size) -> std::size_t {
        const auto got = ::read(fd, data, size);
        if (got < 0) chunk.error = errno;
        return got > 0 ? static_cast<std::size_t>(got) : 0;
    });
    // A terminal whose other side is closed says EIO.
    if (chunk.error == EIO) chunk.error = 0;
    return chunk;
}

// Reading and keeping in one step, so that as little as possible is in the server's memory alone.
Chunk read_and_keep(int fd, Spool& spool)
{
    Chunk chunk = read_chunk(fd);
    if (!chunk.bytes.empty()) (void)spool.append(chunk.bytes); // a full disk costs the file its copy, not the child
    return chunk;
}

bool must_hold(const ChildState& state, const ChildState::Stream& stream)
{
    if (state.exit) return false;
    if (state.held) return true;
    return state.lossless && &stream == &state.output && stream.log->end() - state.read_up_to >= state.log_bytes;
}

void settle(ChildState& state, ChildState::Stream& stream)
{
    if (stream.settled) return;
    stream.settled = true;
    state.changed.ring();
}

awaitable<void> read_stream(std::shared_ptr<ChildState> state, ChildState::Stream& stream)
{
    std::size_t since_exit = 0;
    while (true) {
        while (must_hold(*state, stream)) co_await state->changed.wait(Notice::Clock::now() + std::chrono::hours(1));
        const bool draining = state->exit && !stream.settled;
        if (!draining && !state->gone) {
            boost::system::error_code ignored; // a cancelled wait is a nudge to look at the flags
            co_await stream.fd->async_wait(Descriptor::wait_read, asio::redirect_error(asio::use_awaitable, ignored));
            if (must_hold(*state, stream)) continue;
        }
        Chunk chunk;
        const int fd = stream.fd->native_handle();
        if (stream.spool) {
            auto job = [fd, spool = stream.spool] { return read_and_keep(fd, *spool); };
            chunk = co_await core::run_on(state->files, std::move(job));
        } else {
            chunk = read_chunk(fd);
        }
        stream.log->append(chunk.bytes);
        if (state->exit) since_exit += chunk.bytes.size();
        if (chunk.bytes.empty()) {
            if (chunk.error == 0) break;
            if (chunk.error != EAGAIN && chunk.error != EINTR) break;
            if (state->gone) break;
            if (draining) settle(*state, stream);
        } else if (since_exit > most_waiting) {
            if (state->gone) break;
            settle(*state, stream);
        }
    }
    stream.fd.reset();
    stream.log->close();
    settle(*state, stream);
}

} // namespace

void ChildState::begin(std::shared_ptr<ChildState> state, std::vector<Fd> fds)
{
    auto next = fds.begin();
    const auto take = [&](bool present, std::optional<Descriptor>& target) {
        if (present && next != fds.end()) target.emplace(state->io, std::move(*next++));
    };
    take(state->started.has_input, state->input);
    take(state->started.has_output, state->output.fd);
    take(state->started.has_error, state->error.fd);
    for (Stream* stream : {&state->output, &state->error}) {
        if (!stream->fd) {
            stream->log->close();
            continue;
        }
        stream->settled = false;
        asio::co_spawn(state->io, read_stream(state, *stream), asio::detached);
    }
}

void ChildState::on_exit(Exit how)
{
    if (exit) return;
    if (!limit_reason.empty()) {
        how.by_limit = true;
        how.reason = limit_reason;
    } else if (how.by_limit) {
        how.reason = "ResourceLimitExceeded: memory";
    } else if (how.kind == Exit::signalled && how.code == SIGXCPU && limits.cpu.count() > 0) {
        how.by_limit = true;
        how.reason = "ResourceLimitExceeded: cpu";
    } else if (how.kind == Exit::signalled && how.code == SIGXFSZ && limits.file_bytes > 0) {
        how.by_limit = true;
        how.reason = "ResourceLimitExceeded: file size";
    }
    exit = std::move(how);
    for (Stream* stream : {&output, &error}) {
        if (stream->fd) stream->fd->cancel();
    }
    if (input) input->cancel();
    changed.ring();
}

void ChildState::on_gone()
{
    gone = true;
    for (Stream* stream : {&output, &error}) {
        if (stream->fd) stream->fd->cancel();
    }
    input.reset();
    changed.ring();
}

} // namespace pix::process
