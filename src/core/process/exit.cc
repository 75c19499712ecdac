#include "core/process/exit.h"

#include <cstring>

namespace pix::process {

std::string Exit::describe() const
{
    if (by_limit) return "was stopped: " + reason;
    switch (kind) {
    case exited: return code == 0 ? "ended" : "exited with status " + std::to_string(code);
    case signalled: {
        const char* name = ::sigabbrev_np(code);
        return name != nullptr ? "was killed by SIG" + std::string(name)
                               : "was killed by signal " + std::to_string(code);
    }
    case lost: return "was lost";
    }
    return "was lost";
}

} // namespace pix::process
