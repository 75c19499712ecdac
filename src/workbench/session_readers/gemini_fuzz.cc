#include "workbench/session_readers/gemini_conversation.h"
#include "workbench/session_readers/testing/read_both_ways.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    pix::testing::read_both_ways<pix::workbench::GeminiConversation>({reinterpret_cast<const char*>(data), size});
    return 0;
}
