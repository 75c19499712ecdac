#pragma once
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace pix::process {

/// A child and what its whole tree has in memory.
struct Measured {
    std::uint64_t number = 0;
    std::string id;
    pid_t pid = 0;
    std::uint64_t resident_bytes = 0;
};

/// Fills in `resident_bytes` of each. Blocks on /proc.
std::vector<Measured> measure(std::vector<Measured> children);

} // namespace pix::process
