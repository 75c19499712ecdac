#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/base/text.h"
#include "core/http/form.h"

/// The first byte chooses the kind of form; what is accepted keeps the limits and is UTF-8.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace pix::http;
    if (size == 0) return 0;
    std::string_view const body(reinterpret_cast<const char*>(data) + 1, size - 1);
    FormLimits limits;
    limits.parts = 20;
    limits.name_bytes = 30;
    auto const form = data[0] % 2 == 0 ? parse_urlencoded(body, limits)
                                       : parse_multipart(body, "multipart/form-data; boundary=XX", limits);
    header_parameter(body, "name");
    if (!form) return 0;
    if (form->parts().size() > limits.parts) std::abort();
    for (const Part& part : form->parts()) {
        if (part.name.size() > limits.name_bytes || !pix::core::is_utf8(part.name)) std::abort();
        if (!part.is_file && !pix::core::is_utf8(part.bytes)) std::abort();
        if (part.filename.find_first_of("/\\") != std::string::npos) std::abort();
    }
    return 0;
}
