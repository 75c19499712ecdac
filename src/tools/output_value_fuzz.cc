#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "tools/output_value.h"
#include "tools/output_view.h"

/// Any JSON as the value of an output of any type: checked and shown.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace pix;
    if (size == 0) return 0;
    tools::OutputSpec spec;
    spec.key = "k";
    spec.label = "L";
    spec.type = static_cast<tools::OutputType>(data[0] % tools::output_type_names.size());
    core::JsonLimits limits;
    limits.allow_non_finite = true;
    auto const value = core::parse_json({reinterpret_cast<const char*>(data) + 1, size - 1}, limits);
    if (!value) return 0;
    static_cast<void>(tools::check_output(spec, *value));
    auto const card = tools::output_card_view(spec, &*value, {"", "t", false}, 0);
    if (auto const* chart = card.at("chart").if_object())
        if (chart->at("json").as_string().find('<') != std::string_view::npos) std::abort();
    return 0;
}
