#pragma once
#include <memory>

#include "workbench/session_readers/jsonl_file.h"
#include "workbench/session_readers/session_reader.h"

namespace pix::workbench {

/// Reads Codex's rollouts: one file of lines for each conversation below `sessions/` and `archived_sessions/`.
std::unique_ptr<SessionReader> make_codex_reader(const ProviderHome& home, const JsonlLimits& limits = {});

} // namespace pix::workbench
