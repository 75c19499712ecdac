#include "core/base/clock.h"

#include <charconv>
#include <cstdio>

namespace pix::core {

namespace {

/// Reads exactly `digits` digits at `at` and moves past them.
std::optional<int> digits_at(std::string_view text, std::size_t& at, std::size_t digits)
{
    if (at + digits > text.size()) return std::nullopt;
    int value = 0;
    for (std::size_t i = at; i < at + digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    at += digits;
    return value;
}

bool skip(std::string_view text, std::size_t& at, char expected)
{
    if (at >= text.size() || text[at] != expected) return false;
    ++at;
    return true;
}

} // namespace

Millis SystemClock::now() const
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string iso_time(Millis at, bool with_millis)
{
    using namespace std::chrono;
    auto const time = sys_time<milliseconds>(milliseconds(at));
    auto const day = floor<days>(time);
    year_month_day const date(day);
    hh_mm_ss const clock(time - day);
    char text[64];
    int length = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                               static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                               static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                               static_cast<int>(clock.seconds().count()));
    std::string result(text, static_cast<std::size_t>(length));
    if (with_millis) {
        std::snprintf(text, sizeof text, ".%03d", static_cast<int>(clock.subseconds().count()));
        result += text;
    }
    return result + "Z";
}

std::optional<Millis> parse_iso_time(std::string_view text)
{
    using namespace std::chrono;
    std::size_t at = 0;
    auto const y = digits_at(text, at, 4);
    if (!y || !skip(text, at, '-')) return std::nullopt;
    auto const m = digits_at(text, at, 2);
    if (!m || !skip(text, at, '-')) return std::nullopt;
    auto const d = digits_at(text, at, 2);
    if (!d) return std::nullopt;
    year_month_day const date{year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d))};
    if (!date.ok()) return std::nullopt;
    Millis result = duration_cast<milliseconds>(sys_days(date).time_since_epoch()).count();
    if (at == text.size()) return result;

    if (text[at] != 'T' && text[at] != ' ') return std::nullopt;
    ++at;
    auto const hour = digits_at(text, at, 2);
    if (!hour || *hour > 23 || !skip(text, at, ':')) return std::nullopt;
    auto const minute = digits_at(text, at, 2);
    if (!minute || *minute > 59) return std::nullopt;
    int second = 0;
    int millis = 0;
    if (at < text.size() && text[at] == ':') {
        ++at;
        auto const s = digits_at(text, at, 2);
        if (!s || *s > 60) return std::nullopt;
        second = *s;
        if (at < text.size() && text[at] == '.') {
            ++at;
            int scale = 100;
            std::size_t const first = at;
            for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
                millis += (text[at] - '0') * scale;
                scale /= 10;
            }
            if (at == first) return std::nullopt;
        }
    }
    result += ((*hour * 60 + *minute) * 60 + second) * 1000LL + millis;
    if (at == text.size()) return result;
    if (text[at] == 'Z') return at + 1 == text.size() ? std::optional(result) : std::nullopt;
    if (text[at] != '+' && text[at] != '-') return std::nullopt;
    int const sign = text[at++] == '+' ? -1 : 1;
    auto const offset_hour = digits_at(text, at, 2);
    skip(text, at, ':');
    auto const offset_minute = digits_at(text, at, 2);
    if (!offset_hour || !offset_minute || *offset_hour > 23 || *offset_minute > 59 || at != text.size())
        return std::nullopt;
    return result + sign * (*offset_hour * 60 + *offset_minute) * 60'000LL;
}

} // namespace pix::core
