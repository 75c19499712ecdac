#pragma once
#include <memory>

#include "workbench/session_readers/session_reader.h"

namespace pix::workbench {

/// Reads OpenCode's database, or where there is none the files of its older versions.
/// ReadState.offset counts the messages looked at in a reading that is not finished, else all of them.
std::unique_ptr<SessionReader> make_opencode_reader(const ProviderHome& home);

} // namespace pix::workbench
