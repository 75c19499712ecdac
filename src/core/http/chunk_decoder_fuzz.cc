#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/http/chunk_decoder.h"

/// However the input is cut, the outcome and the body are the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using pix::http::ChunkDecoder;
    if (size == 0) return 0;
    std::size_t const step = data[0] % 7 + 1U;
    std::string_view const bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

    ChunkDecoder whole;
    std::string whole_body;
    std::string_view rest = bytes;
    auto const whole_state = whole.take(rest, whole_body, ~0ULL);

    ChunkDecoder cut;
    std::string cut_body;
    auto cut_state = ChunkDecoder::State::need_more;
    for (std::size_t at = 0; at < bytes.size() && cut_state == ChunkDecoder::State::need_more; at += step) {
        std::string_view piece = bytes.substr(at, step);
        cut_state = cut.take(piece, cut_body, ~0ULL);
    }
    if (whole_state != cut_state || whole_body != cut_body) std::abort();
    if (whole_body.size() > bytes.size()) std::abort();
    return 0;
}
