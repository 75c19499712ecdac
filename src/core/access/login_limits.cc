#include "core/access/login_limits.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "core/base/text.h"

namespace pix::access {

std::string address_group(std::string_view address)
{
    std::array<unsigned char, 16> bytes{};
    if (::inet_pton(AF_INET6, std::string(address).c_str(), bytes.data()) != 1) return std::string(address);
    constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(mapped.begin(), mapped.end(), bytes.begin())) {
        std::string text;
        for (std::size_t i = 12; i < 16; ++i) text += (i == 12 ? "" : ".") + std::to_string(bytes[i]);
        return text;
    }
    return core::hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), 8));
}

std::string LoginLimits::name_key(const Attempt& attempt)
{
    std::string key = "name " + core::lower(core::shorten(attempt.name, 200));
    if (attempt.known) key += " at " + address_group(attempt.address);
    return key;
}

std::string LoginLimits::address_key(const Attempt& attempt)
{
    return "address " + address_group(attempt.address);
}

std::optional<core::Millis> LoginLimits::wait_for(const std::string& key, int limit, core::Millis now)
{
    auto const found = failures_.find(key);
    if (found == failures_.end()) return std::nullopt;
    Times& times = found->second;
    while (!times.empty() && times.front() + options_.window.count() <= now) times.pop_front();
    if (times.empty()) {
        failures_.erase(found);
        return std::nullopt;
    }
    if (std::ssize(times) < limit) return std::nullopt;
    return times[times.size() - static_cast<std::size_t>(limit)] + options_.window.count() - now;
}

void LoginLimits::add(const std::string& key, core::Millis now)
{
    if (failures_.size() >= options_.max_entries && !failures_.contains(key)) {
        auto const quiet = std::ranges::min_element(
            failures_, {}, [](const auto& entry) { return entry.second.empty() ? 0 : entry.second.back(); });
        failures_.erase(quiet);
    }
    failures_[key].push_back(now);
}

std::optional<std::chrono::seconds> LoginLimits::begin(const Attempt& attempt, core::Millis now)
{
    std::string const name = name_key(attempt);
    std::string const address = address_key(attempt);
    auto const by_name = wait_for(name, options_.per_name, now);
    auto const by_address = wait_for(address, options_.per_address, now);
    if (by_name || by_address) {
        core::Millis const wait = std::max(by_name.value_or(0), by_address.value_or(0));
        return std::chrono::ceil<std::chrono::seconds>(std::chrono::milliseconds(wait));
    }
    add(name, now);
    add(address, now);
    return std::nullopt;
}

void LoginLimits::succeed(const Attempt& attempt)
{
    failures_.erase(name_key(attempt));
    auto const found = failures_.find(address_key(attempt));
    if (found == failures_.end()) return;
    found->second.pop_back();
    if (found->second.empty()) failures_.erase(found);
}

} // namespace pix::access
