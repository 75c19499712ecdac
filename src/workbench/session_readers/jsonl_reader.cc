#include "workbench/session_readers/jsonl_reader.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <bit>
#include <deque>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "core/base/text.h"
#include "workbench/session_readers/record_fields.h"

namespace pix::workbench {

namespace json = boost::json;

namespace {

constexpr std::uint64_t anchor_distance = 128 << 10;
// Results that lie further behind their call are remembered one by one; nearer ones are found by reading on.
constexpr std::uint64_t near_result = 512 << 10;
constexpr std::size_t max_late = 4'000;
constexpr std::size_t max_open_calls = 500;
constexpr std::size_t max_doubles = 10'000;
// A line written twice is written again soon.
constexpr std::size_t max_seen = 2'048;
// Forks of forks.
constexpr std::size_t max_chain = 32;
constexpr std::size_t max_bases = 8;

/// FNV-1a, as memory is kept longer than a run of the program. Source: draft-eastlake-fnv.
std::uint64_t hash_of(std::string_view text)
{
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (char const c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return hash;
}

/// The ids of the last lines.
class SeenLines {
public:
    explicit SeenLines(std::string_view kept)
    {
        auto const bytes = core::base64_decode(kept);
        if (!bytes) return;
        for (std::size_t at = 0; at + 8 <= bytes->size() && order_.size() < max_seen; at += 8) {
            std::uint64_t hash = 0;
            for (std::size_t i = 0; i < 8; ++i) hash = hash << 8 | static_cast<unsigned char>((*bytes)[at + i]);
            if (known_.insert(hash).second) order_.push_back(hash);
        }
    }

    /// False if it was there.
    bool add(std::string_view id)
    {
        std::uint64_t const hash = hash_of(id);
        if (!known_.insert(hash).second) return false;
        order_.push_back(hash);
        if (order_.size() > max_seen) {
            known_.erase(order_.front());
            order_.pop_front();
        }
        return true;
    }

    std::string kept() const
    {
        std::string bytes;
        bytes.reserve(order_.size() * 8);
        for (std::uint64_t const hash : order_)
            for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(hash >> shift & 0xff));
        return core::base64_encode(bytes);
    }

private:
    std::deque<std::uint64_t> order_;
    std::unordered_set<std::uint64_t> known_;
};

json::object copy_in(const json::object& memory, std::string_view key)
{
    const auto* const object = object_at(memory, key);
    return object == nullptr ? json::object() : *object;
}

json::array& array_in(json::object& memory, std::string_view key)
{
    json::value& value = memory[key];
    if (!value.is_array()) value = json::array();
    return value.get_array();
}

std::optional<std::uint64_t> offset_in(const json::value& value)
{
    if (value.is_uint64()) return value.get_uint64();
    if (value.is_int64() && value.get_int64() >= 0) return static_cast<std::uint64_t>(value.get_int64());
    return std::nullopt;
}

/// Where calls were made that have no result yet, and where results are that came late.
class CallPlaces {
public:
    explicit CallPlaces(const json::object& memory) : open_(copy_in(memory, "calls")), late_(copy_in(memory, "late")) {}

    void save(json::object& memory)
    {
        memory["calls"] = std::move(open_);
        memory["late"] = std::move(late_);
    }

    void note(const Message& message, std::uint64_t offset)
    {
        std::string_view const id = text_at(message.more, "toolId");
        if (id.empty() || id.size() > 200) return;
        if (message.kind == MessageKind::tool_use) {
            // Calls whose answer never comes, as of turns that were broken off, must not pile up.
            if (open_.size() >= max_open_calls) open_.erase(open_.begin());
            open_[id] = offset;
            return;
        }
        auto const call = open_.find(id);
        if (call == open_.end()) return;
        std::uint64_t const at = offset_in(call->value()).value_or(0);
        if (offset > at + near_result && late_.size() < max_late) late_[id] = offset;
        if (!is_true(message.more, "isRunning")) open_.erase(call);
    }

private:
    json::object open_;
    json::object late_;
};

Detail detail_for(const MessageSink& sink)
{
    Detail detail;
    detail.tools = sink.wants(MessageKind::tool_use) || sink.wants(MessageKind::tool_result);
    detail.thinking = sink.wants(MessageKind::thinking);
    detail.all = detail.tools || detail.thinking;
    return detail;
}

class NoMessages final : public MessageSink {
public:
    void add(Message) override {}
    void remove(std::string_view) override {}
    bool wants(MessageKind) const override { return false; }
};

bool is_shown_text(const Message& message)
{
    return message.kind == MessageKind::text && !message.role.empty();
}

/// A page while it is being read.
class PageBuilder {
public:
    PageBuilder(MessagePage& page, std::int64_t begin, std::int64_t end, std::int64_t number)
        : page_(page), begin_(begin), end_(end), number_(number)
    {}

