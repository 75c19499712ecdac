#pragma once
#include <filesystem>
#include <string>

#include "workbench/session_readers/jsonl_file.h"
#include "workbench/session_readers/record_ledger.h"
#include "workbench/session_readers/session_reader.h"

namespace pix::workbench {

/// A conversation in the JSONL file that newer versions of Cursor write beside their database.
class CursorTranscript {
public:
    static core::Result<CursorTranscript> open(const std::filesystem::path& path);

    /// Reads on from `state` to the last whole line, at most about `bytes`; true if there is more.
    core::Result<bool> read(ReadState& state, RecordLedger& ledger, MessageSink& sink, std::uint64_t bytes);
    core::Result<std::vector<Message>> load(const LedgerEntry& entry) const;

private:
    explicit CursorTranscript(JsonlFile file) : file_(std::move(file)) {}
    JsonlFile file_;
};

/// The working folder that a project folder of Cursor's is about: its `worker.log` says so. Empty if it does not.
std::string cursor_workspace_of(const std::filesystem::path& project_folder);

} // namespace pix::workbench
