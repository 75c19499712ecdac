#pragma once
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"

namespace pix::access {

struct LoginLimitOptions {
    int per_name = 5;
    int per_address = 20;
    std::chrono::milliseconds window{std::chrono::minutes(15)};
    std::size_t max_entries = 10'000; ///< names and addresses together; the ones that were quiet longest are forgotten
};

/// Counts failed logins, so that passwords cannot be tried without end.
///
/// A name is counted for strangers together, but for each address that it is known from (this machine, or one it has
/// signed in from) on its own: strangers who keep failing cannot keep the owner out. An attempt that is refused is not
/// counted, so waiting always helps.
///
/// Runs on: the io thread.
/// Units:   `now` in milliseconds; IPv6 addresses count by their /64.
class LoginLimits {
public:
    explicit LoginLimits(LoginLimitOptions options = {}) : options_(options) {}

    /// What identifies one attempt.
    struct Attempt {
        std::string name; ///< as it was typed; letter case does not matter
        std::string address;
        bool known = false; ///< the name is known from this address
    };

    /// Counts the attempt before the password is looked at, so that many at once do not slip through. Gives back how
    /// long to wait instead, when there were too many.
    std::optional<std::chrono::seconds> begin(const Attempt& attempt, core::Millis now);
    /// It was the right password: the name starts again from nothing, and the address gets this attempt back.
    void succeed(const Attempt& attempt);

    std::size_t size() const { return failures_.size(); }

private:
    using Times = std::deque<core::Millis>;

    static std::string name_key(const Attempt& attempt);
    static std::string address_key(const Attempt& attempt);
    /// How long until one more is allowed; nothing if it is now.
    std::optional<core::Millis> wait_for(const std::string& key, int limit, core::Millis now);
    void add(const std::string& key, core::Millis now);

    LoginLimitOptions options_;
    std::map<std::string, Times> failures_;
};

/// What addresses are counted by: an IPv4 address, or the first half of an IPv6 one.
std::string address_group(std::string_view address);

} // namespace pix::access
