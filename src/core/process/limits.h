#pragma once
#include <chrono>
#include <cstdint>

namespace pix::process {

/// What a child and everything it starts may use. Zero means: no limit of ours.
///
/// Units:  bytes and counts. `memory_bytes` counts the whole tree's resident memory, sampled about once a second, and
///         held exactly by a control group where one is permitted, as is `processes`; the others are per process, by
///         setrlimit.
/// Source: setrlimit(2): RLIMIT_NOFILE, RLIMIT_NPROC (counts all processes of the user), RLIMIT_FSIZE, RLIMIT_CPU.
struct Limits {
    std::uint64_t memory_bytes = 0;
    int open_files = 0;
    int processes = 0;
    std::uint64_t file_bytes = 0;
    std::chrono::seconds cpu{0};

    bool operator==(const Limits&) const = default;
};

} // namespace pix::process
