#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/process/limits.h"

namespace pix::process {

/// The size of a pseudo terminal in characters.
struct PtySize {
    std::uint16_t rows = 24;
    std::uint16_t columns = 80;
    bool operator==(const PtySize&) const = default;
};

/// What becomes of a child when the server dies without a goodbye.
enum class OnServerLoss {
    kill, ///< its whole tree is gone within 5 seconds
    keep, ///< it goes on, its output spooled, until a new server takes it over or the lease ends
};

/// A bubblewrap sandbox: the whole system is readable, and only `writable` can be written.
struct Sandbox {
    std::vector<std::filesystem::path>
        writable; ///< existing folders; the command's own folder is not among them by itself
    std::vector<std::filesystem::path> hidden; ///< folders that look empty inside, e.g. ~/.ssh
    bool network = true;                       ///< false: no network but the sandbox's own loopback
    bool private_tmp = true;                   ///< /tmp and /var/tmp are its own and vanish with it
};

/// A program to start. Nothing is inherited: arguments, environment and folder are all here.
struct Command {
    std::vector<std::string> argv;    ///< argv[0] is looked up in the PATH of `env` unless it has a slash
    std::vector<std::string> env;     ///< "NAME=value"; PIX_JOB and PIX_CHILD are added
    std::string folder;               ///< where it starts; must exist
    std::string job;                  ///< becomes PIX_JOB: whose child this is
    std::optional<std::string> input; ///< all of its standard input; without it and open_stdin, /dev/null
    bool open_stdin = false;          ///< standard input is a pipe for Child::write_input
    bool keep_stdout = true;          ///< false: to /dev/null
    bool keep_stderr = true;
    bool merge_stderr = false;  ///< standard error goes where standard output goes
    std::optional<PtySize> pty; ///< all three on a pseudo terminal of this size; the fields above do not apply
    bool lossless = false;      ///< never drop output unread by Child::read_output: let the child wait instead
    Limits limits;
    std::optional<Sandbox> sandbox;
    OnServerLoss on_server_loss = OnServerLoss::kill;
    std::filesystem::path spool; ///< file for all output (standard error: the same name + ".err"); empty: memory only
    std::uint64_t spool_bytes = 64 * 1024 * 1024; ///< what a spool file keeps at most; the oldest goes first
    std::size_t log_bytes = 64 * 1024;            ///< what stays in memory of each stream; the newest survive
};

} // namespace pix::process
