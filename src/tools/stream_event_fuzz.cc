#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "tools/streamed_outputs.h"

namespace {

pix::tools::ToolSchema a_streaming_tool()
{
    auto outcome = pix::tools::read_tool_schema(R"({"id":"t","name":"T","inputs":[],"outputs":[
        {"key":"text","label":"T","type":"stream_text","streaming":true},{"key":"log","label":"L","type":"log"},
        {"key":"chart","label":"C","type":"chart_line"},{"key":"n","label":"N","type":"number"}]})",
                                                "t");
    if (!outcome.schema) std::abort();
    return std::move(*outcome.schema);
}

std::string played(std::string_view stream, std::size_t chunk)
{
    static pix::tools::ToolSchema const schema = a_streaming_tool();
    pix::tools::StreamEventParser parser;
    pix::tools::StreamedOutputs outputs(schema, {});
    for (std::size_t at = 0; at < stream.size(); at += chunk) {
        auto const events = parser.feed(stream.substr(at, chunk));
        if (!events) return "refused";
        for (auto const& event : *events)
            if (!outputs.apply(event)) return "refused";
    }
    if (auto const last = parser.finish(); last && !outputs.apply(*last)) return "refused";
    return pix::core::to_text(outputs.values());
}

} // namespace

/// Any bytes as an event stream: however they are cut, the outputs end up the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    std::string_view const stream(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (played(stream, stream.size() + 1) != played(stream, 1UL + data[0] % 16)) std::abort();
    return 0;
}