    void take(Message message, std::uint64_t offset)
    {
        if (message.counted()) {
            is_inside_ = number_ >= begin_ && number_ < end_;
            is_over_ = number_ >= end_;
            ++number_;
        }
        if (message.kind == MessageKind::tool_result) join(message);
        if (!is_inside_) return;
        if (message.kind == MessageKind::tool_use) {
            std::string const id(text_at(message.more, "toolId"));
            calls_[id] = page_.messages.size();
            open_[id] = offset;
        }
        page_.messages.push_back(std::move(message));
    }

    /// Tokens that the provider tells behind an answer.
    void add_use(const TokenUse& use)
    {
        if (!is_inside_ || page_.messages.empty()) return;
        auto const answer = std::ranges::find_if(page_.messages.rbegin(), page_.messages.rend(), &Message::counted);
        if (answer != page_.messages.rend() && answer->role != "user" && !answer->use) answer->use = use;
    }

    /// The next message lies behind the page.
    bool is_over() const { return is_over_; }
    const std::map<std::string, std::uint64_t, std::less<>>& open() const { return open_; }

    /// Gives a result to its call, if that is on the page.
    void join(const Message& result)
    {
        auto const call = calls_.find(std::string(text_at(result.more, "toolId")));
        if (call == calls_.end()) return;
        if (!is_true(result.more, "isRunning")) open_.erase(call->first);
        json::object& more = page_.messages[call->second].more;
        if (auto* const had = more.if_contains("toolResult"); had != nullptr && had->is_object()) {
            // The rest of an output that was read in parts.
            json::value& content = had->get_object()["content"];
            if (content.is_string()) content.get_string() += result.content;
            return;
        }
        const auto* const is_error = value_at(result.more, "isError");
        json::object joined{{"content", result.content},
                            {"isError", is_error != nullptr ? *is_error : json::value(false)}};
        for (const char* const key : {"toolUseResult", "images"})
            if (const auto* const value = value_at(result.more, key)) joined[key] = *value;
        more["toolResult"] = std::move(joined);
    }

private:
    MessagePage& page_;
    std::int64_t begin_;
    std::int64_t end_;
    std::int64_t number_;
    bool is_inside_ = false;
    bool is_over_ = false;
    std::unordered_map<std::string, std::size_t> calls_;
    std::map<std::string, std::uint64_t, std::less<>> open_; ///< without a result yet, and where they are
};

/// The longest run of a-z 0-9 of each word, longest first.
std::vector<std::string> runs_of(const std::vector<std::string>& words)
{
    std::vector<std::string> runs;
    for (const std::string& word : words) {
        std::string best;
        std::string run;
        for (char const c : core::lower(word) + ' ') {
            if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
                run.push_back(c);
                continue;
            }
            if (run.size() > best.size()) best = run;
            run.clear();
        }
        if (!best.empty()) runs.push_back(std::move(best));
    }
    std::ranges::sort(runs, std::ranges::greater(), &std::string::size);
    return runs;
}

bool equals_lower(const char* text, std::string_view word)
{
    for (std::size_t i = 0; i < word.size(); ++i) {
        char const c = text[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c) != word[i]) return false;
    }
    return true;
}

} // namespace

bool has_ascii_word(std::string_view text, std::string_view word)
{
    if (word.empty()) return true;
    if (text.size() < word.size()) return false;
    std::size_t at = 0;
    std::size_t const places = text.size() - word.size() + 1;
#ifdef __SSE2__
    // Sixteen places at once at which first and last letter fit; few of them have to be looked at.
    __m128i const first = _mm_set1_epi8(word.front());
    __m128i const last = _mm_set1_epi8(word.back());
    __m128i const lower = _mm_set1_epi8(0x20);
    for (; at + 16 <= places; at += 16) {
        const char* const here = text.data() + at;
        __m128i const heads = _mm_or_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(here)), lower);
        __m128i const tails =
            _mm_or_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(here + word.size() - 1)), lower);
        auto fits = static_cast<unsigned>(
            _mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(heads, first), _mm_cmpeq_epi8(tails, last))));
        for (; fits != 0; fits &= fits - 1)
            if (equals_lower(here + std::countr_zero(fits), word)) return true;
    }
#endif
    for (; at < places; ++at)
        if (equals_lower(text.data() + at, word)) return true;
    return false;
}

