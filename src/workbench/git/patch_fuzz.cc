#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "workbench/git/patch.h"

/// Any bytes as a diff: what is taken out of it can be read again, and has as many lines as it says.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace pix::workbench;
    for (auto const& file : parse_patch({reinterpret_cast<const char*>(data), size})) {
        if (unquote_path(quote_path(file.path)) != file.path) std::abort();
        if (file.hunks.empty()) continue;
        HunkChoice choice;
        choice.id = file.hunks.front().id();
        for (bool const reverse : {false, true}) {
            auto const part = part_of(file, {choice}, reverse);
            if (!part) continue;
            auto const again = parse_patch(*part);
            if (again.size() != 1 || again.front().hunks.empty()) std::abort();
        }
    }
    return 0;
}
