#include "workbench/session_readers/claude_decoder.h"
#include "workbench/session_readers/testing/decode_lines.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    pix::testing::decode_lines({reinterpret_cast<const char*>(data), size},
                               [](auto& facts, auto& memory, std::uint64_t offset) {
                                   pix::workbench::ClaudeDecoder::Place place;
                                   place.folder_name = "-home-ann-app";
                                   return std::make_unique<pix::workbench::ClaudeDecoder>(
                                       std::move(place), facts, memory, offset, pix::workbench::Detail());
                               });
    return 0;
}
