#pragma once
#include <memory>

#include "workbench/session_readers/jsonl_file.h"
#include "workbench/session_readers/session_reader.h"

namespace pix::workbench {

/// Reads Claude Code's transcripts: one file of lines for each conversation below `projects/<folder>/`.
std::unique_ptr<SessionReader> make_claude_reader(const ProviderHome& home, const JsonlLimits& limits = {});

} // namespace pix::workbench
