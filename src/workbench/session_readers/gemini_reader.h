#pragma once
#include <memory>

#include "workbench/session_readers/session_reader.h"

namespace pix::workbench {

/// Reads the conversations of Gemini CLI. ReadState.offset counts bytes.
std::unique_ptr<SessionReader> make_gemini_reader(const ProviderHome& home);

} // namespace pix::workbench
