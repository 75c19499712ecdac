#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/actor.h"
#include "core/base/clock.h"
#include "core/base/id.h"

namespace pix::workbench {

struct LoginTag {
    static constexpr auto prefix = "login_";
};
using LoginId = core::Id<LoginTag>;

/// An account as its owner may see it.
struct User {
    std::int64_t id = 0;
    std::string username;
    std::optional<std::string> email;
    std::string role = "member"; ///< admin | lead | member
    bool is_active = true;
    core::Millis created_at = 0;
    std::optional<core::Millis> last_login;
};

/// Somebody who has signed in somewhere and not signed out yet.
struct Login {
    LoginId id;
    core::Millis created_at = 0;
    core::Millis expires_at = 0;
    std::string client; ///< address
    std::string user_agent;
};

/// A key for programs. The key itself is known to its owner alone; `shown` is its beginning.
struct ApiKey {
    std::int64_t id = 0;
    std::string name;
    std::string shown;
    core::Millis created_at = 0;
    std::optional<core::Millis> last_used;
    bool is_active = true;
};

/// A stored secret of a service, without its value.
struct Credential {
    std::int64_t id = 0;
    std::string name;
    std::string type;     ///< "github_token" …
    std::string host;     ///< where it is good: "github.com", "git.example.org:8443"; empty: nowhere by itself
    std::string username; ///< what the host wants beside it
    std::string description;
    bool is_active = true;
    core::Millis created_at = 0;
};

/// What a host is signed in to with.
struct HostCredential {
    std::string username;
    std::string value;
};

/// Who a credential belongs to.
struct Identity {
    std::int64_t user_id = 0;
    std::string username;
    std::string role;
    core::Actor actor;      ///< user or api_key
    std::string credential; ///< "login/login_…" or "api_key/7"; Request::credential

    bool operator==(const Identity&) const = default;
};

} // namespace pix::workbench
