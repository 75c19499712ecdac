#include "core/base/id.h"

#include <sys/random.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <stdexcept>

namespace pix::core {

void random_bytes(std::span<std::byte> bytes)
{
    while (!bytes.empty()) {
        ssize_t const got = ::getrandom(bytes.data(), bytes.size(), 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            throw std::runtime_error("getrandom failed");
        }
        bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
}

std::string uuid_v4()
{
    std::array<std::byte, 16> raw;
    random_bytes(raw);
    raw[6] = (raw[6] & std::byte{0x0f}) | std::byte{0x40};
    raw[8] = (raw[8] & std::byte{0x3f}) | std::byte{0x80};
    static constexpr char hex[] = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += hex[std::to_integer<unsigned>(raw[i]) >> 4];
        text += hex[std::to_integer<unsigned>(raw[i]) & 15];
    }
    return text;
}

bool is_uuid(std::string_view text)
{
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const dash = i == 8 || i == 13 || i == 18 || i == 23;
        char const c = text[i];
        bool const hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (dash ? c != '-' : !hex) return false;
    }
    return true;
}

std::string sortable_id()
{
    using namespace std::chrono;
    // RFC 9562 6.2, method 2: a counter seeded by chance keeps ids of one millisecond in order.
    static std::mutex mutex;
    static std::uint64_t last_millis = 0;
    static std::uint64_t counter = 0;

    std::array<std::byte, 16> raw;
    random_bytes(raw);
    std::uint64_t millis =
        static_cast<std::uint64_t>(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
    std::uint64_t count;
    {
        std::lock_guard const lock(mutex);
        if (millis <= last_millis) {
            millis = last_millis;
            if (++counter > 0xfff) {
                ++millis;
                counter = 0;
            }
        } else {
            counter = std::to_integer<std::uint64_t>(raw[6]) & 0xff;
        }
        last_millis = millis;
        count = counter;
    }
    for (int i = 0; i < 6; ++i) raw[static_cast<std::size_t>(i)] = std::byte(millis >> (40 - 8 * i) & 0xff);
    raw[6] = std::byte(0x70 | (count >> 8 & 0x0f));
    raw[7] = std::byte(count & 0xff);
    raw[8] = (raw[8] & std::byte{0x3f}) | std::byte{0x80};

    static constexpr char alphabet[] = "0123456789abcdefghijklmnopqrstuv";
    std::string text;
    text.reserve(26);
    // 128 bits in 26 groups of 5: the first group holds the top 3 bits.
    unsigned buffer = 0;
    int bits = 2;
    for (std::byte const byte : raw) {
        buffer = (buffer << 8) | std::to_integer<unsigned>(byte);
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            text += alphabet[buffer >> bits & 31];
        }
    }
    return text;
}

} // namespace pix::core
