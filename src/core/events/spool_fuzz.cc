#include <cstdlib>

#include "core/events/live_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    auto const events = pix::events::parse_spool({reinterpret_cast<const char*>(data), size});
    for (std::size_t i = 1; i < events.size(); ++i)
        if (events[i].number != events[i - 1].number + 1) std::abort();
    return 0;
}
