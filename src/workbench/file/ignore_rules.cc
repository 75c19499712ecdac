#include "workbench/file/ignore_rules.h"

#include "core/base/text.h"

namespace pix::workbench {

namespace {

constexpr std::size_t most_bytes = 1024 * 1024;
constexpr std::size_t most_rules = 10'000;
constexpr std::size_t most_parts = 64; ///< of one rule; a longer one matches nothing that people have

/// Reads one `[...]` at the start of `pattern`. Nothing if it does not end: then it stands for no character at all.
struct CharacterClass {
    std::size_t size = 0; ///< of the class in the pattern
    bool matches = false;
};

std::optional<CharacterClass> read_class(std::string_view pattern, unsigned char character)
{
    std::size_t at = 1;
    bool const negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
    if (negated) ++at;
    bool found = false;
    auto const take = [&]() -> std::optional<unsigned char> {
        if (at < pattern.size() && pattern[at] == '\\') ++at;
        if (at >= pattern.size()) return std::nullopt;
        return static_cast<unsigned char>(pattern[at++]);
    };
    for (bool first = true; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
        auto const low = take();
        if (!low) return std::nullopt;
        auto high = low;
        if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
            ++at;
            high = take();
            if (!high) return std::nullopt;
        }
        found = found || (*low <= character && character <= *high);
    }
    if (at >= pattern.size()) return std::nullopt;
    return CharacterClass{at + 1, found != negated};
}

bool matches_parts(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path)
{
    // reach[j]: the pattern so far fits the first j parts.
    std::vector<char> reach(path.size() + 1, 0);
    reach[0] = 1;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        std::vector<char> next(path.size() + 1, 0);
        if (pattern[i] == "**") {
            // At the end it stands for what is inside: one part at least.
            std::size_t const least = i + 1 == pattern.size() ? 1 : 0;
            bool open = false;
            for (std::size_t j = 0; j <= path.size(); ++j) {
                if (j >= least) open = open || reach[j - least];
                next[j] = open ? 1 : 0;
            }
        } else {
            for (std::size_t j = 0; j < path.size(); ++j)
                if (reach[j] && matches_glob(pattern[i], path[j])) next[j + 1] = 1;
        }
        reach = std::move(next);
    }
    return reach[path.size()] != 0;
}

} // namespace

bool matches_glob(std::string_view pattern, std::string_view text)
{
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos; // where to go on when the rest does not fit
    std::size_t star_text = 0;
    for (;;) {
        bool fits = false;
        if (p < pattern.size() && pattern[p] == '*') {
            star = ++p;
            star_text = t;
            continue;
        }
        if (t == text.size()) {
            if (p == pattern.size()) return true;
        } else if (p < pattern.size()) {
            if (pattern[p] == '?') {
                fits = true;
                ++p;
            } else if (pattern[p] == '[') {
                auto const found = read_class(pattern.substr(p), static_cast<unsigned char>(text[t]));
                fits = found && found->matches;
                if (fits) p += found->size;
            } else {
                std::size_t const literal = pattern[p] == '\\' && p + 1 < pattern.size() ? p + 1 : p;
                fits = pattern[literal] == text[t];
                if (fits) p = literal + 1;
            }
        }
        if (fits) {
            ++t;
            continue;
        }
        if (star == std::string_view::npos || star_text >= text.size()) return false;
        p = star;
        t = ++star_text;
    }
}

IgnoreRules::IgnoreRules(std::string folder, std::string_view text, std::shared_ptr<const IgnoreRules> outer)
    : folder_(std::move(folder)), outer_(std::move(outer))
{
    text = text.substr(0, most_bytes);
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    while (!text.empty() && rules_.size() < most_rules) {
        std::string_view const line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (auto rule = read_rule(line)) rules_.push_back(*std::move(rule));
    }
}

std::optional<IgnoreRules::Rule> IgnoreRules::read_rule(std::string_view line)
{
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (line.ends_with(' ') && !line.ends_with("\\ ")) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') return std::nullopt;
    Rule rule;
    if (line.front() == '!') {
        rule.is_negated = true;
        line.remove_prefix(1);
    }
    if (line.ends_with('/')) {
        rule.is_for_folders = true;
        line.remove_suffix(1);
    }
    rule.is_anchored = line.find('/') != std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    if (line.empty() || line.find('\0') != std::string_view::npos) return std::nullopt;
    for (std::string_view const part : core::split(line, '/')) {
        bool const repeats = part == "**" && !rule.parts.empty() && rule.parts.back() == "**";
        if (!repeats) rule.parts.emplace_back(part);
    }
    if (rule.parts.size() > most_parts) return std::nullopt;
    return rule;
}

std::optional<bool> IgnoreRules::decide(std::string_view path, bool is_folder) const
{
    std::vector<std::string_view> const parts = core::split(path, '/');
    for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
        if (rule->is_for_folders && !is_folder) continue;
        bool const fits =
            rule->is_anchored ? matches_parts(rule->parts, parts) : matches_glob(rule->parts.front(), parts.back());
        if (fits) return !rule->is_negated;
    }
    return std::nullopt;
}

bool IgnoreRules::ignores(std::string_view path, bool is_folder) const
{
    for (const IgnoreRules* rules = this; rules; rules = rules->outer_.get()) {
        std::string_view below = path;
        if (!rules->folder_.empty()) {
            if (!below.starts_with(rules->folder_) || below.size() <= rules->folder_.size() + 1) continue;
            below.remove_prefix(rules->folder_.size() + 1);
        }
        if (auto const decided = rules->decide(below, is_folder)) return *decided;
    }
    return false;
}

} // namespace pix::workbench
