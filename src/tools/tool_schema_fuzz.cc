#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "tools/sample_input.h"
#include "tools/tool_schema.h"

/// Any bytes as a tool.json: a schema or problems, never both, never neither.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace pix::tools;
    auto const outcome = read_tool_schema({reinterpret_cast<const char*>(data), size}, "folder");
    if (outcome.schema.has_value() != outcome.problems.empty()) std::abort();
    if (outcome.schema) static_cast<void>(sample_inputs(*outcome.schema, 1'772'615'700'000));
    return 0;
}
