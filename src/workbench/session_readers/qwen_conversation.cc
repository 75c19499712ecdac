#include "workbench/session_readers/qwen_conversation.h"

#include "workbench/session_readers/qwen_record.h"
#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;

namespace {

// Calls whose results are still to come. A model makes a few at once; the oldest are forgotten first.
constexpr std::size_t max_open_calls = 256;

json::object& open_calls(ReadState& state)
{
    json::value& calls = state.memory["calls"];
    if (!calls.is_object()) calls.emplace_object();
    return calls.get_object();
}

} // namespace

core::Result<QwenConversation> QwenConversation::open(const std::filesystem::path& path)
{
    PIX_TRY(JsonlFile file, JsonlFile::open(path));
    return QwenConversation(std::move(file));
}

core::Result<json::object> QwenConversation::record_at(const RecordPlace& place) const
{
    PIX_TRY(std::string const text, file_.bytes_at(place.offset, place.length));
    return parse_record(text).value_or(json::object());
}

core::Result<std::vector<Message>> QwenConversation::load(const LedgerEntry& entry) const
{
    if (entry.places.empty()) return std::vector<Message>();
    PIX_TRY(json::object const record, record_at(entry.places.front()));
    QwenResults results;
    for (std::size_t i = 1; i < entry.places.size(); ++i) {
        PIX_TRY(json::object const result, record_at(entry.places[i]));
        results.insert(qwen_result_of(result));
    }
    std::int64_t unknown = 0;
    return qwen_messages_of(entry.key, record, results, unknown);
}

void QwenConversation::rewind(const json::object& record, RecordLedger& ledger, MessageSink& sink)
{
    std::string_view const parent = text_at(record, "parentUuid");
    if (parent.empty()) {
        ledger.remove_from(0, sink);
        return;
    }
    if (auto const index = ledger.index_of(parent)) {
        ledger.remove_from(*index + 1, sink);
        return;
    }
    // The line it goes back to was lost: what is known is that the last turn is taken back.
    for (std::size_t i = ledger.entries().size(); i-- > 0;) {
        if (!ledger.entries()[i].has_user_text) continue;
        ledger.remove_from(i, sink);
        return;
    }
}

core::Result<void> QwenConversation::take_result(const std::string& key, const json::object& record, RecordPlace place,
                                                 ReadState& state, RecordLedger& ledger, MessageSink& sink)
{
    std::string const call = qwen_result_of(record).first;
    json::object& calls = open_calls(state);
    std::string const caller(text_at(calls, call));
    calls.erase(call);
    const LedgerEntry* const entry = caller.empty() ? nullptr : ledger.find(caller);
    if (entry == nullptr || is_true(record, "isSidechain")) {
        auto messages = qwen_messages_of(key, record, {}, state.facts.unknown_records);
        ledger.put(key, place.offset + 1, {place}, std::move(messages), state.facts, sink);
        return {};
    }
    LedgerEntry answered = *entry;
    answered.places.push_back(place);
    PIX_TRY(auto messages, load(answered));
    ledger.put(caller, answered.print + place.offset + 1, answered.places, std::move(messages), state.facts, sink);
    ledger.put(key, place.offset + 1, {}, {}, state.facts, sink);
    return {};
}

core::Result<void> QwenConversation::take_line(const JsonlLine& line, ReadState& state, RecordLedger& ledger,
                                               MessageSink& sink)
{
    SessionFacts& facts = state.facts;
    if (line.text.find_first_not_of(" \t") == std::string_view::npos) return {};
    auto const record = parse_record(line.text);
    if (!record) {
        facts.skipped_bytes += static_cast<std::int64_t>(line.text.size());
        return {};
    }
    std::string key(text_at(*record, "uuid"));
    if (key.empty()) key = "line_" + std::to_string(line.offset);
    // Copied history repeats lines; the first one counts.
    if (ledger.find(key) != nullptr) return {};
    RecordPlace const place{line.offset, line.text.size(), -1};
    std::string_view const type = text_at(*record, "type");
    std::string_view const subtype = text_at(*record, "subtype");
    if (ledger.entries().empty() && is_true(*record, "isSidechain")) facts.is_hidden = true;
    if (auto const cwd = text_at(*record, "cwd"); !cwd.empty() && facts.cwd.empty()) facts.cwd = cwd;
    if (auto const branch = text_at(*record, "gitBranch"); !branch.empty()) facts.git_branch = branch;
    if (std::int64_t const window = tokens_at(*record, "contextWindowSize"); window > 0) facts.context_window = window;
    if (type == "system" && subtype == "custom_title") {
        if (const auto* const payload = object_at(*record, "systemPayload"))
            if (auto const title = text_at(*payload, "customTitle"); !title.empty()) facts.given_title = title;
    } else if (type == "system" && subtype == "rewind") {
        rewind(*record, ledger, sink);
    } else if (type == "tool_result") {
        return take_result(key, *record, place, state, ledger, sink);
    } else if (type == "assistant" && !is_true(*record, "isSidechain")) {
        json::object& calls = open_calls(state);
        for (const std::string& call : qwen_calls_of(*record)) calls[call] = key;
        while (calls.size() > max_open_calls) calls.stable_erase(calls.begin());
    }
    auto messages = qwen_messages_of(key, *record, {}, facts.unknown_records);
    std::vector<RecordPlace> places;
    if (!messages.empty()) places.push_back(place);
    ledger.put(key, line.offset + 1, std::move(places), std::move(messages), facts, sink);
    return {};
}

core::Result<bool> QwenConversation::read(ReadState& state, RecordLedger& ledger, MessageSink& sink,
                                          std::uint64_t bytes)
{
    std::uint64_t const from = state.offset;
    std::uint64_t const skipped = file_.skipped_bytes();
    file_.seek(from);
    bool more = false;
    for (JsonlLine line; file_.next(line);) {
        PIX_CHECK(take_line(line, state, ledger, sink));
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

} // namespace pix::workbench
