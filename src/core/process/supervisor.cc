#include "core/process/supervisor.h"

#include <algorithm>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/process/child_state.h"
#include "core/process/guardian.h"
#include "core/process/memory_use.h"
#include "core/process/sandbox.h"
#include "core/process/source.h"
#include "core/process/takeover.h"

namespace pix::process {

using core::Errc;
using core::fail;

namespace {

// The guardian's socket that this process was started with.
Fd inherited_socket()
{
    const char* text = std::getenv(guardian_variable);
    if (text == nullptr) return Fd();
    const auto number = core::parse_int(text, false);
    ::unsetenv(guardian_variable);
    if (!number || ::fcntl(static_cast<int>(*number), F_SETFD, FD_CLOEXEC) != 0) return Fd();
    return Fd(static_cast<int>(*number));
}

// A file in memory as standard input: nothing to write later, and no pipe that could fill up.
core::Result<std::shared_ptr<Fd>> input_file(const std::string& text)
{
    Fd file(::memfd_create("pix-input", MFD_CLOEXEC));
    std::string_view rest = text;
    while (file && !rest.empty()) {
        const auto written = ::write(file.get(), rest.data(), rest.size());
        if (written < 0)
            file.reset();
        else
            rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if (!file || ::lseek(file.get(), 0, SEEK_SET) != 0) {
        return core::fail_errno(Errc::unavailable, "cannot keep the program's input", errno);
    }
    return std::make_shared<Fd>(std::move(file));
}

Spawn request_of(const Command& command)
{
    Spawn request;
    request.argv = command.argv;
    request.env = command.env;
    request.folder = command.folder;
    request.job = command.job;
    if (command.input)
        request.input = Spawn::from_descriptor;
    else if (command.open_stdin)
        request.input = Spawn::pipe;
    request.keep_stdout = command.keep_stdout;
    request.keep_stderr = command.keep_stderr;
    request.merge_stderr = command.merge_stderr;
    request.pty = command.pty;
    request.limits = command.limits;
    request.on_server_loss = command.on_server_loss;
    request.spool = command.spool.string();
    request.spool_bytes = command.spool_bytes;
    return request;
}

} // namespace

class Supervisor::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(asio::any_io_executor io, asio::thread_pool& files, SupervisorOptions options)
        : io_(std::move(io)), files_(files), options_(std::move(options)), lease_timer_(io_), sample_timer_(io_)
    {}

    void open()
    {
        // Writing to a program that has closed its input is an error to handle, not a reason to die.
        std::signal(SIGPIPE, SIG_IGN);
        own_ = std::make_shared<Source>();
        sources_.push_back(own_);
        Fd socket = inherited_socket();
        has_guardian_ = static_cast<bool>(socket);
        if (has_guardian_) {
            own_->spawner = make_guardian_spawner(io_, std::move(socket), hello(), listener(own_));
        } else {
            own_->spawner = make_local_spawner(io_, options_.home.string(), listener(own_));
        }
    }

    void close()
    {
        closed_ = true;
        lease_timer_.cancel();
        sample_timer_.cancel();
        for (const auto& source : sources_) source->spawner->close();
    }

    static awaitable<core::Result<void>> start(std::shared_ptr<Impl> self)
    {
        if (self->options_.home.empty()) co_return core::Result<void>();
        auto look = [home = self->options_.home, own = self->has_guardian_ ? ::getppid() : ::getpid()] {
            reap_leftovers(home);
            return connect_to_guardians(home, own);
        };
        auto sockets = co_await core::run_on(self->files_, std::move(look));
        for (auto& socket : sockets) {
            auto source = std::make_shared<Source>();
            auto offers = std::make_shared<std::vector<Offer>>();
            auto shared_socket = std::make_shared<Fd>(std::move(socket));
            auto listen = self->listener(source);
            const Expecting expecting(source);
            auto spawner = co_await take_over(self->io_, shared_socket, self->hello(), std::move(listen), offers);
            if (!spawner) continue; // it has nothing to give, and what it had is on its way out
            source->spawner = std::move(*spawner);
            source->offers = std::move(*offers);
            if (self->closed_) source->spawner->close();
            self->sources_.push_back(std::move(source));
        }
        self->arm_lease();
        co_return core::Result<void>();
    }

    static awaitable<core::Result<std::shared_ptr<Child>>> spawn(std::shared_ptr<Impl> self, Command command)
    {
        if (self->running() >= self->options_.max_children) {
            co_return fail(Errc::limit, "too many programs are running", "Wait until some have ended.");
        }
        if (command.sandbox) {
            PIX_CO_TRY(command.argv, sandboxed_argv(command));
            PIX_CO_CHECK(co_await probe_sandbox(self));
        }
        std::shared_ptr<Fd> input;
        if (command.input && !command.pty) {
            PIX_CO_TRY(input, input_file(*command.input));
        }
        auto state = std::make_shared<ChildState>(self->io_, self->files_, command.log_bytes);
        PIX_CO_CHECK(co_await open_spools(state, command.spool, command.spool_bytes));
        Spawn request = request_of(command);
        const Expecting expecting(self->own_);
        auto birth = co_await self->own_->spawner->spawn(std::move(request), input);
        if (!birth) co_return std::unexpected(birth.error());
        state->spawner = self->own_->spawner;
        state->started = birth->started;
        state->job = std::move(command.job);
        state->limits = command.limits;
        state->terminal = command.pty.has_value();
        state->lossless = command.lossless;
        if (command.lossless) state->output.log->keep_from(0);
        state->log_bytes = command.log_bytes;
        self->take_in(*self->own_, state, std::move(birth->fds));
        co_return std::make_shared<Child>(state);
    }

