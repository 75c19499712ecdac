#pragma once
#include <string_view>

namespace pix::workbench {

/// Whether an agent's id of a conversation may be part of a path or an address: at most 128 of A-Z a-z 0-9 . _ -, and
/// no dot first.
bool is_session_id(std::string_view id);

} // namespace pix::workbench
