#pragma once
#include <boost/asio/bind_executor.hpp>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "core/process/supervisor.h"

namespace pix::process::testing {

/// The folder of the running test program; other test programs lie beside it.
inline std::string beside_this_program(const std::string& name)
{
    return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / name).string();
}

/// A command that runs tests/shims/shim.cc with these arguments.
inline Command shim(std::vector<std::string> arguments)
{
    Command command;
    command.argv = {beside_this_program("pix_shim")};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.env = {"PATH=/usr/bin:/bin"};
    command.folder = "/";
    command.job = "job_test";
    return command;
}

/// An io thread's loop, a pool and a Supervisor for the time of a test.
class Loop {
public:
    explicit Loop(SupervisorOptions options = {})
    {
        supervisor = std::make_unique<Supervisor>(io.get_executor(), files, std::move(options));
    }
    ~Loop()
    {
        run(supervisor->stop_all(std::chrono::milliseconds(0)));
        supervisor.reset();
        io.poll();
    }

    /// Runs the loop until `work` has finished; throws when that takes longer than any test should.
    template <class T>
    T run(awaitable<T> work)
    {
        struct Outcome {
            std::conditional_t<std::is_void_v<T>, std::optional<bool>, std::optional<T>> value;
            std::exception_ptr error;
            bool done = false;
        };
        const auto outcome = std::make_shared<Outcome>();
        if constexpr (std::is_void_v<T>) {
            asio::co_spawn(io, std::move(work), [outcome](std::exception_ptr error) {
                outcome->error = error;
                outcome->done = true;
            });
        } else {
            asio::co_spawn(io, std::move(work), [outcome](std::exception_ptr error, T value) {
                outcome->error = error;
                outcome->value.emplace(std::move(value));
                outcome->done = true;
            });
        }
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        io.restart();
        while (!outcome->done) {
            if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the loop did not finish");
            if (io.run_one_for(std::chrono::seconds(1)) == 0) io.restart();
        }
        if (outcome->error) std::rethrow_exception(outcome->error);
        if constexpr (!std::is_void_v<T>) return std::move(*outcome->value);
    }

    std::shared_ptr<Child> spawn(Command command)
    {
        auto child = run(supervisor->spawn(std::move(command)));
        if (!child) throw std::runtime_error(child.error().message);
        return *child;
    }
    core::Result<Finished> finish(Command command)
    {
        return run(supervisor->run(std::move(command), std::chrono::seconds(30)));
    }
    /// Waits until the child's output has `text` in it and returns all of it; an empty text if it ends without.
    std::string output_with(const std::shared_ptr<Child>& child, std::string text)
    {
        return run(wait_for_text(child, std::move(text)));
    }

    asio::io_context io;
    asio::thread_pool files{2};
    std::unique_ptr<Supervisor> supervisor;

private:
    static awaitable<std::string> wait_for_text(std::shared_ptr<Child> child, std::string text)
    {
        std::string seen;
        std::uint64_t offset = 0;
        while (seen.find(text) == std::string::npos) {
            auto piece = co_await child->output().next(offset, std::chrono::seconds(30));
            if (!piece || (piece->end && piece->data.empty())) co_return std::string();
            seen += piece->data;
            offset = piece->next();
        }
        co_return seen;
    }
};

} // namespace pix::process::testing
