#pragma once
#include <boost/json.hpp>
#include <filesystem>

#include "workbench/session_readers/jsonl_file.h"
#include "workbench/session_readers/record_ledger.h"
#include "workbench/session_readers/session_reader.h"

namespace pix::workbench {

/// One conversation file of Qwen Code.
///
/// Every line has an entry in the ledger, shown or not: a rewind names the line behind which all is taken back. A
/// call's entry has the places of its results behind its own, so that both are read as one.
class QwenConversation {
public:
    static core::Result<QwenConversation> open(const std::filesystem::path& path);

    /// Reads on from `state` to the last whole line, at most about `bytes`; true if there is more.
    core::Result<bool> read(ReadState& state, RecordLedger& ledger, MessageSink& sink, std::uint64_t bytes);
    core::Result<std::vector<Message>> load(const LedgerEntry& entry) const;

private:
    explicit QwenConversation(JsonlFile file) : file_(std::move(file)) {}

    core::Result<void> take_line(const JsonlLine& line, ReadState& state, RecordLedger& ledger, MessageSink& sink);
    core::Result<void> take_result(const std::string& key, const boost::json::object& record, RecordPlace place,
                                   ReadState& state, RecordLedger& ledger, MessageSink& sink);
    static void rewind(const boost::json::object& record, RecordLedger& ledger, MessageSink& sink);
    core::Result<boost::json::object> record_at(const RecordPlace& place) const;

    JsonlFile file_;
};

} // namespace pix::workbench
