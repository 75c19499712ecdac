#include "workbench/session_readers/record_ledger.h"

#include <algorithm>
#include <unordered_set>

#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;

namespace {

// As SessionFacts says of its texts.
constexpr std::size_t excerpt_bytes = 500;

bool is_text_of(const Message& message, std::string_view role)
{
    return message.kind == MessageKind::text && message.role == role && !message.content.empty();
}

json::array json_of(const TokenUse& use)
{
    json::array numbers{use.input, use.output, use.reasoning, use.cache_read, use.cache_creation};
    if (use.cost) numbers.push_back(*use.cost);
    return numbers;
}

std::int64_t whole(const json::array& array, std::size_t i)
{
    const auto* const value = array.if_contains(i);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

std::uint64_t natural(const json::array& array, std::size_t i)
{
    return static_cast<std::uint64_t>(whole(array, i));
}

json::array json_of(const LedgerEntry& entry)
{
    json::array places;
    for (const RecordPlace& place : entry.places) {
        places.push_back(static_cast<std::int64_t>(place.offset));
        places.push_back(static_cast<std::int64_t>(place.length));
        places.push_back(place.index);
    }
    json::array ids;
    for (const std::string& id : entry.ids)
        ids.push_back(json::value(id.starts_with(entry.key) ? "+" + id.substr(entry.key.size()) : "=" + id));
    std::int64_t const flags = (entry.has_user_text ? 1 : 0) + (entry.has_assistant_text ? 2 : 0);
    json::array all{
        entry.key,     static_cast<std::int64_t>(entry.print), entry.counted, entry.texts, flags, std::move(places),
        std::move(ids)};
    if (entry.use) all.push_back(json_of(*entry.use));
    return all;
}

std::optional<LedgerEntry> entry_of(const json::value& value)
{
    const auto* const all = value.if_array();
    if (all == nullptr || all->size() < 7 || !(*all)[0].is_string() || !(*all)[5].is_array() || !(*all)[6].is_array())
        return std::nullopt;
    LedgerEntry entry;
    entry.key = as_text((*all)[0]);
    entry.print = natural(*all, 1);
    entry.counted = whole(*all, 2);
    entry.texts = whole(*all, 3);
    entry.has_user_text = (whole(*all, 4) & 1) != 0;
    entry.has_assistant_text = (whole(*all, 4) & 2) != 0;
    const json::array& places = (*all)[5].get_array();
    for (std::size_t i = 0; i + 2 < places.size(); i += 3)
        entry.places.push_back({natural(places, i), natural(places, i + 1), whole(places, i + 2)});
    for (const json::value& id : (*all)[6].get_array()) {
        std::string const text = as_text(id);
        if (text.empty()) return std::nullopt;
        entry.ids.push_back(text[0] == '+' ? entry.key + text.substr(1) : text.substr(1));
    }
    if (all->size() > 7 && (*all)[7].is_array()) {
        const json::array& numbers = (*all)[7].get_array();
        TokenUse use{whole(numbers, 0), whole(numbers, 1), whole(numbers, 2), whole(numbers, 3), whole(numbers, 4), {}};
        if (numbers.size() > 5 && numbers[5].is_number()) use.cost = numbers[5].to_number<double>();
        entry.use = use;
    }
    return entry;
}

void add_use(TokenUse& total, const TokenUse& use)
{
    total.input += use.input;
    total.output += use.output;
    total.reasoning += use.reasoning;
    total.cache_read += use.cache_read;
    total.cache_creation += use.cache_creation;
    if (use.cost) total.cost = total.cost.value_or(0) + *use.cost;
}

void drop_doubles(std::vector<Message>& messages)
{
    std::unordered_set<std::string> ids;
    std::erase_if(messages, [&ids](const Message& message) { return !ids.insert(message.id).second; });
}

} // namespace

RecordLedger::RecordLedger(const json::object& memory)
{
    if (const auto* const records = array_at(memory, "records")) {
        entries_.reserve(records->size());
        for (const json::value& record : *records)
            if (auto entry = entry_of(record)) entries_.push_back(std::move(*entry));
    }
    index_all();
    if (std::int64_t const seen = integer_at(memory, "pass"); seen > 0)
        seen_ = std::min(static_cast<std::size_t>(seen) - 1, entries_.size());
    auto const excerpt = [&memory](std::string_view name) {
        const auto* const kept = array_at(memory, name);
        if (kept == nullptr || kept->size() != 3) return Excerpt();
        return Excerpt{as_text((*kept)[0]), natural(*kept, 1), as_text((*kept)[2])};
    };
    first_user_ = excerpt("first_user");
    last_text_ = excerpt("last_text");
}

void RecordLedger::save(json::object& memory) const
{
    json::array records;
    records.reserve(entries_.size());
    for (const LedgerEntry& entry : entries_) records.push_back(json_of(entry));
    memory["records"] = std::move(records);
    memory["pass"] = seen_ ? static_cast<std::int64_t>(*seen_) + 1 : 0;
    memory["first_user"] = {first_user_.key, static_cast<std::int64_t>(first_user_.print), first_user_.text};
    memory["last_text"] = {last_text_.key, static_cast<std::int64_t>(last_text_.print), last_text_.text};
}

void RecordLedger::index_all()
{
    index_.clear();
    for (std::size_t i = 0; i < entries_.size(); ++i) index_[entries_[i].key] = i;
}

std::optional<std::size_t> RecordLedger::index_of(std::string_view key) const
{
    auto const found = index_.find(std::string(key));
    return found == index_.end() ? std::nullopt : std::optional(found->second);
}

const LedgerEntry* RecordLedger::find(std::string_view key) const
{
    auto const index = index_of(key);
    return index ? &entries_[*index] : nullptr;
}

void RecordLedger::remove_messages(LedgerEntry& entry, MessageSink& sink) const
{
    for (const std::string& id : entry.ids) sink.remove(id);
    entry.ids.clear();
}

void RecordLedger::move_to_seen(std::size_t from)
{
    if (from != *seen_) {
        auto const begin = entries_.begin();
        std::rotate(begin + static_cast<std::ptrdiff_t>(*seen_), begin + static_cast<std::ptrdiff_t>(from),
                    begin + static_cast<std::ptrdiff_t>(from) + 1);
        for (std::size_t i = *seen_; i <= from; ++i) index_[entries_[i].key] = i;
    }
    ++*seen_;
}

void RecordLedger::remember(Excerpt& excerpt, const LedgerEntry& entry, std::string_view role,
                            const std::vector<Message>& messages) const
{
    // The first thing a user said, the last thing an assistant did.
    const Message* chosen = nullptr;
    for (const Message& message : messages) {
        if (!is_text_of(message, role)) continue;
        if (chosen == nullptr || role == "assistant") chosen = &message;
    }
    excerpt = {entry.key, entry.print, chosen == nullptr ? "" : std::string(cut(chosen->content, excerpt_bytes))};
}

void RecordLedger::put(std::string_view key, std::uint64_t print, std::vector<RecordPlace> places,
                       std::vector<Message> messages, SessionFacts& facts, MessageSink& sink)
{
    auto index = index_of(key);
    // A record that comes twice in one pass is no second record.
    if (index && seen_ && *index < *seen_) return;
    if (index) {
        remove_messages(entries_[*index], sink);
    } else {
        index = entries_.size();
        entries_.push_back({std::string(key), 0, {}, {}, 0, 0, false, false, {}});
        index_[entries_.back().key] = *index;
    }
    LedgerEntry entry;
    entry.key = key;
    entry.print = print;
    entry.places = std::move(places);
    drop_doubles(messages);
    for (const Message& message : messages) {
        entry.ids.push_back(message.id);
        if (message.counted()) ++entry.counted;
        if (message.kind == MessageKind::text) ++entry.texts;
        entry.has_user_text |= is_text_of(message, "user");
        entry.has_assistant_text |= is_text_of(message, "assistant");
        if (message.use) {
            entry.use = entry.use.value_or(TokenUse());
            add_use(*entry.use, *message.use);
        }
        if (!message.model.empty()) facts.model = message.model;
        if (message.at > 0) {
            if (facts.started_at == 0 || message.at < facts.started_at) facts.started_at = message.at;
            facts.last_activity = std::max(facts.last_activity, message.at);
        }
    }
    if (entry.has_user_text && (first_user_.key.empty() || first_user_.key == key))
        remember(first_user_, entry, "user", messages);
    if (entry.has_assistant_text) remember(last_text_, entry, "assistant", messages);
    for (Message& message : messages) sink.add(std::move(message));
    entries_[*index] = std::move(entry);
    if (seen_) move_to_seen(*index);
}

void RecordLedger::remove_from(std::size_t first, MessageSink& sink)
{
    if (first >= entries_.size()) return;
    for (std::size_t i = first; i < entries_.size(); ++i) {
        remove_messages(entries_[i], sink);
        index_.erase(entries_[i].key);
    }
    entries_.resize(first);
}

void RecordLedger::begin_pass()
{
    seen_ = 0;
}

bool RecordLedger::keep_seen(std::string_view key, std::uint64_t print)
{
    auto const index = index_of(key);
    if (!index || !seen_) return false;
    if (*index < *seen_) return true;
    if (entries_[*index].print != print) return false;
    move_to_seen(*index);
    return true;
}

void RecordLedger::finish_pass(MessageSink& sink)
{
    if (!seen_) return;
    std::size_t const first = *seen_;
    seen_.reset();
    remove_from(first, sink);
}

core::Result<std::vector<Message>> RecordLedger::load_unique(const LedgerEntry& entry, const Load& load)
{
    PIX_TRY(auto messages, load(entry));
    drop_doubles(messages);
    return messages;
}

core::Result<void> RecordLedger::refresh(Excerpt& excerpt, const LedgerEntry* entry, std::string_view role,
                                         const Load& load)
{
    if (entry == nullptr) {
        excerpt = {};
        return {};
    }
    if (excerpt.key == entry->key && excerpt.print == entry->print) return {};
    PIX_TRY(auto const messages, load_unique(*entry, load));
    RecordLedger().remember(excerpt, *entry, role, messages);
    return {};
}

core::Result<void> RecordLedger::settle(SessionFacts& facts, const Load& load)
{
    facts.counted = 0;
    facts.user_and_assistant = 0;
    facts.total = {};
    facts.latest.reset();
    const LedgerEntry* first_user = nullptr;
    const LedgerEntry* last_text = nullptr;
    for (const LedgerEntry& entry : entries_) {
        facts.counted += entry.counted;
        facts.user_and_assistant += entry.texts;
        if (entry.use) {
            add_use(facts.total, *entry.use);
            facts.latest = entry.use;
        }
        if (entry.has_user_text && first_user == nullptr) first_user = &entry;
        if (entry.has_assistant_text) last_text = &entry;
    }
    PIX_CHECK(refresh(first_user_, first_user, "user", load));
    PIX_CHECK(refresh(last_text_, last_text, "assistant", load));
    facts.first_user_text = first_user_.text;
    facts.last_text = last_text_.text;
    return {};
}

core::Result<MessagePage> RecordLedger::page(const PageRequest& request, const Load& load) const
{
    MessagePage page;
    for (const LedgerEntry& entry : entries_) page.total += entry.counted;
    std::int64_t const end = std::max<std::int64_t>(0, page.total - std::max<std::int64_t>(0, request.offset));
    std::int64_t const limit = std::max<std::int64_t>(0, request.limit.value_or(end));
    std::int64_t const begin = std::max<std::int64_t>(0, end - std::min(limit, end));
    page.has_more = begin > 0;
    if (begin == end) return page;
    // From the end, as pages mostly are near it: which records hold the messages from number `begin` to `end`.
    std::size_t first = entries_.size();
    std::int64_t before = page.total;
    while (first > 0 && before > begin) before -= entries_[--first].counted;
    std::int64_t number = before;
    for (std::size_t i = first; i < entries_.size() && number < end; ++i) {
        const LedgerEntry& entry = entries_[i];
        if (entry.ids.empty()) continue;
        PIX_TRY(auto messages, load_unique(entry, load));
        std::int64_t within = number;
        bool is_shown = false;
        for (Message& message : messages) {
            // A result goes with the call before it.
            if (message.counted()) {
                is_shown = within >= begin && within < end && within < number + entry.counted;
                ++within;
            }
            if (is_shown) page.messages.push_back(std::move(message));
        }
        number += entry.counted;
    }
    return page;
}

} // namespace pix::workbench
