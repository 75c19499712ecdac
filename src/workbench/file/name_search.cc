#include "workbench/file/name_search.h"

#include <algorithm>

#include "core/base/text.h"

namespace pix::workbench {

using core::Result;

namespace {

constexpr std::size_t most_words = 8;

char lower_of(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_word_start(std::string_view text, std::size_t at)
{
    if (at == 0) return true;
    char const before = text[at - 1];
    bool const separated = before == '/' || before == '_' || before == '-' || before == '.' || before == ' ';
    bool const humped = text[at] >= 'A' && text[at] <= 'Z' && before >= 'a' && before <= 'z';
    return separated || humped;
}

/// Where `word` (lower case) stands in `text` in one piece, rather at the start of a word; npos if nowhere.
std::size_t find_piece(std::string_view text, std::string_view word, bool& at_start)
{
    std::size_t found = std::string_view::npos;
    at_start = false;
    for (std::size_t i = 0; i + word.size() <= text.size(); ++i) {
        std::size_t n = 0;
        while (n < word.size() && lower_of(text[i + n]) == word[n]) ++n;
        if (n < word.size()) continue;
        at_start = is_word_start(text, i);
        if (at_start) return i;
        if (found == std::string_view::npos) found = i;
    }
    return found;
}

/// 0 if the letters are not there in their order; else up to 100, more for letters that start words or stand together.
int score_letters(std::string_view text, std::string_view word)
{
    int score = 0;
    std::size_t at = 0;
    bool together = false;
    for (char const c : word) {
        std::size_t const from = at;
        while (at < text.size() && lower_of(text[at]) != c) ++at;
        if (at == text.size()) return 0;
        together = at == from && from > 0;
        score += is_word_start(text, at) ? 8 : together ? 5 : 1;
        ++at;
    }
    return 1 + std::min(score * 99 / static_cast<int>(word.size() * 8), 99);
}

int score_word(std::string_view path, std::string_view word)
{
    std::string_view const name = path.substr(path.rfind('/') + 1);
    bool at_start = false;
    std::size_t const in_name = find_piece(name, word, at_start);
    if (in_name == 0 && name.size() == word.size()) return 1000;
    if (in_name == 0) return 900;
    if (in_name != std::string_view::npos) return at_start ? 800 : 700;
    if (find_piece(path, word, at_start) != std::string_view::npos) return at_start ? 600 : 500;
    if (int const letters = score_letters(name, word)) return 250 + letters;
    return score_letters(path, word);
}

std::vector<std::string> words_of(std::string_view query)
{
    std::vector<std::string> words;
    for (std::string_view const word : core::split(query, ' '))
        if (!word.empty() && words.size() < most_words) words.push_back(core::lower(word));
    return words;
}

} // namespace

Result<NameList> NameList::read(const ProjectFolder& project, const NameListLimits& limits)
{
    WalkOptions options;
    options.leave_out = LeaveOut::by_gitignore;
    options.time = limits.time;
    PIX_TRY(FolderWalk walk, FolderWalk::start(project, {}, options));
    NameList names;
    while (auto const entry = walk.next()) {
        if (entry->is_folder()) continue;
        if (names.size() >= limits.files || names.text_.size() + entry->path.text().size() > limits.bytes) {
            names.cut_ = true;
            break;
        }
        names.add(entry->path.text());
    }
    names.cut_ = names.cut_ || walk.out_of_time();
    return names;
}

void NameList::add(std::string_view path)
{
    text_ += path;
    ends_.push_back(static_cast<std::uint32_t>(text_.size()));
}

std::string_view NameList::operator[](std::size_t number) const
{
    std::size_t const start = number == 0 ? 0 : ends_[number - 1];
    return std::string_view(text_).substr(start, ends_[number] - start);
}

int score_of(std::string_view path, const std::vector<std::string>& words)
{
    int score = 0;
    for (const std::string& word : words) {
        int const one = score_word(path, word);
        if (one == 0) return 0;
        score += one;
    }
    return score;
}

std::vector<std::size_t> search_names(const NameList& names, std::string_view query, std::size_t limit)
{
    struct Hit {
        int score;
        std::size_t length;
        std::size_t number;
    };
    // Ties go to the shorter path, then to the alphabet.
    auto const better = [&](const Hit& a, const Hit& b) {
        if (a.score != b.score) return a.score > b.score;
        if (a.length != b.length) return a.length < b.length;
        return names[a.number] < names[b.number];
    };
    auto const words = words_of(query);
    std::vector<Hit> best; // a heap, the worst on top
    for (std::size_t i = 0; i < names.size() && limit > 0; ++i) {
        int const score = words.empty() ? 1 : score_of(names[i], words);
        if (score == 0) continue;
        Hit const hit{score, names[i].size(), i};
        if (best.size() == limit) {
            if (!better(hit, best.front())) continue;
            std::pop_heap(best.begin(), best.end(), better);
            best.pop_back();
        }
        best.push_back(hit);
        std::push_heap(best.begin(), best.end(), better);
    }
    std::sort(best.begin(), best.end(), better);
    std::vector<std::size_t> numbers;
    numbers.reserve(best.size());
    for (const Hit& hit : best) numbers.push_back(hit.number);
    return numbers;
}

} // namespace pix::workbench
