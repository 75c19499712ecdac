#pragma once
#include <boost/json.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/base/async.h"
#include "core/base/error.h"

namespace pix::app {

/// What `pix` commands ask of the server's data, by name ("jobs.list"): the same functions answer inside the server and
/// in a command that opened the store itself because no server runs.
using ControlCommand = std::function<awaitable<core::Result<boost::json::value>>(boost::json::object arguments)>;
using ControlCommands = std::map<std::string, ControlCommand>;

/// The server's end of <home>/control.sock, mode 0600: one JSON request a connection, one line each way.
///   -> {"command": "jobs.list", "arguments": {…}}
///   <- {"result": …} or {"error": {"code", "message", "hint"}}
///
/// Runs on: the io thread.
/// Owns:    the socket file while it lives.
class ControlSocket {
public:
    /// Errors: Errc::unavailable when the socket cannot be made (a path over 107 bytes, for one).
    static core::Result<std::unique_ptr<ControlSocket>> open(asio::io_context& io, const std::filesystem::path& home,
                                                             ControlCommands commands);
    ~ControlSocket();

    /// Accepts until close().
    void start();
    void close();

private:
    struct State;
    explicit ControlSocket(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
};

/// Asks the server of `home`; blocks up to `deadline`. For commands, not for the server.
/// Errors: what the server answered; Errc::unavailable when nobody listens; Errc::timeout.
core::Result<boost::json::value> ask_server(const std::filesystem::path& home, const std::string& command,
                                            const boost::json::object& arguments,
                                            std::chrono::milliseconds deadline = std::chrono::seconds(30));

} // namespace pix::app
