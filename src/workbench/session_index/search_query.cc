#include "workbench/session_index/search_query.h"

#include <algorithm>

#include "core/base/text.h"
#include "workbench/session_index/search_words.h"

namespace pix::workbench {

using core::Errc;
using core::fail_as;
using core::Result;

namespace {

constexpr std::size_t max_words = 32;
constexpr core::Millis day_ms = 24LL * 60 * 60 * 1000;

/// One blank-separated piece of the query; `quoted` parts keep their blanks.
struct Piece {
    std::string text;
    bool quoted = false; ///< begins with a quotation mark
    bool closed = true;  ///< its quotation mark was closed, or a blank follows it
};

std::vector<Piece> pieces_of(std::string_view text)
{
    std::vector<Piece> pieces;
    std::size_t at = 0;
    while (at < text.size()) {
        if (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r') {
            ++at;
            continue;
        }
        Piece piece;
        piece.quoted = text[at] == '"';
        bool inside = false;
        for (; at < text.size(); ++at) {
            if (text[at] == '"') {
                inside = !inside;
                if (!inside && piece.quoted) {
                    ++at;
                    break;
                }
                continue;
            }
            if (!inside && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) break;
            piece.text += text[at];
        }
        piece.closed = !inside && (piece.quoted || at < text.size());
        pieces.push_back(std::move(piece));
    }
    return pieces;
}

Result<core::Millis> moment(std::string_view name, std::string_view text, core::Millis now)
{
    if (auto const at = core::parse_iso_time(text)) return *at;
    if (text.size() >= 2) {
        auto const count = core::parse_int(text.substr(0, text.size() - 1), false);
        core::Millis const days = text.back() == 'd'   ? 1
                                  : text.back() == 'w' ? 7
                                  : text.back() == 'm' ? 30
                                  : text.back() == 'y' ? 365
                                                       : 0;
        if (count && days > 0 && *count <= 36500) return now - *count * days * day_ms;
    }
    return fail_as("INVALID_QUERY", Errc::invalid,
                   std::string(name) + ": wants a day such as 2026-01-31, or 7d for a week ago");
}

/// True if the piece was a filter.
Result<bool> take_filter(const Piece& piece, core::Millis now, SearchQuery& query)
{
    auto const colon = piece.text.find(':');
    if (piece.quoted || colon == std::string::npos || colon + 1 == piece.text.size()) return false;
    std::string const name = core::lower(std::string_view(piece.text).substr(0, colon));
    std::string const value = piece.text.substr(colon + 1);
    if (name == "provider") {
        for (auto const one : core::split(value, ',')) {
            auto const provider = provider_named(core::lower(one));
            if (!provider)
                return fail_as("INVALID_QUERY", Errc::invalid,
                               "provider: wants one of claude, cursor, codex, gemini, qwen and opencode");
            query.providers.insert(*provider);
        }
        return true;
    }
    if (name == "project") {
        query.projects.push_back(fold(value));
        return true;
    }
    if (name == "role") {
        query.role = core::lower(value);
        if (query.role != "user" && query.role != "assistant")
            return fail_as("INVALID_QUERY", Errc::invalid, "role: wants user or assistant");
        return true;
    }
    if (name == "before" || name == "after") {
        PIX_TRY(auto const at, moment(name, value, now));
        (name == "before" ? query.before : query.after) = at;
        return true;
    }
    return false;
}

bool is_one_character(std::string_view text)
{
    return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }) == 1;
}

void add_word(QueryWord word, SearchQuery& query)
{
    auto const same = std::ranges::find(query.words, word.folded, &QueryWord::folded);
    if (same != query.words.end())
        same->is_prefix = same->is_prefix && word.is_prefix;
    else if (query.words.size() < max_words)
        query.words.push_back(std::move(word));
}

/// The words that the index has to know of. Of a name the parts are not needed: the whole says more. Neighbours of a
/// script without spaces may stand apart in a text, so longer runs are phrases, too.
void add_words(std::string_view text, bool last_is_prefix, SearchQuery& query)
{
    std::vector<QueryWord> words;
    std::size_t last_end = 0;
    std::size_t run_begin = 0;
    std::size_t run_end = 0;
    auto const finish_run = [&] {
        std::string const run = fold(text.substr(run_begin, run_end - run_begin));
        if (run.size() > 6) query.phrases.push_back(run);
        run_begin = run_end = 0;
    };
    each_word(text, [&](const FoundWord& found) {
        if (found.kind == WordKind::part) return true;
        if (found.kind == WordKind::ideograms) {
            if (found.begin >= run_end) {
                finish_run();
                run_begin = found.begin;
            }
            bool const is_tail = found.begin > run_begin && found.end == run_end;
            run_end = found.end;
            if (!is_tail) words.push_back({std::string(found.folded), is_one_character(found.folded)});
        } else {
            words.push_back({std::string(found.folded), false});
        }
        last_end = found.end;
        return true;
    });
    finish_run();
    if (last_is_prefix && !words.empty() && last_end == text.size()) words.back().is_prefix = true;
    for (auto& word : words) add_word(std::move(word), query);
}

} // namespace

Result<SearchQuery> parse_search_query(std::string_view text, core::Millis now, bool is_typing)
{
    SearchQuery query;
    std::string whole;
    for (auto const& piece : pieces_of(text)) {
        PIX_TRY(bool const is_filter, take_filter(piece, now, query));
        if (is_filter) continue;
        std::string_view words = piece.text;
        bool const starred = !piece.quoted && words.ends_with('*');
        if (starred) words.remove_suffix(1);
        add_words(words, starred || (is_typing && !piece.closed), query);
        if (piece.quoted && piece.closed) {
            std::string phrase = fold(piece.text);
            if (!phrase.empty()) query.phrases.push_back(std::move(phrase));
        }
        if (!whole.empty()) whole += ' ';
        whole += words;
    }
    query.whole = fold(whole);
    return query;
}

} // namespace pix::workbench