    static awaitable<core::Result<Finished>> run(std::shared_ptr<Impl> self, Command command,
                                                 std::chrono::milliseconds deadline)
    {
        const std::string program = command.argv.empty() ? std::string() : command.argv[0];
        PIX_CO_TRY(const auto child, co_await spawn(self, std::move(command)));
        struct Watch {
            asio::steady_timer timer;
            bool expired = false;
        };
        const auto watch = std::make_shared<Watch>(Watch{asio::steady_timer(self->io_)});
        watch->timer.expires_after(deadline);
        watch->timer.async_wait([watch, child](boost::system::error_code cancelled) {
            if (cancelled) return;
            watch->expired = true;
            asio::co_spawn(watch->timer.get_executor(), child->stop(leave_taking), asio::detached);
        });
        Finished finished;
        finished.exit = co_await child->wait();
        watch->timer.cancel();
        if (watch->expired) co_return fail(Errc::timeout, program + " took too long and was stopped");
        finished.output = child->output().text();
        finished.error_output = child->error_output().text();
        finished.cut = child->output().overflowed() || child->error_output().overflowed();
        co_return finished;
    }

    static awaitable<core::Result<std::shared_ptr<Child>>> reattach(std::shared_ptr<Impl> self, std::string id)
    {
        std::shared_ptr<Source> source;
        std::optional<Offer> offer;
        for (const auto& candidate : self->sources_) {
            source = candidate;
            offer = source->take_offer(id);
            if (offer) break;
        }
        if (!offer) co_return fail(Errc::not_found, "no program with the id " + id + " waits to be taken over");
        const Expecting expecting(source);
        const auto& kept = offer->kept;
        auto state = std::make_shared<ChildState>(self->io_, self->files_, Command().log_bytes);
        state->log_bytes = Command().log_bytes;
        if (auto opened = co_await open_spools(state, kept.spool, kept.spool_bytes); !opened) {
            co_return std::unexpected(opened.error());
        }
        state->spawner = source->spawner;
        state->started = kept.child;
        state->job = kept.job;
        state->limits = kept.limits;
        state->terminal = kept.terminal;
        if (kept.exited) source->ended[kept.child.number].exited = kept.exited;
        self->take_in(*source, state, std::move(offer->fds));
        co_return std::make_shared<Child>(state);
    }

    void abandon(const std::string& id)
    {
        for (const auto& source : sources_) source->abandon(id);
    }

    std::vector<KeptChild> kept() const
    {
        std::vector<KeptChild> result;
        for (const auto& source : sources_) {
            for (const auto& offer : source->offers) {
                const auto& kept = offer.kept;
                result.push_back({kept.child.id, kept.job, kept.child.pid, kept.argv, source->has_ended(offer)});
            }
        }
        return result;
    }

    static awaitable<void> stop_all(std::shared_ptr<Impl> self, std::chrono::milliseconds grace)
    {
        std::vector<std::shared_ptr<ChildState>> all;
        for (const auto& source : self->sources_) {
            source->abandon_all();
            for (const auto& [number, state] : source->children) {
                source->spawner->stop(number, grace);
                all.push_back(state);
            }
        }
        for (const auto& state : all) {
            while (!state->gone) co_await state->changed.wait(Notice::Clock::now() + std::chrono::hours(1));
        }
    }

    std::size_t running() const
    {
        std::size_t count = 0;
        for (const auto& source : sources_) count += source->children.size();
        return count;
    }
    bool has_guardian() const { return has_guardian_; }

private:
    Hello hello() const
    {
        return {options_.home.string(), static_cast<std::uint64_t>(std::max<std::int64_t>(options_.lease.count(), 0))};
    }

    Spawner::Listener listener(const std::shared_ptr<Source>& source)
    {
        return [self = weak_from_this(), from = std::weak_ptr(source)](Spawner::News news) {
            const auto impl = self.lock();
            const auto where = from.lock();
            if (impl && where) where->hear(news);
        };
    }

    void take_in(Source& source, const std::shared_ptr<ChildState>& state, std::vector<Fd> fds)
    {
        source.take_in(state, std::move(fds));
        if (state->limits.memory_bytes > 0 && !sampling_) {
            sampling_ = true;
            asio::co_spawn(io_, sample(weak_from_this()), asio::detached);
        }
    }

