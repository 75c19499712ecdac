#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "workbench/git/hook_trace.h"
#include "workbench/git/log_text.h"
#include "workbench/git/porcelain_status.h"
#include "workbench/git/repository.h"

/// Any bytes as what git writes about a repository.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace pix::workbench;
    std::string_view const text(reinterpret_cast<const char*>(data), size);
    if (auto const status = parse_status(text))
        for (auto const& entry : status->entries)
            if (entry.path.empty()) std::abort();
    static_cast<void>(parse_log(text));
    static_cast<void>(parse_changed_files(text));
    static_cast<void>(guards_against(text));
    static_cast<void>(failed_hook_in(text));
    return 0;
}
