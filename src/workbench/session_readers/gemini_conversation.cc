#include "workbench/session_readers/gemini_conversation.h"

#include "core/base/json.h"
#include "workbench/session_readers/gemini_record.h"
#include "workbench/session_readers/message_parts.h"
#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;

namespace {

constexpr std::size_t max_object = std::size_t(64) << 20;

std::string key_of(const json::object& record, const RecordPlace& place)
{
    std::string_view const id = text_at(record, "id");
    if (!id.empty()) return std::string(id);
    std::string key = "line_" + std::to_string(place.offset);
    if (place.index >= 0) key += "_" + std::to_string(place.index);
    return key;
}

void put_record(const json::object& record, RecordPlace place, ReadState& state, RecordLedger& ledger,
                MessageSink& sink)
{
    std::string const key = key_of(record, place);
    std::uint64_t const print = print_of(json::serialize(record), 1);
    if (ledger.is_in_pass() && ledger.keep_seen(key, print)) return;
    if (const auto* const known = ledger.find(key); known != nullptr && known->print == print) return;
    ledger.put(key, print, {place}, gemini_messages_of(key, record, state.facts.unknown_records), state.facts, sink);
}

const json::array* messages_in(const json::object& record)
{
    if (const auto* const patch = object_at(record, "$set")) return array_at(*patch, "messages");
    return array_at(record, "messages");
}

} // namespace

core::Result<GeminiConversation> GeminiConversation::open(const std::filesystem::path& path)
{
    PIX_TRY(JsonlFile file, JsonlFile::open(path));
    return GeminiConversation(std::move(file), path.extension() == ".json");
}

void GeminiConversation::take_header(const json::object& header, SessionFacts& facts)
{
    if (core::Millis const at = time_at(header, "startTime"); at > 0) facts.started_at = at;
    facts.last_activity = std::max(facts.last_activity, time_at(header, "lastUpdated"));
    if (auto const kind = text_at(header, "kind"); !kind.empty()) facts.is_hidden = kind != "main";
}

void GeminiConversation::replace_all(const json::array& messages, RecordPlace place, ReadState& state,
                                     RecordLedger& ledger, MessageSink& sink)
{
    ledger.begin_pass();
    for (const json::value& value : messages) {
        ++place.index;
        if (const auto* const record = value.if_object()) put_record(*record, place, state, ledger, sink);
    }
    ledger.finish_pass(sink);
}

void GeminiConversation::take_line(const JsonlLine& line, ReadState& state, RecordLedger& ledger, MessageSink& sink)
{
    if (line.text.find_first_not_of(" \t") == std::string_view::npos) return;
    auto const record = parse_record(line.text);
    if (!record) {
        state.facts.skipped_bytes += static_cast<std::int64_t>(line.text.size());
        return;
    }
    RecordPlace const place{line.offset, line.text.size(), -1};
    if (const auto* const patch = object_at(*record, "$set")) {
        take_header(*patch, state.facts);
        if (const auto* const messages = array_at(*patch, "messages"))
            replace_all(*messages, place, state, ledger, sink);
    } else if (auto const target = text_at(*record, "$rewindTo"); !target.empty()) {
        // Of a message that is not there, nothing is known to come after it.
        if (auto const index = ledger.index_of(target)) ledger.remove_from(*index, sink);
    } else if (record->contains("id") || record->contains("type")) {
        put_record(*record, place, state, ledger, sink);
    } else if (record->contains("sessionId")) {
        take_header(*record, state.facts);
        const auto* const messages = array_at(*record, "messages");
        if (messages != nullptr && !messages->empty()) replace_all(*messages, place, state, ledger, sink);
    } else {
        put_record(*record, place, state, ledger, sink);
    }
}

core::Result<bool> GeminiConversation::read(ReadState& state, RecordLedger& ledger, MessageSink& sink,
                                            std::uint64_t bytes)
{
    if (is_object_) {
        if (file_.size() > max_object) return core::fail(core::Errc::unavailable, "the conversation is too large");
        PIX_TRY(std::string const text, file_.bytes_at(0, max_object));
        auto const record = parse_record(text);
        // It is written in one go, but not atomically: half of it is no reason to forget what was there.
        if (!record) return core::fail(core::Errc::unavailable, "the conversation cannot be read now");
        take_header(*record, state.facts);
        static const json::array nothing;
        const auto* const messages = array_at(*record, "messages");
        replace_all(messages == nullptr ? nothing : *messages, {0, text.size(), -1}, state, ledger, sink);
        state.offset = text.size();
        return false;
    }
    std::uint64_t const from = state.offset;
    std::uint64_t const skipped = file_.skipped_bytes();
    file_.seek(from);
    bool more = false;
    for (JsonlLine line; file_.next(line);) {
        take_line(line, state, ledger, sink);
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

core::Result<std::vector<Message>> GeminiConversation::load(const LedgerEntry& entry)
{
    std::vector<Message> none;
    if (entry.places.empty()) return none;
    const RecordPlace& place = entry.places.front();
    if (!loaded_ || loaded_from_ != place.offset) {
        if (place.length > max_object) return none;
        PIX_TRY(std::string const text, file_.bytes_at(place.offset, is_object_ ? max_object : place.length));
        loaded_ = parse_record(text);
        loaded_from_ = place.offset;
    }
    if (!loaded_) return none;
    std::int64_t unknown = 0;
    if (place.index < 0) return gemini_messages_of(entry.key, *loaded_, unknown);
    const auto* const messages = messages_in(*loaded_);
    auto const index = static_cast<std::size_t>(place.index);
    if (messages == nullptr || index >= messages->size() || !(*messages)[index].is_object()) return none;
    return gemini_messages_of(entry.key, (*messages)[index].get_object(), unknown);
}

} // namespace pix::workbench
