#include "core/process/testing/server.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <iostream>
#include <unistd.h>

#include "core/process/testing/loop.h"

namespace pix::process::testing {

namespace {

constexpr std::chrono::seconds patience{50};

struct Server {
    asio::io_context io;
    asio::thread_pool files{2};
    std::unique_ptr<Supervisor> supervisor;
    std::map<std::string, std::shared_ptr<Child>> children;
};

awaitable<std::string> whole_output(std::shared_ptr<Child> child)
{
    std::string all;
    std::uint64_t offset = 0;
    while (true) {
        auto piece = co_await child->output().next(offset, patience);
        if (!piece) co_return "error " + piece.error().message;
        if (piece->data.empty()) break;
        if (piece->dropped > 0) co_return "dropped " + std::to_string(piece->dropped);
        all += piece->data;
        offset = piece->next();
    }
    // Each line says its number, so that a hole or a repetition shows.
    std::istringstream lines(all);
    int expected = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line != "line " + std::to_string(++expected)) co_return "broken at " + std::to_string(expected);
    }
    co_return "complete " + std::to_string(expected);
}

awaitable<std::string> see(std::shared_ptr<Child> child, std::string text)
{
    std::string all;
    std::uint64_t offset = 0;
    while (all.find(text) == std::string::npos) {
        auto piece = co_await child->output().next(offset, patience);
        if (!piece || piece->data.empty()) co_return "not seen";
        all += piece->data;
        offset = piece->next();
    }
    const auto at = all.find(text);
    co_return "seen " + all.substr(at, all.find('\n', at) - at);
}

awaitable<std::string> obey(Server& server, std::string line)
{
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    if (verb == "spawn") {
        std::string loss;
        std::string spool;
        words >> loss >> spool;
        std::vector<std::string> arguments;
        for (std::string word; words >> word;) arguments.push_back(word);
        auto command = shim(arguments);
        command.on_server_loss = loss == "keep" ? OnServerLoss::keep : OnServerLoss::kill;
        command.open_stdin = true;
        if (spool != "-") command.spool = spool;
        auto child = co_await server.supervisor->spawn(std::move(command));
        if (!child) co_return std::string(core::name_of(child.error().code)) + " " + child.error().message;
        const std::string id = (*child)->id();
        server.children[id] = *child;
        co_return "child " + id + " " + std::to_string((*child)->pid());
    }
    if (verb == "missing") {
        Command command = shim({});
        command.argv = {"/no/such/program"};
        auto child = co_await server.supervisor->spawn(std::move(command));
        co_return child ? std::string("started") : core::name_of(child.error().code) + (" " + child.error().message);
    }
    if (verb == "kept") {
        std::string answer = "kept " + std::to_string(server.supervisor->kept().size());
        for (const auto& kept : server.supervisor->kept()) answer += " " + kept.id;
        co_return answer;
    }
    if (verb == "descriptors") {
        int count = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
        co_return std::to_string(count);
    }
    std::string id;
    std::string rest;
    words >> id;
    std::getline(words >> std::ws, rest);
    if (verb == "reattach") {
        auto child = co_await server.supervisor->reattach(id);
        if (!child) co_return child.error().message;
        server.children[id] = *child;
        co_return "attached " + std::to_string((*child)->pid());
    }
    const auto found = server.children.find(id);
    if (found == server.children.end()) co_return "no such child";
    const auto child = found->second;
    if (verb == "see") co_return co_await see(child, rest);
    if (verb == "all") co_return co_await whole_output(child);
    if (verb == "wait") {
        const Exit exit = co_await child->wait();
        co_return exit.describe();
    }
    if (verb == "stop") {
        const Exit exit = co_await child->stop(std::chrono::seconds(10));
        co_return exit.describe();
    }
    if (verb == "drop") {
        server.children.erase(id);
        co_return "dropped";
    }
    if (verb == "write") {
        auto written = co_await child->write_input(rest + "\n");
        co_return written ? std::string("written") : written.error().message;
    }
    co_return "no such verb";
}

awaitable<void> listen(Server& server)
{
    auto started = co_await server.supervisor->start();
    std::cout << (started && server.supervisor->has_guardian() ? "ready " : "without guardian ") << ::getpid()
              << std::endl;
    asio::posix::stream_descriptor input(server.io, ::dup(0));
    std::string buffer;
    while (true) {
        boost::system::error_code error;
        const auto size = co_await asio::async_read_until(input, asio::dynamic_buffer(buffer), '\n',
                                                          asio::redirect_error(asio::use_awaitable, error));
        if (error) break;
        const std::string line = buffer.substr(0, size - 1);
        buffer.erase(0, size);
        if (line == "quit") break;
        const std::string answer = co_await obey(server, line);
        std::cout << answer << std::endl;
    }
    server.io.stop();
}

} // namespace

int serve(const std::string& home, const std::string& lease_ms)
{
    Server server;
    SupervisorOptions options;
    options.home = home;
    options.lease = std::chrono::milliseconds(std::stoi(lease_ms));
    server.supervisor = std::make_unique<Supervisor>(server.io.get_executor(), server.files, options);
    asio::signal_set signals(server.io, SIGTERM, SIGINT);
    signals.async_wait([&server](boost::system::error_code, int number) {
        std::cout << "signal " << number << std::endl;
        server.io.stop();
    });
    asio::co_spawn(server.io, listen(server), asio::detached);
    server.io.run();
    std::cout.flush();
    ::_exit(0);
}

} // namespace pix::process::testing
