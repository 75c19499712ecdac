#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/base/text.h"
#include "workbench/file/contained_path.h"

/// What is accepted has nothing in it that climbs, and is read again as itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace pix::workbench;
    std::string_view const text(reinterpret_cast<const char*>(data), size);
    std::string_view const root = "/home/ada/app";
    static_cast<void>(check_new_name(text));
    auto const path = ContainedPath::read(root, text);
    if (!path) return 0;
    if (path->text().starts_with('/') || path->text().find('\0') != std::string::npos) std::abort();
    if (!path->is_root())
        for (std::string_view const part : pix::core::split(path->text(), '/'))
            if (part.empty() || part == "." || part == "..") std::abort();
    auto const again = ContainedPath::read(root, path->text());
    auto const absolute = ContainedPath::read(root, std::string(root) + "/" + path->text());
    if (!again || !(*again == *path) || (absolute && !(*absolute == *path))) std::abort();
    if (!path->is_root() && !(path->parent().child(path->name()) == *path)) std::abort();
    return 0;
}
