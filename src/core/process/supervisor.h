#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/process/child.h"
#include "core/process/command.h"

namespace pix::process {

struct SupervisorOptions {
    std::filesystem::path home;                                 ///< marks the children as this home's; may be empty
    std::chrono::milliseconds lease = std::chrono::seconds(60); ///< how long `keep` children wait for a new server
    std::chrono::milliseconds sample_every = std::chrono::seconds(1); ///< how often memory is measured
    std::size_t max_children = 4096;
};

/// A child of an earlier server that waits to be taken over.
struct KeptChild {
    std::string id;
    std::string job;
    pid_t pid = 0;
    std::vector<std::string> argv;
    bool exited = false; ///< it has ended meanwhile; reattach() still gives its output and its Exit
};

/// What a short command left behind.
struct Finished {
    Exit exit;
    std::string output;
    std::string error_output;
    bool cut = false; ///< there was more output than Command::log_bytes
};

/// Starts programs and answers for them.
///
/// Runs on: the io thread. Spawning is done by the guardian, or here (a vfork) where there is none.
/// Owns:    nothing of a child but its bookkeeping; a Child belongs to its holder.
/// Errors:  Errc::not_found (no such program or folder; the message names it), Errc::forbidden (not executable),
///          Errc::invalid (empty argv, a NUL byte), Errc::too_large (arguments), Errc::limit (too many children),
///          Errc::unavailable (no sandbox, no processes left, guardian gone).
class Supervisor {
public:
    /// Uses the guardian whose socket this process was given (guardian.h), else starts programs itself.
    /// `files` does the blocking work on spool files and /proc; both must outlive the Supervisor and every Child.
    Supervisor(asio::any_io_executor io, asio::thread_pool& files, SupervisorOptions options);
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    /// Ends what an earlier guardian of this home left behind and asks guardians that lost their server for the
    /// children they keep. Call once, before spawn().
    awaitable<core::Result<void>> start();

    awaitable<core::Result<std::shared_ptr<Child>>> spawn(Command command);

    /// Spawns, waits for the end, and stops it when `deadline` has passed: Errc::timeout.
    awaitable<core::Result<Finished>> run(Command command, std::chrono::milliseconds deadline);

    /// Children that wait to be taken over. One that nobody takes is stopped when the lease is over.
    std::vector<KeptChild> kept() const;
    /// Takes one over: its output so far is in its spool, what follows is read from here on.
    /// Errors: Errc::not_found (no such child is waiting).
    awaitable<core::Result<std::shared_ptr<Child>>> reattach(std::string id);
    /// Stops one that waits and that nobody wants.
    void abandon(std::string id);

    /// Stops all children at once, each as Child::stop() would; finishes when nothing of them is left.
    awaitable<void> stop_all(std::chrono::milliseconds grace);

    std::size_t running() const;
    bool has_guardian() const;

private:
    class Impl;
    std::shared_ptr<Impl> impl_; // shared with the coroutines that read from the guardian and sample memory
};

} // namespace pix::process
