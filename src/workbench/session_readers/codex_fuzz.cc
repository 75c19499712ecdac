#include "workbench/session_readers/codex_decoder.h"
#include "workbench/session_readers/testing/decode_lines.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    pix::testing::decode_lines(
        {reinterpret_cast<const char*>(data), size}, [](auto& facts, auto& memory, std::uint64_t offset) {
            return std::make_unique<pix::workbench::CodexDecoder>(pix::workbench::CodexDecoder::Place(), facts, memory,
                                                                  offset, pix::workbench::Detail());
        });
    return 0;
}
