#pragma once
#include <string>

namespace pix::process {

/// How a child ended.
struct Exit {
    enum Kind {
        exited,    ///< by itself; `code` is its status
        signalled, ///< by a signal; `code` is its number
        lost,      ///< nobody can say any more: the guardian that was its parent is gone
    };
    Kind kind = exited;
    int code = 0;
    bool by_limit = false; ///< Pix killed it because it used more than its Limits allow
    std::string reason;    ///< "ResourceLimitExceeded: memory" when by_limit; else empty

    bool ok() const { return kind == exited && code == 0; }
    /// One clause for people, e.g. "exited with status 3" or "was killed by SIGKILL".
    std::string describe() const;
    bool operator==(const Exit&) const = default;
};

} // namespace pix::process
