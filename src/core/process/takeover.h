#pragma once
#include <filesystem>
#include <sys/types.h>
#include <vector>

#include "core/base/error.h"
#include "core/process/fd.h"

namespace pix::process {

/// The socket in the home at which a guardian that lost its server waits for the next one: guardian-<pid>.sock, 0600.
///
/// Source: unix(7). A path through /proc/self/fd has no trouble with the 107 bytes that a socket address takes.
class TakeoverSocket {
public:
    TakeoverSocket() = default;
    TakeoverSocket(TakeoverSocket&&) = default;
    TakeoverSocket& operator=(TakeoverSocket&&) = default;
    ~TakeoverSocket();

    static core::Result<TakeoverSocket> open(const std::filesystem::path& home);

    int fd() const { return listener_.get(); }
    /// The next caller that belongs to our user; empty if there is none.
    Fd accept();

private:
    Fd folder_;
    Fd listener_;
    std::string name_;
};

/// Connections to all guardians of the home but `own`; files that nobody listens at any more are removed.
std::vector<Fd> connect_to_guardians(const std::filesystem::path& home, pid_t own);

} // namespace pix::process
