#pragma once
#include <memory>

#include "workbench/session_readers/session_reader.h"

namespace pix::workbench {

/// Reads Cursor's conversation databases, one for each conversation, and the transcripts of newer versions for
/// conversations that have no database. ReadState.offset counts records, in transcripts bytes.
std::unique_ptr<SessionReader> make_cursor_reader(const ProviderHome& home);

} // namespace pix::workbench
