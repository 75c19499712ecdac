#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/error.h"
#include "core/process/command.h"
#include "core/process/exit.h"

namespace pix::process {

/// What server and guardian say to each other. A child is named by its number, unique within its guardian.
/// Descriptors travel beside the message in the order given.

// From the server.
struct Hello {
    std::string home; ///< absolute; empty: no takeover
    std::uint64_t lease_ms = 60'000;
};
struct Spawn { ///< descriptors: standard input, when input == from_descriptor
    enum Input : std::uint8_t { nothing, from_descriptor, pipe };
    std::uint64_t ticket = 0;
    std::vector<std::string> argv;
    std::vector<std::string> env;
    std::string folder;
    std::string job;
    Input input = nothing;
    bool keep_stdout = true;
    bool keep_stderr = true;
    bool merge_stderr = false;
    std::optional<PtySize> pty;
    Limits limits;
    OnServerLoss on_server_loss = OnServerLoss::kill;
    std::string spool;
    std::uint64_t spool_bytes = 0;
};
struct SendSignal {
    std::uint64_t number = 0;
    std::int32_t signal = 0;
};
struct Stop {
    std::uint64_t number = 0;
    std::uint64_t grace_ms = 0;
};
struct CloseInput {
    std::uint64_t number = 0;
};
struct Release { ///< the server will not ask for this child again
    std::uint64_t number = 0;
};

// From the guardian.
struct Started { ///< descriptors: input, output, error: those that exist, in this order
    std::uint64_t ticket = 0;
    std::uint64_t number = 0;
    std::string id;
    std::int32_t pid = 0;
    bool has_input = false;
    bool has_output = false;
    bool has_error = false;
};
struct Refused {
    std::uint64_t ticket = 0;
    core::Errc code = core::Errc::internal;
    std::string message;
    std::string hint;
};
struct Exited {
    std::uint64_t number = 0;
    Exit::Kind kind = Exit::exited;
    std::int32_t code = 0;
    bool out_of_memory = false;
};
struct Gone { ///< nothing of the child's tree is left
    std::uint64_t number = 0;
};
struct Kept { ///< descriptors as with Started
    Started child;
    std::vector<std::string> argv;
    std::string job;
    bool terminal = false;
    std::string spool;
    std::uint64_t spool_bytes = 0;
    Limits limits;
    std::optional<Exited> exited;
};
struct KeptEnd {}; ///< that was the last one

using Message =
    std::variant<Hello, Spawn, SendSignal, Stop, CloseInput, Release, Started, Refused, Exited, Gone, Kept, KeptEnd>;

/// Units:  one packet; integers little-endian, texts and lists with their length before them.
/// Errors: decode: Errc::invalid (unknown kind, truncated, over a bound, bytes left over).
std::string encode(const Message& message);
core::Result<Message> decode(std::string_view packet);

/// No packet is longer. Source: far above what execve(2) takes on Linux (a quarter of the stack limit, 2 MiB).
inline constexpr std::size_t max_message_bytes = 4 * 1024 * 1024;

} // namespace pix::process
