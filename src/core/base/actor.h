#pragma once
#include <string>

namespace pix::core {

/// Who did something: every job, event and audit row names one.
/// `kind` is user | api_key | org_token | local | webhook | system; `id` is empty for local and system.
struct Actor {
    std::string kind = "system";
    std::string id;

    static Actor system() { return {"system", ""}; }
    static Actor local() { return {"local", ""}; }
    bool operator==(const Actor&) const = default;
};

} // namespace pix::core
