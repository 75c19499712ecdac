#pragma once
#include <memory>
#include <optional>
#include <string>

#include "core/process/command.h"
#include "core/process/descriptor.h"
#include "core/process/exit.h"
#include "core/process/notice.h"
#include "core/process/output_log.h"
#include "core/process/spawner.h"

namespace pix::process {

/// What Child, the coroutines that read its output, and the Supervisor know together.
///
/// Runs on: the io thread.
struct ChildState {
    struct Stream {
        std::shared_ptr<OutputLog> log;
        std::shared_ptr<Spool> spool;
        std::optional<Descriptor> fd;
        bool settled = true; ///< nothing that the child itself wrote is still unread
    };

    ChildState(asio::any_io_executor executor, asio::thread_pool& pool, std::size_t log_bytes)
        : io(std::move(executor)), files(pool)
    {
        output.log = std::make_shared<OutputLog>(io, log_bytes);
        error.log = std::make_shared<OutputLog>(io, log_bytes);
    }

    asio::any_io_executor io;
    asio::thread_pool& files;
    std::shared_ptr<Spawner> spawner;
    Started started;
    std::string job;
    Limits limits;
    bool terminal = false;
    bool lossless = false;
    std::size_t log_bytes = 0;

    Stream output;
    Stream error;
    std::optional<Descriptor> input;
    bool writing = false;         ///< a write_input() is under way
    std::uint64_t read_up_to = 0; ///< what read_output() has returned
    bool held = false;
    bool gone = false; ///< nothing of the tree is left
    std::optional<Exit> exit;
    std::string limit_reason; ///< set before it is killed for using too much
    Notice changed;

    /// Takes the descriptors of Started and begins to read.
    static void begin(std::shared_ptr<ChildState> state, std::vector<Fd> fds);
    void on_exit(Exit how);
    void on_gone();
    bool is_settled() const { return exit && output.settled && error.settled; }
};

} // namespace pix::process
