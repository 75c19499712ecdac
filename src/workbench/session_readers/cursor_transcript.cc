#include "workbench/session_readers/cursor_transcript.h"

#include "core/base/text.h"
#include "workbench/session_readers/cursor_message.h"
#include "workbench/session_readers/record_fields.h"
#include "workbench/session_readers/record_files.h"

namespace pix::workbench {

namespace {

constexpr std::size_t log_beginning = std::size_t(64) << 10;

std::vector<Message> messages_of_line(std::string_view key, std::string_view text, std::int64_t& unknown,
                                      bool& is_broken)
{
    auto const record = parse_record(text);
    is_broken = !record;
    if (!record) return {};
    if (!is_cursor_message(*record)) {
        ++unknown;
        Message message = message_of(std::string(key), time_at(*record, "timestamp"), MessageKind::raw, "", "");
        message.more["record"] = *record;
        return {std::move(message)};
    }
    return cursor_messages_of(key, time_at(*record, "timestamp"), *record, {}, unknown);
}

} // namespace

core::Result<CursorTranscript> CursorTranscript::open(const std::filesystem::path& path)
{
    PIX_TRY(JsonlFile file, JsonlFile::open(path));
    return CursorTranscript(std::move(file));
}

core::Result<bool> CursorTranscript::read(ReadState& state, RecordLedger& ledger, MessageSink& sink,
                                          std::uint64_t bytes)
{
    std::uint64_t const from = state.offset;
    std::uint64_t const skipped = file_.skipped_bytes();
    file_.seek(from);
    bool more = false;
    for (JsonlLine line; file_.next(line);) {
        // Lines have no ids; a place in a file that only grows is as good.
        std::string const key = "line_" + std::to_string(line.offset);
        bool is_broken = false;
        auto messages = messages_of_line(key, line.text, state.facts.unknown_records, is_broken);
        if (is_broken) state.facts.skipped_bytes += static_cast<std::int64_t>(line.text.size());
        if (!messages.empty())
            ledger.put(key, 1, {{line.offset, line.text.size(), -1}}, std::move(messages), state.facts, sink);
        if (line.end - from >= bytes && line.end < file_.size()) {
            more = true;
            break;
        }
    }
    PIX_CHECK(file_.status());
    state.facts.skipped_bytes += static_cast<std::int64_t>(file_.skipped_bytes() - skipped);
    state.offset = file_.offset();
    return more;
}

core::Result<std::vector<Message>> CursorTranscript::load(const LedgerEntry& entry) const
{
    std::vector<Message> messages;
    if (entry.places.empty()) return messages;
    PIX_TRY(std::string const text, file_.bytes_at(entry.places[0].offset, entry.places[0].length));
    std::int64_t unknown = 0;
    bool is_broken = false;
    return messages_of_line(entry.key, text, unknown, is_broken);
}

std::string cursor_workspace_of(const std::filesystem::path& project_folder)
{
    constexpr std::string_view label = "workspacePath=";
    auto const log = read_beginning(project_folder / "worker.log", log_beginning);
    if (!log) return {};
    std::string_view text = *log;
    auto const at = text.find(label);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + label.size());
    text = core::trim(text.substr(0, text.find_first_of("\r\n")));
    if (text.size() > 1 && text.front() == '"') text = text.substr(1, text.find('"', 1) - 1);
    return text.starts_with('/') && core::is_utf8(text) ? std::string(text) : std::string();
}

} // namespace pix::workbench