    static awaitable<core::Result<void>> open_spools(std::shared_ptr<ChildState> state, std::filesystem::path path,
                                                     std::uint64_t bytes)
    {
        if (path.empty()) co_return core::Result<void>();
        for (auto* stream : {&state->output, &state->error}) {
            auto open = [path, bytes] { return Spool::open(path, bytes); };
            auto spool = co_await core::run_on(state->files, std::move(open));
            if (!spool) co_return std::unexpected(spool.error());
            stream->spool = std::make_shared<Spool>(std::move(*spool));
            stream->log->attach_spool(stream->spool, state->files);
            path += ".err";
        }
        co_return core::Result<void>();
    }

    // Children that nobody takes over do not live for ever.
    void arm_lease()
    {
        lease_timer_.expires_after(options_.lease);
        lease_timer_.async_wait([self = weak_from_this()](boost::system::error_code cancelled) {
            const auto impl = self.lock();
            if (cancelled || !impl) return;
            for (const auto& source : impl->sources_) source->abandon_all();
        });
    }

    // Looks once a second at the memory of those that have a limit, for as long as there are any.
    static awaitable<void> sample(std::weak_ptr<Impl> weak)
    {
        while (true) {
            const auto self = weak.lock();
            if (!self || self->closed_) co_return;
            self->sample_timer_.expires_after(self->options_.sample_every);
            boost::system::error_code ignored;
            co_await self->sample_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
            if (self->closed_) co_return;
            bool any = false;
            const auto sources = self->sources_; // may grow while the pool measures
            for (const auto& source : sources) {
                std::vector<Measured> wanted;
                for (const auto& [number, state] : source->children) {
                    if (state->limits.memory_bytes == 0) continue;
                    any = true;
                    if (state->limit_reason.empty()) wanted.push_back({number, state->started.id, state->started.pid});
                }
                if (wanted.empty()) continue;
                auto job = [wanted = std::move(wanted)] { return measure(wanted); };
                const auto measured = co_await core::run_on(self->files_, std::move(job));
                for (const auto& child : measured) {
                    const auto found = source->children.find(child.number);
                    if (found == source->children.end()) continue;
                    auto& state = *found->second;
                    if (child.resident_bytes <= state.limits.memory_bytes) continue;
                    state.limit_reason = "ResourceLimitExceeded: memory";
                    source->spawner->stop(child.number, std::chrono::milliseconds(0));
                }
            }
            if (!any) {
                self->sampling_ = false;
                co_return;
            }
        }
    }

    // Whether this system permits sandboxes is found out once.
    static awaitable<core::Result<void>> probe_sandbox(std::shared_ptr<Impl> self)
    {
        if (!self->sandbox_works_) {
            Command probe;
            probe.argv = sandbox_probe();
            probe.env = {"PATH=/usr/local/bin:/usr/bin:/bin"};
            probe.folder = "/";
            auto finished = co_await run(self, std::move(probe), std::chrono::seconds(10));
            if (!finished) co_return std::unexpected(finished.error());
            self->sandbox_works_ = finished->exit.ok();
            self->sandbox_error_ = core::to_utf8(core::shorten(core::trim(finished->error_output), 500));
        }
        if (!*self->sandbox_works_) {
            co_return fail(Errc::unavailable, "this system does not permit the sandbox: " + self->sandbox_error_,
                           "Allow unprivileged user namespaces, or run without a sandbox.");
        }
        co_return core::Result<void>();
    }

    asio::any_io_executor io_;
    asio::thread_pool& files_;
    SupervisorOptions options_;
    std::shared_ptr<Source> own_;
    std::vector<std::shared_ptr<Source>> sources_;
    asio::steady_timer lease_timer_;
    asio::steady_timer sample_timer_;
    std::optional<bool> sandbox_works_;
    std::string sandbox_error_;
    bool has_guardian_ = false;
    bool sampling_ = false;
    bool closed_ = false;
};

Supervisor::Supervisor(asio::any_io_executor io, asio::thread_pool& files, SupervisorOptions options)
    : impl_(std::make_shared<Impl>(std::move(io), files, std::move(options)))
{
    impl_->open();
}

Supervisor::~Supervisor()
{
    impl_->close();
}

awaitable<core::Result<void>> Supervisor::start()
{
    return Impl::start(impl_);
}

awaitable<core::Result<std::shared_ptr<Child>>> Supervisor::spawn(Command command)
{
    return Impl::spawn(impl_, std::move(command));
}

awaitable<core::Result<Finished>> Supervisor::run(Command command, std::chrono::milliseconds deadline)
{
    return Impl::run(impl_, std::move(command), deadline);
}

std::vector<KeptChild> Supervisor::kept() const
{
    return impl_->kept();
}

awaitable<core::Result<std::shared_ptr<Child>>> Supervisor::reattach(std::string id)
{
    return Impl::reattach(impl_, std::move(id));
}

void Supervisor::abandon(std::string id)
{
    impl_->abandon(id);
}

awaitable<void> Supervisor::stop_all(std::chrono::milliseconds grace)
{
    return Impl::stop_all(impl_, grace);
}

std::size_t Supervisor::running() const
{
    return impl_->running();
}

bool Supervisor::has_guardian() const
{
    return impl_->has_guardian();
}

} // namespace pix::process
