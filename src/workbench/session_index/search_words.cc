#include "workbench/session_index/search_words.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_set>

namespace pix::workbench {

namespace {

/// What a character means for where words begin and end.
enum class Sign : std::uint8_t { gap, space, lower, upper, digit, underscore, letter, ideogram };

struct Character {
    char32_t code = 0;
    unsigned bytes = 1;
};

/// The character at `at`; a byte that begins none is U+FFFD and one byte long.
Character character_at(std::string_view text, std::size_t at)
{
    auto const byte = [&](std::size_t i) -> std::uint32_t {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    std::uint32_t const first = byte(at);
    auto const follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    if (first < 0x80U) return {first, 1};
    if (first >= 0xC2U && first < 0xE0U && follows(at + 1))
        return {((first & 0x1FU) << 6U) | (byte(at + 1) & 0x3FU), 2};
    if (first >= 0xE0U && first < 0xF0U && follows(at + 1) && follows(at + 2))
        return {((first & 0x0FU) << 12U) | ((byte(at + 1) & 0x3FU) << 6U) | (byte(at + 2) & 0x3FU), 3};
    if (first >= 0xF0U && first < 0xF5U && follows(at + 1) && follows(at + 2) && follows(at + 3))
        return {((first & 0x07U) << 18U) | ((byte(at + 1) & 0x3FU) << 12U) | ((byte(at + 2) & 0x3FU) << 6U) |
                    (byte(at + 3) & 0x3FU),
                4};
    return {0xFFFD, 1};
}

bool between(char32_t code, char32_t first, char32_t last)
{
    return code >= first && code <= last;
}

bool is_ideogram(char32_t code)
{
    if (code < 0x0E00) return false;
    return between(code, 0x0E01, 0x0EDF) || between(code, 0x1000, 0x109F) || between(code, 0x1100, 0x11FF) ||
           between(code, 0x1780, 0x17D3) || between(code, 0x2E80, 0x2FDF) || between(code, 0x3005, 0x3007) ||
           between(code, 0x3041, 0x30FA) || between(code, 0x30FC, 0x318F) || between(code, 0x31A0, 0x31FF) ||
           between(code, 0x3400, 0x9FFF) || between(code, 0xAC00, 0xD7AF) || between(code, 0xF900, 0xFAFF) ||
           between(code, 0xFF66, 0xFF9F) || between(code, 0x20000, 0x3FFFF);
}

/// Punctuation, symbols and controls outside ASCII. What is in no list is a letter.
bool is_gap(char32_t code)
{
    if (code <= 0xBF) return code != 0xAA && code != 0xB5 && code != 0xBA;
    if (code < 0x2000)
        return code == 0xD7 || code == 0xF7 || code == 0x37E || code == 0x387 || between(code, 0x55A, 0x55F) ||
               code == 0x589 || code == 0x5BE || code == 0x60C || code == 0x61B || code == 0x61F ||
               between(code, 0x66A, 0x66D) || code == 0x6D4 || code == 0x964 || code == 0x965 || code == 0x1680;
    return between(code, 0x2000, 0x200B) || between(code, 0x200E, 0x206F) || between(code, 0x20A0, 0x20CF) ||
           between(code, 0x2190, 0x2BFF) || between(code, 0x2E00, 0x2E7F) || between(code, 0x3000, 0x3004) ||
           between(code, 0x3008, 0x3040) || code == 0x30FB || between(code, 0xE000, 0xF8FF) ||
           between(code, 0xFE10, 0xFE1F) || between(code, 0xFE30, 0xFE6F) || between(code, 0xFF00, 0xFF0F) ||
           between(code, 0xFF1A, 0xFF20) || between(code, 0xFF3B, 0xFF40) || between(code, 0xFF5B, 0xFF65) ||
           between(code, 0xFFE0, 0xFFFD) || between(code, 0x1F000, 0x1FAFF);
}

bool is_space(char32_t code)
{
    return code == ' ' || between(code, 9, 13) || code == 0xA0 || between(code, 0x2000, 0x200A) || code == 0x2028 ||
           code == 0x2029 || code == 0x3000;
}

/// Upper and lower case stand side by side in these blocks, the upper one even (or odd).
bool is_even_pair(char32_t code)
{
    return between(code, 0x100, 0x137) || between(code, 0x14A, 0x177) || between(code, 0x1DE, 0x1EF) ||
           between(code, 0x1F8, 0x21F) || between(code, 0x222, 0x233) || between(code, 0x3D8, 0x3EF) ||
           between(code, 0x460, 0x481) || between(code, 0x48A, 0x4BF) || between(code, 0x4D0, 0x52F) ||
           between(code, 0x1E00, 0x1E95) || between(code, 0x1EA0, 0x1EFF);
}

bool is_odd_pair(char32_t code)
{
    return between(code, 0x139, 0x148) || between(code, 0x179, 0x17E) || between(code, 0x1CD, 0x1DC) ||
           between(code, 0x4C1, 0x4CE);
}

/// Simple case folding of the scripts that have case. Source: Unicode CaseFolding.txt, status C and S.
char32_t lower_of(char32_t code)
{
    if (code < 0x80) return between(code, 'A', 'Z') ? code + 32 : code;
    if (code < 0x100) return between(code, 0xC0, 0xDE) && code != 0xD7 ? code + 32 : code;
    if (code == 0x130) return 'i';
    if (code == 0x178) return 0xFF;
    if (code == 0x17F) return 's';
    if (is_even_pair(code)) return code | 1U;
    if (is_odd_pair(code)) return (code & 1U) != 0 ? code + 1 : code;
    if (code == 0x386) return 0x3AC;
    if (between(code, 0x388, 0x38A)) return code + 37;
    if (code == 0x38C) return 0x3CC;
    if (code == 0x38E || code == 0x38F) return code + 63;
    if (between(code, 0x391, 0x3AB)) return code + 32;
    if (code == 0x3C2) return 0x3C3;
    if (between(code, 0x400, 0x40F)) return code + 80;
    if (between(code, 0x410, 0x42F)) return code + 32;
    if (code == 0x4C0) return 0x4CF;
    if (between(code, 0x531, 0x556)) return code + 48;
    if (between(code, 0x10A0, 0x10C5)) return code + 7264;
    if (code == 0x1E9E) return 0xDF;
    if (between(code, 0xFF21, 0xFF3A)) return code + 32;
    if (between(code, 0x10400, 0x10427)) return code + 40;
    return code;
}

void append(std::string& text, char32_t code)
{
    if (code < 0x80) {
        text += static_cast<char>(code);
    } else if (code < 0x800) {
        text += static_cast<char>(0xC0U | (code >> 6U));
        text += static_cast<char>(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        text += static_cast<char>(0xE0U | (code >> 12U));
        text += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
        text += static_cast<char>(0x80U | (code & 0x3FU));
    } else {
        text += static_cast<char>(0xF0U | (code >> 18U));
        text += static_cast<char>(0x80U | ((code >> 12U) & 0x3FU));
        text += static_cast<char>(0x80U | ((code >> 6U) & 0x3FU));
        text += static_cast<char>(0x80U | (code & 0x3FU));
    }
}

Sign sign_of(char32_t code)
{
    if (code < 0x80) {
        if (between(code, 'a', 'z')) return Sign::lower;
        if (between(code, 'A', 'Z')) return Sign::upper;
        if (between(code, '0', '9')) return Sign::digit;
        if (code == '_') return Sign::underscore;
        return is_space(code) ? Sign::space : Sign::gap;
    }
    if (is_space(code)) return Sign::space;
    if (is_gap(code)) return Sign::gap;
    if (is_ideogram(code)) return Sign::ideogram;
    if (lower_of(code) != code) return Sign::upper;
    return Sign::letter;
}

bool is_lower(Sign sign)
{
    return sign == Sign::lower || sign == Sign::letter;
}

/// Cuts at a character's edge.
std::string_view beginning(std::string_view word)
{
    if (word.size() <= max_word_bytes) return word;
    std::size_t end = max_word_bytes;
    while (end > 0 && (static_cast<unsigned char>(word[end]) & 0xC0U) == 0x80U) --end;
    return word.substr(0, end);
}

struct Place {
    std::size_t begin = 0;        ///< in the text
    std::size_t end = 0;          ///< in the text
    std::size_t folded_begin = 0; ///< in the folded run
    std::size_t folded_end = 0;
    Sign sign = Sign::letter;
};

/// One run of word characters or of ideograms.
class Run {
public:
    explicit Run(const std::function<bool(const FoundWord&)>& fn) : fn_(fn) {}

    bool empty() const { return places_.empty(); }
    bool is_ideograms() const { return !empty() && places_.front().sign == Sign::ideogram; }

    void add(char32_t code, Sign sign, std::size_t begin, std::size_t end)
    {
        std::size_t const folded_begin = folded_.size();
        append(folded_, lower_of(code));
        places_.push_back({begin, end, folded_begin, folded_.size(), sign});
    }

    /// False: stop.
    bool finish()
    {
        if (empty()) return true;
        bool const go_on = is_ideograms() ? finish_ideograms() : finish_word();
        places_.clear();
        folded_.clear();
        return go_on;
    }

private:
    bool give(std::size_t first, std::size_t last, WordKind kind)
    {
        auto const& from = places_[first];
        auto const& to = places_[last];
        std::string_view const folded(folded_.data() + from.folded_begin, to.folded_end - from.folded_begin);
        return fn_({beginning(folded), from.begin, to.end, kind});
    }

    bool finish_ideograms()
    {
        for (std::size_t i = 0; i < places_.size(); ++i)
            if (!give(i, std::min(i + 1, places_.size() - 1), WordKind::ideograms)) return false;
        return true;
    }

    bool finish_word()
    {
        // A run of underscores alone is a line, not a name.
        if (std::ranges::all_of(places_, [](const Place& place) { return place.sign == Sign::underscore; }))
            return true;
        if (!give(0, places_.size() - 1, WordKind::word)) return false;
        std::size_t start = 0;
        for (std::size_t i = 0; i <= places_.size(); ++i) {
            bool const at_end = i == places_.size();
            if (!at_end && !is_edge(i)) continue;
            std::size_t first = start;
            std::size_t last = i;
            while (first < last && places_[first].sign == Sign::underscore) ++first;
            while (last > first && places_[last - 1].sign == Sign::underscore) --last;
            start = i;
            bool const whole = first == 0 && last == places_.size();
            if (first < last && !whole && !give(first, last - 1, WordKind::part)) return false;
        }
        return true;
    }

    /// Whether a part begins here: after an underscore, at userName's N, at HTTPServer's S.
    bool is_edge(std::size_t i) const
    {
        if (i == 0) return false;
        Sign const before = places_[i - 1].sign;
        Sign const here = places_[i].sign;
        if (before == Sign::underscore) return here != Sign::underscore;
        if (here == Sign::underscore) return true;
        if (here != Sign::upper) return false;
        if (before != Sign::upper) return true;
        return i + 1 < places_.size() && is_lower(places_[i + 1].sign);
    }

    const std::function<bool(const FoundWord&)>& fn_;
    std::vector<Place> places_;
    std::string folded_;
};

bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_ascii_gap(char c)
{
    return static_cast<unsigned char>(c) < 0x80U && !is_plain(c) && (c < 'A' || c > 'Z') && c != '_';
}

/// Most words are a few ASCII letters, the first perhaps a capital: they have no parts, and need no run.
class PlainWord {
public:
    /// False: what begins at `at` is something else.
    bool read(std::string_view text, std::size_t at)
    {
        char const first = text[at];
        bool const is_upper = first >= 'A' && first <= 'Z';
        std::size_t const stop = std::min(text.size(), at + max_word_bytes);
        std::size_t end = is_upper ? at + 1 : at;
        while (end < stop && is_plain(text[end])) ++end;
        if (end == at || (end < text.size() && !is_ascii_gap(text[end]))) return false;
        word_ = {text.substr(at, end - at), at, end, WordKind::word};
        if (is_upper) {
            std::ranges::copy(word_.folded, folded_.begin());
            folded_[0] = static_cast<char>(first + 32);
            word_.folded = {folded_.data(), end - at};
        }
        return true;
    }
    const FoundWord& word() const { return word_; }

private:
    FoundWord word_;
    std::array<char, max_word_bytes> folded_{};
};

} // namespace

void each_word(std::string_view text, const std::function<bool(const FoundWord&)>& fn)
{
    Run run(fn);
    PlainWord plain;
    std::size_t length = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (run.empty()) {
            if (is_ascii_gap(text[at])) {
                ++at;
                length = 0;
                continue;
            }
            if (plain.read(text, at)) {
                if (!fn(plain.word())) return;
                at = plain.word().end;
                length = 0;
                continue;
            }
        }
        auto const character = character_at(text, at);
        std::size_t const end = at + character.bytes;
        Sign const sign = sign_of(character.code);
        bool const in_word = sign != Sign::gap && sign != Sign::space;
        // Machine text without a gap is cut, so that a run costs bounded memory.
        bool const too_long = ++length > 4096;
        if (!in_word || (!run.empty() && run.is_ideograms() != (sign == Sign::ideogram)) || too_long) {
            if (!run.finish()) return;
            length = 0;
        }
        if (in_word) run.add(character.code, sign, at, end);
        at = end;
    }
    run.finish();
}

std::string index_text(std::string_view text)
{
    std::unordered_set<std::string> words;
    std::string out;
    std::string word;
    each_word(text, [&](const FoundWord& found) {
        word.assign(found.folded);
        auto const [place, is_new] = words.insert(word);
        if (is_new) {
            if (!out.empty()) out += ' ';
            out += *place;
        }
        return true;
    });
    return out;
}

FoldedText fold_text(std::string_view text)
{
    FoldedText folded;
    folded.text.reserve(text.size());
    folded.from.reserve(text.size() + 1);
    bool after_space = true;
    for (std::size_t at = 0; at < text.size();) {
        auto const character = character_at(text, at);
        if (is_space(character.code)) {
            if (!after_space) {
                folded.text += ' ';
                folded.from.push_back(static_cast<std::uint32_t>(at));
            }
            after_space = true;
        } else {
            append(folded.text, lower_of(character.code));
            folded.from.resize(folded.text.size(), static_cast<std::uint32_t>(at));
            after_space = false;
        }
        at += character.bytes;
    }
    if (!folded.text.empty() && folded.text.back() == ' ') {
        folded.text.pop_back();
    } else {
        folded.from.push_back(static_cast<std::uint32_t>(text.size()));
    }
    return folded;
}

std::string fold(std::string_view text)
{
    std::string folded;
    folded.reserve(text.size());
    bool after_space = true;
    for (std::size_t at = 0; at < text.size();) {
        auto const character = character_at(text, at);
        at += character.bytes;
        if (!is_space(character.code)) {
            append(folded, lower_of(character.code));
            after_space = false;
        } else if (!after_space) {
            folded += ' ';
            after_space = true;
        }
    }
    if (folded.ends_with(' ')) folded.pop_back();
    return folded;
}

std::size_t find_phrase(std::string_view folded, std::string_view needle, std::size_t from)
{
    if (needle.empty()) return std::string_view::npos;
    auto const in_word = [](Sign sign) { return sign != Sign::gap && sign != Sign::space && sign != Sign::ideogram; };
    auto const sign_before = [&](std::string_view text, std::size_t at) {
        std::size_t begin = at - 1;
        while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80U) --begin;
        return sign_of(character_at(text, begin).code);
    };
    bool const first_in_word = in_word(sign_of(character_at(needle, 0).code));
    bool const last_in_word = in_word(sign_before(needle, needle.size()));
    for (std::size_t at = folded.find(needle, from); at != std::string_view::npos; at = folded.find(needle, at + 1)) {
        std::size_t const end = at + needle.size();
        bool const starts = at == 0 || !first_in_word || !in_word(sign_before(folded, at));
        bool const ends = end == folded.size() || !last_in_word || !in_word(sign_of(character_at(folded, end).code));
        if (starts && ends) return at;
    }
    return std::string_view::npos;
}

} // namespace pix::workbench
