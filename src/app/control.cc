#include "app/control.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include "core/base/json.h"

namespace pix::app {

using core::Errc;
using core::fail;
using core::fail_errno;
using core::Result;
namespace json = boost::json;
using Socket = asio::local::stream_protocol::socket;

namespace {

constexpr std::size_t max_request_bytes = 1 << 20;
constexpr std::chrono::seconds request_deadline{10};

json::object error_of(const core::Error& error)
{
    return {
        {"error", json::object{{"code", core::name_of(error.code)}, {"message", error.message}, {"hint", error.hint}}}};
}

Errc code_named(std::string_view name)
{
    for (int i = 0; i <= static_cast<int>(Errc::timeout); ++i)
        if (name == core::name_of(static_cast<Errc>(i))) return static_cast<Errc>(i);
    return Errc::internal;
}

/// Reads members of the answer without trusting its shape.
std::string text_of(const json::object& object, const char* key)
{
    auto const* found = object.if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

} // namespace

struct ControlSocket::State {
    State(asio::io_context& context, std::filesystem::path path, ControlCommands table)
        : io(context), acceptor(context), file(std::move(path)), commands(std::move(table))
    {}

    asio::io_context& io;
    asio::local::stream_protocol::acceptor acceptor;
    std::filesystem::path file;
    ControlCommands commands;

    awaitable<json::object> answer(std::string line)
    {
        auto const request = core::parse_json(line);
        if (!request) co_return error_of(request.error());
        auto const* object = request->if_object();
        std::string const name = object == nullptr ? std::string() : text_of(*object, "command");
        auto const command = commands.find(name);
        if (command == commands.end()) {
            core::Error const unknown{Errc::not_found, "the server has no command \"" + name + "\"", "", ""};
            co_return error_of(unknown);
        }
        json::object arguments;
        if (auto const* given = object->if_contains("arguments"); given != nullptr && given->is_object())
            arguments = given->get_object();
        auto result = co_await command->second(std::move(arguments));
        if (!result) co_return error_of(result.error());
        json::object reply;
        reply["result"] = *std::move(result);
        co_return reply;
    }

    static awaitable<void> serve(std::shared_ptr<State> self, Socket socket)
    {
        boost::system::error_code error;
        auto deadline = std::make_shared<asio::steady_timer>(self->io, request_deadline);
        deadline->async_wait([&socket](boost::system::error_code stopped) {
            if (!stopped) socket.close();
        });
        std::string line;
        std::size_t const size =
            co_await asio::async_read_until(socket, asio::dynamic_buffer(line, max_request_bytes), '\n',
                                            asio::redirect_error(asio::use_awaitable, error));
        deadline->cancel();
        if (error || !socket.is_open()) co_return;
        line.resize(size);
        json::object const reply = co_await self->answer(std::move(line));
        std::string const text = core::to_text(reply) + "\n";
        co_await asio::async_write(socket, asio::buffer(text), asio::redirect_error(asio::use_awaitable, error));
    }

    static awaitable<void> accept(std::shared_ptr<State> self)
    {
        for (;;) {
            boost::system::error_code error;
            Socket socket = co_await self->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
            if (error == asio::error::operation_aborted || !self->acceptor.is_open()) co_return;
            if (error) {
                // Out of descriptors: give others time to close theirs.
                asio::steady_timer pause(self->io, std::chrono::milliseconds(100));
                co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
                continue;
            }
            asio::co_spawn(self->io, serve(self, std::move(socket)), asio::detached);
        }
    }
};

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(asio::io_context& io, const std::filesystem::path& home,
                                                           ControlCommands commands)
{
    auto state = std::make_shared<State>(io, home / "control.sock", std::move(commands));
    if (state->file.string().size() >= sizeof(sockaddr_un::sun_path))
        return fail(Errc::unavailable, "the path " + state->file.string() + " is too long for a socket",
                    "Choose a shorter folder with --home.");
    // The caller holds the home's lock, so a socket file left here belongs to nobody.
    ::unlink(state->file.c_str());
    boost::system::error_code error;
    asio::local::stream_protocol::endpoint const endpoint(state->file.string());
    state->acceptor.open(endpoint.protocol(), error);
    mode_t const mask = ::umask(0177);
    if (!error) state->acceptor.bind(endpoint, error);
    ::umask(mask);
    if (!error) state->acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return fail(Errc::unavailable, "cannot listen on " + state->file.string() + ": " + error.message());
    return std::unique_ptr<ControlSocket>(new ControlSocket(std::move(state)));
}

ControlSocket::~ControlSocket()
{
    close();
}

void ControlSocket::start()
{
    asio::co_spawn(state_->io, State::accept(state_), asio::detached);
}

void ControlSocket::close()
{
    if (!state_->acceptor.is_open()) return;
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
    ::unlink(state_->file.c_str());
}

Result<json::value> ask_server(const std::filesystem::path& home, const std::string& command,
                               const json::object& arguments, std::chrono::milliseconds deadline)
{
    std::string const file = (home / "control.sock").string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (file.size() >= sizeof address.sun_path)
        return fail(Errc::unavailable, "the path " + file + " is too long for a socket");
    file.copy(address.sun_path, sizeof address.sun_path - 1);
    int const descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return fail_errno(Errc::unavailable, "cannot make a socket", errno);
    struct Closer {
        int descriptor;
        ~Closer() { ::close(descriptor); }
    } const closer{descriptor};
    if (::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        return fail_errno(Errc::unavailable, "cannot reach the server at " + file, errno);

    std::string const request = core::to_text(json::object{{"command", command}, {"arguments", arguments}}) + "\n";
    std::string_view rest = request;
    while (!rest.empty()) {
        ssize_t const sent = ::send(descriptor, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return fail_errno(Errc::unavailable, "cannot ask the server", errno);
        rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    auto const end = std::chrono::steady_clock::now() + deadline;
    std::string reply;
    while (!reply.ends_with('\n')) {
        auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        pollfd wait{descriptor, POLLIN, 0};
        int const ready = left.count() > 0 ? ::poll(&wait, 1, static_cast<int>(left.count())) : 0;
        if (ready < 0 && errno == EINTR) continue;
        if (ready == 0) return fail(Errc::timeout, "the server did not answer in time");
        char buffer[16 * 1024];
        ssize_t const got = ::recv(descriptor, buffer, sizeof buffer, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return fail(Errc::unavailable, "the server closed the connection before it answered");
        reply.append(buffer, static_cast<std::size_t>(got));
        if (reply.size() > 64 * 1024 * 1024) return fail(Errc::too_large, "the server's answer is too large");
    }
    PIX_TRY(auto value, core::parse_json(reply, {.max_bytes = 64 * 1024 * 1024}));
    auto* object = value.if_object();
    if (object == nullptr) return fail(Errc::bad_gateway, "the server answered something else than an object");
    if (auto const* error = object->if_contains("error"); error != nullptr && error->is_object())
        return fail(code_named(text_of(error->get_object(), "code")), text_of(error->get_object(), "message"),
                    text_of(error->get_object(), "hint"));
    return std::move((*object)["result"]);
}

} // namespace pix::app
