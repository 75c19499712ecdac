#include "workbench/session_readers/session_id.h"

#include <algorithm>

namespace pix::workbench {

bool is_session_id(std::string_view id)
{
    return !id.empty() && id.size() <= 128 && !id.starts_with('.') && std::ranges::all_of(id, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    });
}

} // namespace pix::workbench