core::Result<bool> JsonlReader::read(const SessionSource& source, ReadState& state, MessageSink& sink,
                                     std::uint64_t bytes) const
{
    PIX_TRY(JsonlFile file, JsonlFile::open(source.path, limits_));
    file.seek(state.offset);
    JsonLineParser parser;
    auto const decoder = make_decoder(source, state.facts, state.memory, state.offset, detail_for(sink));
    CallPlaces calls(state.memory);
    SeenLines seen(text_at(state.memory, "seen"));
    SessionFacts& facts = state.facts;
    std::uint64_t const start = state.offset;
    std::uint64_t last_anchor = state.anchors.empty() ? 0 : state.anchors.back().offset;
    std::vector<Message> messages;
    bool is_end = true;
    for (JsonlLine line; file.next(line);) {
        if (decoder->concerns(line.text)) {
            if (auto const record = parser.parse(line.text)) {
                messages.clear();
                decoder->decode(*record, line, messages);
                if (decoder->is_clean() && line.offset >= last_anchor + anchor_distance) {
                    state.anchors.push_back({line.offset, facts.counted});
                    last_anchor = line.offset;
                }
                if (std::string_view const id = decoder->line_id(); !id.empty() && !seen.add(id) && !messages.empty()) {
                    json::array& doubles = array_in(state.memory, "doubles");
                    if (doubles.size() < max_doubles) {
                        doubles.push_back(json::value(line.offset));
                        messages.clear();
                    }
                }
                for (Message& message : messages) {
                    facts.counted += message.counted() ? 1 : 0;
                    facts.user_and_assistant += is_shown_text(message) ? 1 : 0;
                    if (message.kind == MessageKind::tool_use || message.kind == MessageKind::tool_result)
                        calls.note(message, line.offset);
                    if (sink.wants(message.kind)) sink.add(std::move(message));
                }
            } else if (!core::trim(line.text).empty()) {
                facts.skipped_bytes += static_cast<std::int64_t>(line.end - line.offset);
            }
        }
        if (file.offset() - start >= bytes) {
            is_end = file.offset() >= file.size();
            break;
        }
    }
    PIX_CHECK(file.status());
    facts.skipped_bytes += static_cast<std::int64_t>(file.skipped_bytes());
    state.offset = file.offset();
    state.memory["seen"] = seen.kept();
    calls.save(state.memory);
    decoder->finish(state.offset, is_end);
    return !is_end;
}

core::Result<std::shared_ptr<const ReadState>> JsonlReader::read_base(const Base& base) const
{
    {
        std::lock_guard const lock(mutex_);
        auto const known = std::ranges::find_if(bases_, [&base](const KnownBase& each) {
            return each.source.path == base.source.path && each.source.inode == base.source.inode &&
                   each.end == base.end && each.state->offset <= base.source.size;
        });
        if (known != bases_.end()) {
            std::rotate(known, known + 1, bases_.end());
            return bases_.back().state;
        }
    }
    auto const state = std::make_shared<ReadState>();
    NoMessages nobody;
    PIX_CHECK(read(base.source, *state, nobody, base.end));
    std::shared_ptr<const ReadState> result = state;
    // A base that is shorter than it was may yet be written again.
    if (state->offset < base.end) return result;
    std::lock_guard const lock(mutex_);
    if (bases_.size() >= max_bases) bases_.erase(bases_.begin());
    bases_.push_back({.source = base.source, .end = base.end, .state = result});
    return result;
}

core::Result<MessagePage> JsonlReader::page(const SessionSource& source, const ReadState* known,
                                            const PageRequest& request) const
{
    PIX_TRY(MessagePage page, own_page(source, known, request, UINT64_MAX));
    std::vector<std::string> chain{source.id};
    for (auto base = base_of(source); base; base = base_of(base->source)) {
        if (chain.size() > max_chain || std::ranges::find(chain, base->source.id) != chain.end()) break;
        chain.push_back(base->source.id);
        auto const state = read_base(*base);
        if (!state) break;
        PageRequest rest{.offset = std::max<std::int64_t>(0, request.offset - page.total), .limit = request.limit};
        if (rest.limit) {
            auto const given = std::ranges::count_if(page.messages, &Message::counted);
            rest.limit = std::max<std::int64_t>(0, *rest.limit - given);
        }
        auto before = own_page(base->source, state->get(), rest, (*state)->offset);
        if (!before) break;
        std::ranges::move(page.messages, std::back_inserter(before->messages));
        before->total += page.total;
        before->has_more = before->has_more || page.has_more;
        page = std::move(*before);
    }
    return page;
}

