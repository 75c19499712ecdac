#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pix::workbench {

/// What a word of a text is good for.
enum class WordKind {
    word,      ///< a whole word as written, snake_case and camelCase names in one piece
    part,      ///< of such a name: "user" and "name" of userName
    ideograms, ///< two neighbours, or the last one, of a script without spaces
};

/// A word in lower case, and where it stands in the text.
struct FoundWord {
    std::string_view folded; ///< valid during the call
    std::size_t begin = 0;   ///< bytes
    std::size_t end = 0;
    WordKind kind = WordKind::word;
};

/// Longer words count by their beginning.
inline constexpr std::size_t max_word_bytes = 64;

/// Calls `fn` for every word of a text, in order of where they begin; names come before their parts. Text that is not
/// UTF-8 is read as far as it can be. `fn` returns false to stop.
///
/// Units:  a word is a run of letters, digits and underscores; of Han, Kana, Hangul, Thai, Lao, Khmer and Burmese,
///         each two neighbours are one, and the last of a run alone.
/// Source: Unicode Standard Annex 29 for where words end, without its rules for punctuation inside words.
void each_word(std::string_view text, const std::function<bool(const FoundWord&)>& fn);

/// The words of a text for the full-text index: separated by spaces, each once, in no order.
std::string index_text(std::string_view text);

/// `text` in lower case with every run of white space as one space, and where each of its bytes came from.
struct FoldedText {
    std::string text;
    std::vector<std::uint32_t> from; ///< one more than bytes: the end, too
};
FoldedText fold_text(std::string_view text);
/// The same without the places.
std::string fold(std::string_view text);

/// Where `needle` (folded) stands in a folded text with word edges at both ends; npos if nowhere from `from` on.
std::size_t find_phrase(std::string_view folded, std::string_view needle, std::size_t from = 0);

} // namespace pix::workbench
