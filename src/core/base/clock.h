#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pix::core {

/// UTC milliseconds since 1970, as tables store them.
using Millis = std::int64_t;

/// What time it is, replaceable in tests.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Millis now() const = 0;
};

/// The machine's clock. Thread-safe.
class SystemClock final : public Clock {
public:
    Millis now() const override;
};

/// A clock moved by hand.
class ManualClock final : public Clock {
public:
    explicit ManualClock(Millis start = 1'700'000'000'000) : now_(start) {}
    Millis now() const override { return now_; }
    void advance(std::chrono::milliseconds by) { now_ += by.count(); }

private:
    Millis now_;
};

/// "2026-03-04T09:15:00Z", or with ".123" when `with_millis`.
std::string iso_time(Millis at, bool with_millis = false);

/// Reads an ISO 8601 date ("2026-03-04", midnight UTC) or date-time with Z or an offset; nothing if it is neither.
std::optional<Millis> parse_iso_time(std::string_view text);

} // namespace pix::core
