#include "cli/data_access.h"

#include "app/control.h"
#include "app/data.h"
#include "app/home.h"

namespace pix::cli {

using core::Errc;
using core::fail;
using core::Result;
namespace json = boost::json;

namespace {

/// Opens the store under the home's lock and runs one command on it.
Result<json::value> ask_store(const app::Config& config, const std::string& name, const json::object& arguments)
{
    PIX_TRY(auto const lock, app::HomeLock::take(config.home));
    PIX_TRY(auto const data, app::Data::open(config));
    auto const commands = data->commands();
    auto const command = commands.find(name);
    if (command == commands.end())
        return fail(Errc::unavailable, "this needs a running server", "Start it with `pix serve`.");
    asio::io_context io;
    Result<json::value> result = fail(Errc::internal, "the command ended without an answer");
    asio::co_spawn(io, command->second(arguments), [&](std::exception_ptr failure, Result<json::value> answer) {
        if (failure) std::rethrow_exception(failure);
        result = std::move(answer);
    });
    io.run();
    data->database().close();
    return result;
}

} // namespace

Result<json::value> ask_data(const app::Config& config, const std::string& command, const json::object& arguments)
{
    if (app::HomeLock::is_held(config.home)) return app::ask_server(config.home, command, arguments);
    return ask_store(config, command, arguments);
}

Result<json::value> ask_running_server(const app::Config& config, const std::string& command,
                                       const json::object& arguments, std::chrono::milliseconds deadline)
{
    if (!app::HomeLock::is_held(config.home))
        return fail(Errc::unavailable, "no server runs on " + config.home.string(), "Start it with `pix serve`.");
    return app::ask_server(config.home, command, arguments, deadline);
}

} // namespace pix::cli