core::Result<MessagePage> JsonlReader::own_page(const SessionSource& source, const ReadState* known,
                                                const PageRequest& request, std::uint64_t until) const
{
    PIX_TRY(JsonlFile file, JsonlFile::open(source.path, limits_));
    ReadState state;
    if (known != nullptr && known->offset <= file.size()) state = *known;
    if (known == nullptr || state.offset < std::min(file.size(), until)) {
        NoMessages nobody;
        PIX_CHECK(read(source, state, nobody, UINT64_MAX));
    }
    MessagePage page;
    page.total = state.facts.counted;
    std::int64_t const end = std::max<std::int64_t>(0, page.total - std::max<std::int64_t>(0, request.offset));
    std::int64_t const begin =
        request.limit ? std::max<std::int64_t>(0, end - std::max<std::int64_t>(0, *request.limit)) : 0;
    page.has_more = begin > 0;
    if (begin == end) return page;

    Anchor anchor;
    for (const Anchor& each : state.anchors)
        if (each.counted <= begin) anchor = each;
    std::unordered_set<std::uint64_t> doubles;
    for (const json::value& value : array_in(state.memory, "doubles")) {
        auto const offset = offset_in(value);
        if (offset) doubles.insert(*offset);
    }
    const json::object never = copy_in(state.memory, "calls");
    const json::object late = copy_in(state.memory, "late");
    SessionFacts facts = state.facts;
    // Counted anew, so that each answer on the page gets its own.
    facts.total = {};
    auto const decoder = make_decoder(source, facts, state.memory, anchor.offset, {});
    JsonLineParser parser;
    PageBuilder builder(page, begin, end, anchor.counted);
    // Whether reading on can still find a result.
    auto const is_near = [&](std::uint64_t offset) {
        return std::ranges::any_of(builder.open(), [&](const auto& call) {
            return offset <= call.second + near_result && !never.contains(call.first) && !late.contains(call.first);
        });
    };
    std::vector<Message> messages;
    file.seek(anchor.offset);
    for (JsonlLine line; file.next(line);) {
        if (line.end > until || (builder.is_over() && !is_near(line.offset))) break;
        if (!decoder->concerns(line.text) || doubles.contains(line.offset)) continue;
        auto const record = parser.parse(line.text);
        if (!record) continue;
        messages.clear();
        decoder->decode(*record, line, messages);
        for (Message& message : messages) builder.take(std::move(message), line.offset);
        if (auto const use = decoder->use_behind()) builder.add_use(*use);
    }
    auto const open = builder.open();
    for (const auto& [id, call] : open) {
        if (!late.contains(id)) continue;
        auto const offset = offset_in(late.at(id)); // known from reading, so not behind `until`
        JsonlLine line;
        if (!offset) continue;
        file.seek(*offset);
        if (!file.next(line)) continue;
        auto const record = parser.parse(line.text);
        if (!record) continue;
        SessionFacts scratch;
        auto const other = make_decoder(source, scratch, state.memory, line.offset, {});
        other->expect_result(id);
        messages.clear();
        other->decode(*record, line, messages);
        for (const Message& message : messages)
            if (message.kind == MessageKind::tool_result && text_at(message.more, "toolId") == id)
                builder.join(message);
    }
    PIX_CHECK(file.status());
    for (Message& message : page.messages)
        if (message.kind == MessageKind::tool_use) decoder->complete(message);
    return page;
}

core::Result<void> JsonlReader::scan_text(const SessionSource& source, const std::vector<std::string>& words,
                                          MessageSink& sink) const
{
    PIX_TRY(JsonlFile file, JsonlFile::open(source.path, limits_));
    auto const runs = runs_of(words);
    SessionFacts facts;
    json::object memory;
    auto const decoder = make_decoder(source, facts, memory, 0, {.tools = false, .thinking = false, .all = false});
    JsonLineParser parser;
    std::vector<Message> messages;
    auto const has_all = [&runs](std::string_view text) {
        return std::ranges::all_of(runs, [text](const std::string& run) { return has_ascii_word(text, run); });
    };
    for (JsonlLine line; file.next(line);) {
        if (!has_all(line.text) || !decoder->concerns(line.text)) continue;
        auto const record = parser.parse(line.text);
        if (!record) continue;
        messages.clear();
        decoder->decode(*record, line, messages);
        for (Message& message : messages)
            if (is_shown_text(message)) sink.add(std::move(message));
    }
    return file.status();
}

} // namespace pix::workbench
