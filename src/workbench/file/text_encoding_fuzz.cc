#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/base/text.h"
#include "workbench/file/text_encoding.h"

/// What is taken for text is UTF-8 once decoded, and becomes the same bytes again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace pix::workbench;
    std::string_view const bytes(reinterpret_cast<const char*>(data), size);
    auto const decoded = decode_text(bytes);
    if (!decoded) return 0;
    if (!pix::core::is_utf8(decoded->text)) std::abort();
    auto const back = encode_text(decoded->text, decoded->charset);
    if (!back || *back != bytes) std::abort();
    return 0;
}
