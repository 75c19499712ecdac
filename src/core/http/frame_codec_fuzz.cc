#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/base/text.h"
#include "core/http/frame_codec.h"

/// Messages keep the limit and are what they say, whatever a client sends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace pix::http;
    if (size == 0) return 0;
    constexpr std::size_t limit = 1000;
    FrameDecoder decoder(limit, data[0] % 2 == 1);
    std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    while (!bytes.empty()) {
        auto const state = decoder.take(bytes);
        if (state == FrameDecoder::State::failed) {
            if (!is_close_code(decoder.close_code())) std::abort();
            return 0;
        }
        if (state != FrameDecoder::State::message) continue;
        if (decoder.payload().size() > limit) std::abort();
        if (decoder.compressed()) {
            auto const inflated = inflate_message(decoder.payload(), limit);
            if (inflated && inflated->size() > limit) std::abort();
        } else if (decoder.opcode() == Opcode::text && !pix::core::is_utf8(decoder.payload())) {
            std::abort();
        }
    }
    return 0;
}
