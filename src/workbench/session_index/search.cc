#include "workbench/session_index/search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "workbench/session_index/index_store.h"
#include "workbench/session_index/search_words.h"

namespace pix::workbench {

using core::Result;

namespace {

constexpr std::size_t side_characters = 75;
constexpr std::size_t matches_shown = 2;
constexpr std::size_t candidates_kept = 4;
constexpr std::int64_t keys_at_once = 2000;
constexpr std::int64_t keys_at_most = 20'000;
constexpr std::size_t texts_at_most = 1500;
constexpr std::size_t session_terms_at_most = 64;
/// A month makes a message half as important.
constexpr double half_life_ms = 30.0 * 24 * 60 * 60 * 1000;

struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

bool is_hit(const QueryWord& word, std::string_view found)
{
    return word.is_prefix ? found.starts_with(word.folded) : found == word.folded;
}

/// Every place of a word or phrase of the query, sorted and merged.
std::vector<Span> spans_in(std::string_view text, const SearchQuery& query)
{
    std::vector<Span> spans;
    each_word(text, [&](const FoundWord& found) {
        for (auto const& word : query.words) {
            if (!is_hit(word, found.folded)) continue;
            // Of two neighbours only as much as was asked for.
            std::size_t const end = found.kind == WordKind::ideograms && word.folded.size() < found.folded.size()
                                        ? std::min(found.end, found.begin + word.folded.size())
                                        : found.end;
            spans.push_back({found.begin, end});
            break;
        }
        return spans.size() < 1000;
    });
    for (auto const& phrase : query.phrases) {
        auto const folded = fold_text(text);
        for (std::size_t at = find_phrase(folded.text, phrase); at != std::string::npos && spans.size() < 1200;
             at = find_phrase(folded.text, phrase, at + 1))
            spans.push_back({folded.from[at], folded.from[at + phrase.size()]});
    }
    std::ranges::sort(spans, {}, [](const Span& span) { return std::pair(span.begin, span.end); });
    std::vector<Span> merged;
    for (auto const& span : spans) {
        if (!merged.empty() && span.begin <= merged.back().end)
            merged.back().end = std::max(merged.back().end, span.end);
        else
            merged.push_back(span);
    }
    return merged;
}

bool is_continuation(char c)
{
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// `count` characters to the left, then to the next edge of a word, but never past `stop`.
std::size_t left_of(std::string_view text, std::size_t at, std::size_t count)
{
    std::size_t begin = at;
    while (begin > 0 && count > 0) {
        do {
            --begin;
        } while (begin > 0 && is_continuation(text[begin]));
        --count;
    }
    if (begin == 0) return 0;
    for (std::size_t edge = begin; edge < at; ++edge)
        if (is_blank(text[edge])) return edge + 1;
    return begin;
}

std::size_t right_of(std::string_view text, std::size_t at, std::size_t count)
{
    std::size_t end = at;
    while (end < text.size() && count > 0) {
        do {
            ++end;
        } while (end < text.size() && is_continuation(text[end]));
        --count;
    }
    if (end == text.size()) return end;
    for (std::size_t edge = end; edge > at; --edge)
        if (is_blank(text[edge])) return edge;
    return end;
}

std::string quoted(const QueryWord& word, bool may_go_on)
{
    return "\"" + word.folded + "\"" + (word.is_prefix && may_go_on ? " *" : "");
}

/// One letter that may go on stands in nearly every text, and all of its words would be joined: where there is another
/// word, looking into the texts is cheaper.
bool is_left_to_texts(const QueryWord& word, bool may_go_on)
{
    return may_go_on && word.is_prefix && word.folded.size() == 1;
}

/// The question in the full-text index's language. What it finds has to be looked into.
std::string match_of(const SearchQuery& query, const SearchScope& scope, bool may_go_on)
{
    std::string match;
    auto const add = [&match](const std::string& term) {
        if (!match.empty()) match += " AND ";
        match += term;
    };
    bool const has_more =
        std::ranges::any_of(query.words, [&](const QueryWord& word) { return !is_left_to_texts(word, may_go_on); });
    for (auto const& word : query.words)
        if (!has_more || !is_left_to_texts(word, may_go_on)) add(quoted(word, may_go_on));
    if (!query.role.empty()) add("\"" + IndexStore::role_term(query.role) + "\"");
    if (query.providers.size() == 1) add("\"" + IndexStore::provider_term(*query.providers.begin()) + "\"");
    if (scope.size() <= session_terms_at_most) {
        std::string any;
        for (auto const& [number, searched] : scope) {
            if (!any.empty()) any += " OR ";
            any += "\"" + IndexStore::session_term(number) + "\"";
        }
        if (!any.empty()) add("(" + any + ")");
    }
    return match;
}

} // namespace

Snippet make_snippet(std::string_view text, const SearchQuery& query)
{
    auto const spans = spans_in(text, query);
    std::size_t const first = spans.empty() ? 0 : spans.front().begin;
    std::size_t const first_end = spans.empty() ? 0 : std::min(spans.front().end, first + 600);
    std::size_t const begin = left_of(text, first, side_characters);
    std::size_t const end = right_of(text, first_end, side_characters);
    Snippet snippet;
    std::size_t units = 0;
    auto const put = [&](char c) {
        if (!is_continuation(c)) units += static_cast<unsigned char>(c) >= 0xF0U ? 2 : 1;
        snippet.text += c;
    };
    if (begin > 0)
        for (char const c : std::string_view("...")) put(c);
    auto span = spans.begin();
    std::size_t marked_from = std::string::npos;
    bool after_blank = snippet.text.empty();
    for (std::size_t at = begin; at < end; ++at) {
        while (span != spans.end() && span->end <= at) {
            if (marked_from != std::string::npos) snippet.highlights.push_back({marked_from, units});
            marked_from = std::string::npos;
            ++span;
        }
        if (span != spans.end() && marked_from == std::string::npos && at >= span->begin) marked_from = units;
        bool const blank = is_blank(text[at]);
        if (!blank || !after_blank) put(blank ? ' ' : text[at]);
        after_blank = blank;
    }
    if (marked_from != std::string::npos && units > marked_from) snippet.highlights.push_back({marked_from, units});
    while (snippet.text.ends_with(' ')) {
        snippet.text.pop_back();
        --units;
    }
    for (auto& mark : snippet.highlights) mark.end = std::min(mark.end, units);
    if (end < text.size()) snippet.text += "...";
    return snippet;
}

TextHit look_into(std::string_view text, const SearchQuery& query)
{
    TextHit hit;
    std::vector<int> counts(query.words.size());
    std::vector<bool> exact(query.words.size());
    std::size_t words = 0;
    bool any = false;
    each_word(text, [&](const FoundWord& found) {
        if (found.kind != WordKind::part) ++words;
        for (std::size_t i = 0; i < counts.size(); ++i) {
            if (!is_hit(query.words[i], found.folded)) continue;
            ++counts[i];
            exact[i] = exact[i] || found.folded == query.words[i].folded;
            if (!any) hit.place = found.begin;
            any = true;
        }
        return true;
    });
    if (std::ranges::find(counts, 0) != counts.end()) return hit;
    bool const needs_folded = !query.phrases.empty() || counts.size() > 1;
    if (needs_folded) {
        std::string const folded = fold(text);
        for (auto const& phrase : query.phrases)
            if (find_phrase(folded, phrase) == std::string::npos) return hit;
        hit.has_whole = counts.size() > 1 && folded.find(query.whole) != std::string::npos;
    }
    hit.matches = true;
    hit.is_exact = std::ranges::find(exact, false) == exact.end();
    // Okapi BM25 with k1 = 1.2, b = 0.75 and 60 words as the usual length; every candidate has every word, so that
    // the rarity of words says nothing between them.
    double const length = 1.2 * (0.25 + 0.75 * static_cast<double>(words) / 60.0);
    for (int const count : counts) hit.weight += count * 2.2 / (count + length);
    return hit;
}

void HitList::add_title(const Searched& searched)
{
    // A title is nobody's message; its time is that of its conversation.
    if (!query_.has_words() || !query_.role.empty()) return;
    core::Millis const at = searched.session->last_activity();
    if ((query_.after && at < *query_.after) || (query_.before && at >= *query_.before)) return;
    for (auto const& word : query_.words)
        if (searched.folded_title.find(word.folded) == std::string::npos) return;
    auto const look = look_into(searched.folded_title, query_);
    if (!look.matches) return;
    auto& found = hits_[searched.session->number];
    found.hit.number = searched.session->number;
    found.hit.in_title = true;
    found.hit.title_place = look.place;
    found.hit.has_whole = found.hit.has_whole || look.has_whole;
    found.hit.at = searched.session->last_activity();
}

bool HitList::is_full(std::int64_t session) const
{
    auto const found = hits_.find(session);
    return found != hits_.end() && found->second.candidates.size() >= candidates_kept;
}

bool HitList::add_text(const Searched& searched, std::string_view id, std::string_view role, core::Millis at,
                       std::string_view text)
{
    auto const look = look_into(text, query_);
    if (!look.matches) return false;
    auto& found = hits_[searched.session->number];
    found.hit.number = searched.session->number;
    found.hit.at = searched.session->last_activity();
    for (auto const& known : found.candidates)
        if (known.role == role && known.text == text) return true;
    double const age = std::max(0.0, static_cast<double>(now_ - at));
    double const score = look.weight * (look.is_exact ? 1.0 : 0.6) * (0.25 + 0.75 * std::exp2(-age / half_life_ms));
    found.hit.has_whole = found.hit.has_whole || look.has_whole;
    found.hit.score = std::max(found.hit.score, score);
    if (found.candidates.size() < candidates_kept)
        found.candidates.push_back({std::string(id), std::string(role), at, std::string(text), score, look.has_whole});
    return true;
}

std::vector<SessionHit> HitList::take(std::size_t limit)
{
    std::vector<Found*> order;
    order.reserve(hits_.size());
    for (auto& [number, found] : hits_) order.push_back(&found);
    std::ranges::sort(order, [](const Found* a, const Found* b) {
        auto const& x = a->hit;
        auto const& y = b->hit;
        if (x.in_title != y.in_title) return x.in_title;
        if (x.has_whole != y.has_whole) return x.has_whole;
        if (x.in_title && x.title_place != y.title_place) return x.title_place < y.title_place;
        if (!x.in_title && x.score != y.score) return x.score > y.score;
        return std::pair(x.at, x.number) > std::pair(y.at, y.number);
    });
    if (order.size() > limit) order.resize(limit);
    std::vector<SessionHit> hits;
    for (auto* found : order) {
        std::ranges::sort(found->candidates, [](const Candidate& a, const Candidate& b) {
            return std::pair(a.has_whole, a.score) > std::pair(b.has_whole, b.score);
        });
        for (auto const& one : found->candidates) {
            if (found->hit.matches.size() >= matches_shown) break;
            found->hit.matches.push_back({one.id, one.role, one.at, make_snippet(one.text, query_), one.score});
        }
        hits.push_back(std::move(found->hit));
    }
    hits_.clear();
    return hits;
}

namespace {

/// How much one search looks at.
struct Effort {
    std::int64_t keys = 0;
    std::size_t texts = 0;
    std::size_t matched = 0;
};

/// Looks into messages from the newest on; true if older ones were not looked at.
Result<bool> look_through(store::Connection& connection, const SearchQuery& query, const SearchScope& scope,
                          const std::string& match, HitList& hits, std::size_t limit, Effort& effort)
{
    std::int64_t const from =
        query.after ? message_key::first_of_minute(message_key::minute_of(*query.after)) : std::int64_t{0};
    std::int64_t before = query.before ? message_key::first_of_minute(message_key::minute_of(*query.before + 59'999))
                                       : std::numeric_limits<std::int64_t>::max();
    std::int64_t at_once = 256;
    // What stands in twice as many conversations as are wanted leaves room for better ones.
    auto const is_enough = [&] {
        return effort.texts >= texts_at_most || effort.matched >= limit * 8 || hits.size() >= limit * 2;
    };
    while (effort.keys < keys_at_most && !is_enough()) {
        PIX_TRY(auto const keys, IndexStore::find(connection, match, from, before, at_once));
        for (auto const key : keys) {
            before = key;
            std::int64_t const session = message_key::session_of(key);
            auto const searched = scope.find(session);
            if (searched == scope.end() || hits.is_full(session)) continue;
            if (is_enough()) return true;
            ++effort.texts;
            PIX_TRY(auto const message, IndexStore::message(connection, key));
            if (!message) continue;
            if ((query.after && message->at < *query.after) || (query.before && message->at >= *query.before)) continue;
            if (hits.add_text(searched->second, message->id, message->role, message->at, message->text))
                ++effort.matched;
        }
        effort.keys += static_cast<std::int64_t>(keys.size());
        if (std::cmp_less(keys.size(), at_once)) return false;
        at_once = keys_at_once;
    }
    return true;
}

} // namespace

Result<SearchOutcome> search_index(store::Connection& connection, const SearchQuery& query, const SearchScope& scope,
                                   HitList& hits, std::size_t limit)
{
    SearchOutcome outcome;
    if (!query.has_words() || scope.empty()) return outcome;
    Effort effort;
    std::string const whole_words = match_of(query, scope, false);
    PIX_TRY(outcome.is_cut, look_through(connection, query, scope, whole_words, hits, limit, effort));
    // The beginning of a longer word takes longer to find, as all words that begin so are joined first: only while
    // there is room for more.
    std::string const beginnings = match_of(query, scope, true);
    if (!outcome.is_cut && beginnings != whole_words && hits.size() < limit) {
        PIX_TRY(outcome.is_cut, look_through(connection, query, scope, beginnings, hits, limit, effort));
    }
    return outcome;
}

} // namespace pix::workbench
