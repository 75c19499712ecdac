#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "workbench/file/ignore_rules.h"

/// The first line is a path, the rest are rules. A rule that negates everything, put last, always decides.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace pix::workbench;
    std::string_view const text(reinterpret_cast<const char*>(data), size);
    std::size_t const end = std::min(text.find('\n'), text.size());
    std::string_view const path = text.substr(0, end);
    std::string const rules(text.substr(std::min(end + 1, text.size())));
    bool const folder = IgnoreRules("", rules).ignores(path, true);
    if (IgnoreRules("", rules).ignores(path, false) && !folder) std::abort(); // rules for files are rules for folders
    if (rules.size() > 10'000) return 0;
    if (IgnoreRules("", rules + "\n!*\n").ignores(path, false)) std::abort();
    return 0;
}
