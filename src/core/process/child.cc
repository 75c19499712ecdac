#include "core/process/child.h"

#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <cerrno>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/process/child_state.h"

namespace pix::process {

using core::Errc;
using core::fail;

namespace {

constexpr std::chrono::hours long_time{1}; // waits that end with the child look again this often
constexpr std::chrono::seconds leave_taking{2};

awaitable<Exit> wait_for_exit(std::shared_ptr<ChildState> state)
{
    while (!state->is_settled()) co_await state->changed.wait(Notice::Clock::now() + long_time);
    co_return *state->exit;
}

awaitable<Exit> wait_for_the_tree(std::shared_ptr<ChildState> state)
{
    while (!state->gone || !state->is_settled()) co_await state->changed.wait(Notice::Clock::now() + long_time);
    co_return *state->exit;
}

awaitable<core::Result<void>> write_all(std::shared_ptr<ChildState> state, std::string bytes,
                                        std::chrono::milliseconds timeout)
{
    const auto deadline = Notice::Clock::now() + timeout;
    while (state->writing) {
        if (Notice::Clock::now() >= deadline) co_return fail(Errc::timeout, "the program does not read its input");
        co_await state->changed.wait(deadline);
    }
    state->writing = true;
    struct Turn {
        ChildState& state;
        ~Turn()
        {
            state.writing = false;
            state.changed.ring();
        }
    };
    const Turn turn{*state};
    std::string_view rest = bytes;
    while (!rest.empty()) {
        auto& fd = state->terminal ? state->output.fd : state->input;
        if (state->exit || !fd) co_return fail(Errc::gone, "the program has ended or its input is closed");
        const auto written = ::write(fd->native_handle(), rest.data(), rest.size());
        if (written >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(written));
            continue;
        }
        if (errno == EINTR) continue;
        if (errno == EPIPE || errno == EIO) co_return fail(Errc::gone, "the program has closed its input");
        if (errno != EAGAIN) co_return core::fail_errno(Errc::unavailable, "cannot write to the program", errno);
        if (Notice::Clock::now() >= deadline) co_return fail(Errc::timeout, "the program does not read its input");
        auto writable = [](std::shared_ptr<ChildState> held, bool terminal) -> awaitable<void> {
            boost::system::error_code ignored;
            auto& target = terminal ? held->output.fd : held->input;
            co_await target->async_wait(Descriptor::wait_write, asio::redirect_error(asio::use_awaitable, ignored));
            held->changed.ring();
        };
        // The wait for room is its own coroutine: the deadline must not cancel the reading of a terminal.
        asio::co_spawn(state->io, writable(state, state->terminal), asio::detached);
        co_await state->changed.wait(deadline);
    }
    co_return core::Result<void>();
}

awaitable<core::Result<std::string>> read_next(std::shared_ptr<ChildState> state, std::chrono::milliseconds timeout)
{
    auto piece = co_await state->output.log->next(state->read_up_to, timeout);
    if (!piece) co_return std::unexpected(piece.error());
    state->read_up_to = piece->next();
    if (state->lossless) state->output.log->keep_from(state->read_up_to);
    state->changed.ring(); // there may be room for more now
    co_return std::move(piece->data);
}

} // namespace

Child::Child(std::shared_ptr<ChildState> state) : state_(std::move(state)) {}

Child::~Child()
{
    if (!state_->gone) state_->spawner->stop(state_->started.number, leave_taking);
    state_->spawner->release(state_->started.number);
    state_->held = false;
    state_->lossless = false;
    state_->changed.ring();
}

const std::string& Child::id() const
{
    return state_->started.id;
}

pid_t Child::pid() const
{
    return state_->started.pid;
}

const std::string& Child::job() const
{
    return state_->job;
}

bool Child::has_exited() const
{
    return state_->exit.has_value();
}

awaitable<Exit> Child::wait()
{
    return wait_for_exit(state_);
}

core::Result<void> Child::signal(int number)
{
    if (number < 1 || number > 64) return fail(Errc::invalid, "there is no signal " + std::to_string(number));
    if (state_->exit) return fail(Errc::gone, "the program has ended");
    state_->spawner->signal(state_->started.number, number);
    return {};
}

awaitable<Exit> Child::stop(std::chrono::milliseconds grace)
{
    if (!state_->gone) state_->spawner->stop(state_->started.number, grace);
    return wait_for_the_tree(state_);
}

OutputLog& Child::output()
{
    return *state_->output.log;
}

OutputLog& Child::error_output()
{
    return *state_->error.log;
}

core::Result<void> Child::resize(PtySize size)
{
    if (!state_->terminal) return fail(Errc::conflict, "the program has no terminal");
    if (!state_->output.fd) return fail(Errc::gone, "the terminal is closed");
    const winsize wanted{size.rows, size.columns, 0, 0};
    if (::ioctl(state_->output.fd->native_handle(), TIOCSWINSZ, &wanted) != 0) {
        return core::fail_errno(Errc::unavailable, "cannot resize the terminal", errno);
    }
    return {};
}

awaitable<core::Result<void>> Child::write_input(std::string bytes, std::chrono::milliseconds timeout)
{
    return write_all(state_, std::move(bytes), timeout);
}

void Child::close_input()
{
    state_->input.reset();
    state_->spawner->close_input(state_->started.number);
    state_->changed.ring();
}

awaitable<core::Result<std::string>> Child::read_output(std::chrono::milliseconds timeout)
{
    return read_next(state_, timeout);
}

void Child::hold_output(bool held)
{
    state_->held = held;
    state_->changed.ring();
}

} // namespace pix::process
