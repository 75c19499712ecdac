#pragma once
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>

namespace pix::workbench {

/// What the Git area is told at the start.
struct GitConfig {
    std::filesystem::path user_home; ///< HOME of every git; its configuration is the user's
    std::filesystem::path cache;     ///< a folder of our own for copies of indexes; may be deleted at any time
    std::map<std::string, std::string> environment; ///< what git and hooks inherit; GIT_*, PIX_* and LC_* are left out
    std::string program = "git";                    ///< looked up in PATH of `environment`
    std::chrono::milliseconds deadline = std::chrono::seconds(60);
    std::chrono::milliseconds network_deadline = std::chrono::minutes(5);
    std::size_t output_bytes = 16UL * 1024 * 1024;
    std::size_t diff_bytes = 500'000; ///< of diff text in an answer; more is cut at a line's end
    std::size_t watches = 32'768; ///< folders watched over all repositories; more repositories are simply not cached
    bool local_addresses = false; ///< clone and remotes from paths of this machine, for tests
};

} // namespace pix::workbench
