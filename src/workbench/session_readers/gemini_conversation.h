#pragma once
#include <boost/json.hpp>
#include <filesystem>
#include <optional>

#include "workbench/session_readers/jsonl_file.h"
#include "workbench/session_readers/record_ledger.h"
#include "workbench/session_readers/session_reader.h"

namespace pix::workbench {

/// One conversation file of Gemini CLI: a log of messages, replacements and patches, or in older versions one object.
///
/// A patch that gives the whole list gives it as the model gets it: without thoughts' names, tokens, and how calls
/// ended. When a session is resumed, all messages go and come back in that form. So those that went are remembered by
/// their place, and shown as they were first written once they are in a list again.
class GeminiConversation {
public:
    static core::Result<GeminiConversation> open(const std::filesystem::path& path);

    /// Reads on from `state` to the last whole line, at most about `bytes`; true if there is more. An object is read
    /// as a whole each time.
    core::Result<bool> read(ReadState& state, RecordLedger& ledger, MessageSink& sink, std::uint64_t bytes);
    core::Result<std::vector<Message>> load(const LedgerEntry& entry);

private:
    GeminiConversation(JsonlFile file, bool is_object) : file_(std::move(file)), is_object_(is_object) {}

    core::Result<void> take_line(const JsonlLine& line, ReadState& state, RecordLedger& ledger, MessageSink& sink);
    static void take_header(const boost::json::object& header, SessionFacts& facts);
    static void take_object(const boost::json::object& object, RecordPlace place, ReadState& state,
                            RecordLedger& ledger, MessageSink& sink);
    core::Result<void> replace_all(const boost::json::array& messages, RecordPlace place, ReadState& state,
                                   RecordLedger& ledger, MessageSink& sink);

    JsonlFile file_;
    bool is_object_ = false;
    /// The record read last: one that carries a list is asked for again for each message of the list.
    std::optional<boost::json::object> loaded_;
    std::uint64_t loaded_from_ = 0;
};

} // namespace pix::workbench
