#include "core/process/message.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

// What can be read is written again as it was: no value is read in two ways.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view packet(reinterpret_cast<const char*>(data), size);
    const auto message = pix::process::decode(packet);
    if (message && pix::process::encode(*message) != packet) std::abort();
    return 0;
}
