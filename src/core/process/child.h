#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <sys/types.h>

#include "core/base/async.h"
#include "core/base/error.h"
#include "core/process/command.h"
#include "core/process/exit.h"
#include "core/process/output_log.h"

namespace pix::process {

struct ChildState;

/// One child and everything it starts. Whoever holds the Child owns the process: when the last holder lets go, the
/// whole tree is stopped.
///
/// Runs on: the io thread; nothing here blocks.
/// Owns:    the server's ends of the pipes or of the pseudo terminal.
/// Errors:  Errc::gone (it has ended), Errc::conflict (it has no such pipe or terminal), Errc::timeout.
class Child {
public:
    explicit Child(std::shared_ptr<ChildState> state);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Names it across a change of server, see Supervisor::reattach.
    const std::string& id() const;
    pid_t pid() const;
    const std::string& job() const;
    bool has_exited() const;

    /// How it ended, once it has and all that it wrote itself is in the logs. Its own children may still be running;
    /// they are asked to go, then killed.
    awaitable<Exit> wait();

    /// Sends a signal to the child's process group.
    core::Result<void> signal(int number);

    /// TERM to the whole tree, at most `grace` of waiting, KILL; finishes when nothing of the tree is left.
    awaitable<Exit> stop(std::chrono::milliseconds grace = std::chrono::seconds(5));

    OutputLog& output();       ///< standard output, or the terminal
    OutputLog& error_output(); ///< standard error; stays empty with a terminal

    core::Result<void> resize(PtySize size);

    /// Writes all of it to standard input or the terminal; waits while the child does not read: Errc::timeout, with an
    /// unknown part of it written.
    awaitable<core::Result<void>> write_input(std::string bytes,
                                              std::chrono::milliseconds timeout = std::chrono::seconds(60));
    /// End of file on standard input. On a terminal: nothing, send "\x04" instead.
    void close_input();

    /// The next bytes of the output that no read_output() has returned yet; empty at the end.
    /// With Command::lossless nothing is ever missing; otherwise a slow reader skips what fell out of the log.
    awaitable<core::Result<std::string>> read_output(std::chrono::milliseconds timeout);

    /// While held, output stays in the kernel and the child waits once its pipe is full. Input still goes through.
    void hold_output(bool held);

private:
    std::shared_ptr<ChildState> state_;
};

} // namespace pix::process
