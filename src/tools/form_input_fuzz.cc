#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/base/json.h"
#include "tools/form_input.h"
#include "tools/input_view.h"

namespace {

/// One input of every type; their keys are a, b, c …
pix::tools::ToolSchema every_input()
{
    std::string inputs;
    char key = 'a';
    for (auto const type : pix::tools::input_type_names) {
        if (key > 'z') key = 'A';
        inputs += (inputs.empty() ? "" : ",") + std::string(R"({"label":"L","key":")") + key++ + R"(","type":")" +
                  std::string(type) + "\"";
        if (type == "select" || type == "multiselect" || type == "radio")
            inputs += R"(,"options":[{"value":1,"label":"one"},{"value":"x","label":"x"}])";
        if (type == "slider") inputs += R"(,"min":0,"max":4,"range":true)";
        if (type == "autocomplete") inputs += R"(,"endpoint":"e")";
        if (type == "table") inputs += R"(,"columns":[{"key":"x","label":"X","type":"number"}])";
        if (type == "hidden") inputs += R"(,"default":7)";
        if (type == "file") inputs += R"(,"accept":".csv,text/*","max_size_mb":1,"multiple":true)";
        inputs += "}";
    }
    auto outcome = pix::tools::read_tool_schema(
        R"({"id":"t","name":"T","layout":"chat","outputs":[],"inputs":[)" + inputs + "]}", "t");
    if (!outcome.schema) std::abort();
    return std::move(*outcome.schema);
}

} // namespace

/// Any urlencoded text, and any JSON body, as the inputs of a tool; then the form that shows them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace pix;
    static tools::ToolSchema const schema = every_input();
    std::string_view const text(reinterpret_cast<const char*>(data), size);
    if (auto const form = http::parse_urlencoded(text)) {
        auto const input = tools::read_form_input(schema, *form);
        static_cast<void>(input.message());
        static_cast<void>(core::to_text(tools::form_view(schema, input.values, {"", "t", ""}), true));
    }
    if (auto const body = core::parse_json(text); body && body->is_object()) {
        auto const input = tools::read_json_input(schema, body->get_object());
        static_cast<void>(core::to_text(tools::form_view(schema, input.values, {"", "t", ""}), true));
    }
    return 0;
}
