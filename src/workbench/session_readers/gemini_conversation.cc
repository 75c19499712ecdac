#include "workbench/session_readers/gemini_conversation.h"

#include <array>

#include "core/base/json.h"
#include "workbench/session_readers/gemini_record.h"
#include "workbench/session_readers/message_parts.h"
#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;

namespace {

constexpr std::size_t max_object = std::size_t(64) << 20;
// More messages than this have not been taken away for coming back.
constexpr std::size_t max_gone = 20'000;

std::string key_of(const json::object& record, const RecordPlace& place)
{
    std::string_view const id = text_at(record, "id");
    if (!id.empty()) return std::string(id);
    std::string key = "line_" + std::to_string(place.offset);
    if (place.index >= 0) key += "_" + std::to_string(place.index);
    return key;
}

void put_record(const json::object& record, const json::array* list, RecordPlace place, ReadState& state,
                RecordLedger& ledger, MessageSink& sink)
{
    std::string const key = key_of(record, place);
    std::uint64_t const print = print_of(json::serialize(record), 1);
    if (ledger.is_in_pass() && ledger.keep_seen(key, print)) return;
    if (const auto* const known = ledger.find(key); known != nullptr && known->print == print) return;
    ledger.put(key, print, {place}, gemini_messages_of(key, record, list, state.facts.unknown_records), state.facts,
               sink);
}

/// The messages that a list has taken away: [offset, length, index] by key.
json::object& gone_messages(ReadState& state)
{
    json::value& gone = state.memory["gone"];
    if (!gone.is_object()) gone.emplace_object();
    return gone.get_object();
}

std::optional<RecordPlace> take_gone(json::object& gone, const std::string& key)
{
    const auto* const kept = array_at(gone, key);
    if (kept == nullptr || kept->size() != 3) return std::nullopt;
    std::array<std::int64_t, 3> numbers{};
    for (std::size_t i = 0; i < 3; ++i)
        if ((*kept)[i].is_int64()) numbers.at(i) = (*kept)[i].get_int64();
    RecordPlace const place{static_cast<std::uint64_t>(numbers[0]), static_cast<std::uint64_t>(numbers[1]), numbers[2]};
    gone.erase(key);
    return place;
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

void GeminiConversation::take_object(const json::object& object, RecordPlace place, ReadState& state,
                                     RecordLedger& ledger, MessageSink& sink)
{
    take_header(object, state.facts);
    ledger.begin_pass();
    if (const auto* const messages = array_at(object, "messages")) {
        for (const json::value& value : *messages) {
            ++place.index;
            if (const auto* const record = value.if_object()) put_record(*record, messages, place, state, ledger, sink);
        }
    }
    ledger.finish_pass(sink);
}

core::Result<void> GeminiConversation::replace_all(const json::array& messages, RecordPlace place, ReadState& state,
                                                   RecordLedger& ledger, MessageSink& sink)
{
    std::vector<std::pair<std::string, RecordPlace>> before;
    for (const LedgerEntry& entry : ledger.entries())
        if (!entry.places.empty() && !entry.ids.empty()) before.emplace_back(entry.key, entry.places.front());
    json::object& gone = gone_messages(state);
    ledger.begin_pass();
    for (const json::value& value : messages) {
        ++place.index;
        const auto* const record = value.if_object();
        if (record == nullptr) continue;
        std::string const key = key_of(*record, place);
        if (const auto* const known = ledger.find(key); known != nullptr && ledger.keep_seen(key, known->print))
            continue;
        if (auto const first = take_gone(gone, key)) {
            LedgerEntry entry;
            entry.key = key;
            entry.places = {*first};
            PIX_TRY(auto shown, load(entry));
            ledger.put(key, first->offset + 1, entry.places, std::move(shown), state.facts, sink);
        } else {
            put_record(*record, &messages, place, state, ledger, sink);
        }
    }
    ledger.finish_pass(sink);
    for (const auto& [key, where] : before) {
        if (ledger.find(key) != nullptr || gone.size() >= max_gone) continue;
        gone[key] =
            json::array{static_cast<std::int64_t>(where.offset), static_cast<std::int64_t>(where.length), where.index};
    }
    return {};
}

core::Result<void> GeminiConversation::take_line(const JsonlLine& line, ReadState& state, RecordLedger& ledger,
                                                 MessageSink& sink)
{
    if (line.text.find_first_not_of(" \t") == std::string_view::npos) return {};
    auto const record = parse_record(line.text);
    if (!record) {
        state.facts.skipped_bytes += static_cast<std::int64_t>(line.text.size());
        return {};
    }
    RecordPlace const place{line.offset, line.text.size(), -1};
    const auto* const patch = object_at(*record, "$set");
    std::string_view const target = text_at(*record, "$rewindTo");
    bool const is_message = record->contains("id") || record->contains("type");
    if (patch != nullptr) {
        take_header(*patch, state.facts);
        if (const auto* const messages = array_at(*patch, "messages"))
            return replace_all(*messages, place, state, ledger, sink);
    } else if (!target.empty()) {
        // Of a message that is not there, nothing is known to come after it.
        if (auto const index = ledger.index_of(target)) ledger.remove_from(*index, sink);
    } else if (!is_message && record->contains("sessionId")) {
        take_header(*record, state.facts);
        const auto* const messages = array_at(*record, "messages");
        if (messages != nullptr && !messages->empty()) return replace_all(*messages, place, state, ledger, sink);
    } else {
        put_record(*record, nullptr, place, state, ledger, sink);
    }
    return {};
}

core::Result<bool> GeminiConversation::read(ReadState& state, RecordLedger& ledger, MessageSink& sink,
                                            std::uint64_t bytes)
{
    if (is_object_) {
        if (file_.size() > max_object)
            return core::fail(core::Errc::unavailable, "the conversation is too large to be read");
        PIX_TRY(std::string const text, file_.bytes_at(0, max_object));
        auto const record = parse_record(text);
        // It is written in one go, but not atomically: half of it is no reason to forget what was there.
        if (!record) return core::fail(core::Errc::unavailable, "the conversation cannot be read now");
        take_object(*record, {0, text.size(), -1}, state, ledger, sink);
        state.offset = text.size();
        return false;
    }
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
    if (place.index < 0) return gemini_messages_of(entry.key, *loaded_, nullptr, unknown);
    const auto* const messages = messages_in(*loaded_);
    auto const index = static_cast<std::size_t>(place.index);
    if (messages == nullptr || index >= messages->size() || !(*messages)[index].is_object()) return none;
    return gemini_messages_of(entry.key, (*messages)[index].get_object(), messages, unknown);
}

} // namespace pix::workbench
