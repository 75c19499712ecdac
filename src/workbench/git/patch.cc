#include "workbench/git/patch.h"

#include <algorithm>
#include <array>
#include <openssl/sha.h>

#include "core/base/text.h"

namespace pix::workbench {

namespace {

struct Lines {
    std::string_view text;

    bool done() const { return text.empty(); }
    std::string_view peek() const { return text.substr(0, text.find('\n')); }
    std::string_view next()
    {
        std::string_view const line = peek();
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        return line;
    }
};

/// "12,3" or "12".
bool read_span(std::string_view text, int& start, int& count)
{
    std::size_t const comma = text.find(',');
    auto const first = core::parse_int(text.substr(0, comma), false);
    auto const second = comma == std::string_view::npos ? std::optional<std::int64_t>(1)
                                                        : core::parse_int(text.substr(comma + 1), false);
    if (!first || !second || *first > 2'000'000'000 || *second > 2'000'000'000) return false;
    start = static_cast<int>(*first);
    count = static_cast<int>(*second);
    return true;
}

/// "@@ -1,2 +3,4 @@ section"
std::optional<PatchHunk> read_hunk_head(std::string_view line)
{
    if (!line.starts_with("@@ -")) return std::nullopt;
    std::size_t const end = line.find(" @@", 4);
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view const spans = line.substr(4, end - 4);
    std::size_t const plus = spans.find(" +");
    if (plus == std::string_view::npos) return std::nullopt;
    PatchHunk hunk;
    if (!read_span(spans.substr(0, plus), hunk.old_start, hunk.old_count) ||
        !read_span(spans.substr(plus + 2), hunk.new_start, hunk.new_count))
        return std::nullopt;
    std::string_view rest = line.substr(end + 3);
    if (rest.starts_with(' ')) rest.remove_prefix(1);
    hunk.section = rest;
    return hunk;
}

void read_hunk_lines(Lines& lines, PatchHunk& hunk)
{
    int old_left = hunk.old_count;
    int new_left = hunk.new_count;
    int old_number = hunk.old_start;
    int new_number = hunk.new_start;
    while (!lines.done()) {
        std::string_view const line = lines.peek();
        if (line.starts_with("\\ ") && !hunk.lines.empty()) {
            hunk.lines.back().no_newline = true;
            lines.next();
            continue;
        }
        char const kind = line.empty() ? ' ' : line.front();
        bool const fits = (kind == ' ' && old_left > 0 && new_left > 0) || (kind == '-' && old_left > 0) ||
                          (kind == '+' && new_left > 0);
        if (!fits) return;
        PatchLine made;
        made.kind = kind;
        made.text = line.empty() ? line : line.substr(1);
        if (kind != '+') {
            made.old_number = old_number++;
            --old_left;
        }
        if (kind != '-') {
            made.new_number = new_number++;
            --new_left;
        }
        hunk.lines.push_back(std::move(made));
        lines.next();
    }
}

/// "a/name" or quoted -> name; "/dev/null" -> nothing.
std::string side_name(std::string_view text)
{
    if (text.ends_with('\t')) text.remove_suffix(1); // git ends names that have blanks in them so
    auto name = unquote_path(text);
    if (!name || *name == "/dev/null" || name->size() < 3) return {};
    return name->substr(2);
}

/// The name in "diff --git a/x b/x" when nothing else says it: both halves are the same name.
std::string name_of_git_line(std::string_view rest)
{
    if (rest.starts_with('"')) {
        for (std::size_t i = 1; i < rest.size(); ++i) {
            if (rest[i] == '\\') {
                ++i;
            } else if (rest[i] == '"') {
                return side_name(rest.substr(0, i + 1));
            }
        }
        return {};
    }
    if (rest.size() % 2 == 0) return {};
    std::string_view const first = rest.substr(0, rest.size() / 2);
    return side_name(first);
}

void read_file_head(Lines& lines, PatchFile& file)
{
    while (!lines.done()) {
        std::string_view const line = lines.peek();
        if (line.starts_with("@@ -") || line.starts_with("diff --git ")) return;
        auto const after = [line](std::string_view word) { return line.substr(word.size()); };
        if (line.starts_with("old mode "))
            file.old_mode = after("old mode ");
        else if (line.starts_with("new mode "))
            file.new_mode = after("new mode ");
        else if (line.starts_with("new file mode ")) {
            file.kind = PatchFile::added;
            file.new_mode = after("new file mode ");
        } else if (line.starts_with("deleted file mode ")) {
            file.kind = PatchFile::deleted;
            file.old_mode = after("deleted file mode ");
        } else if (line.starts_with("rename from ") || line.starts_with("copy from ")) {
            file.kind = line.front() == 'r' ? PatchFile::renamed : PatchFile::copied;
            file.old_path = unquote_path(after(line.front() == 'r' ? "rename from " : "copy from ")).value_or("");
        } else if (line.starts_with("rename to ") || line.starts_with("copy to ")) {
            file.path = unquote_path(after(line.front() == 'r' ? "rename to " : "copy to ")).value_or("");
        } else if (line.starts_with("Binary files ") || line.starts_with("GIT binary patch")) {
            file.binary = true;
        } else if (line.starts_with("--- ") && file.path.empty()) {
            file.path = side_name(after("--- "));
        } else if (line.starts_with("+++ ")) {
            if (auto name = side_name(after("+++ ")); !name.empty()) file.path = std::move(name);
        }
        file.header += lines.next();
        file.header += '\n';
    }
}

int count(const PatchFile& file, char kind)
{
    int total = 0;
    for (auto const& hunk : file.hunks)
        total += static_cast<int>(std::count_if(hunk.lines.begin(), hunk.lines.end(),
                                                [kind](const PatchLine& line) { return line.kind == kind; }));
    return total;
}

} // namespace

std::string PatchHunk::id() const
{
    std::string text = std::to_string(old_start) + "," + std::to_string(new_start) + "\n";
    for (auto const& line : lines) {
        text += line.kind;
        text += line.text;
        text += line.no_newline ? "\\\n" : "\n";
    }
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return core::hex({reinterpret_cast<const char*>(digest.data()), 8});
}

int PatchFile::additions() const
{
    return count(*this, '+');
}

int PatchFile::deletions() const
{
    return count(*this, '-');
}

std::optional<std::string> unquote_path(std::string_view text)
{
    if (!text.starts_with('"')) return std::string(text);
    if (text.size() < 2 || !text.ends_with('"')) return std::nullopt;
    text = text.substr(1, text.size() - 2);
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            result += text[i];
            continue;
        }
        if (++i == text.size()) return std::nullopt;
        static constexpr std::string_view letters = "abtnvfr\"\\";
        static constexpr std::string_view meant = "\a\b\t\n\v\f\r\"\\";
        if (auto const at = letters.find(text[i]); at != std::string_view::npos) {
            result += meant[at];
        } else if (text[i] >= '0' && text[i] <= '3' && i + 2 < text.size()) {
            int value = 0;
            for (std::size_t k = i; k < i + 3; ++k) {
                if (text[k] < '0' || text[k] > '7') return std::nullopt;
                value = value * 8 + (text[k] - '0');
            }
            result += static_cast<char>(value);
            i += 2;
        } else {
            return std::nullopt;
        }
    }
    return result;
}

std::string quote_path(std::string_view path)
{
    bool const plain = std::none_of(path.begin(), path.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7f;
    });
    if (plain) return std::string(path);
    std::string result = "\"";
    for (char const c : path) {
        auto const byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            result += '\\';
            result += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            result += '\\';
            for (int shift = 6; shift >= 0; shift -= 3) result += static_cast<char>('0' + ((byte >> shift) & 7));
        } else {
            result += c;
        }
    }
    return result + "\"";
}

std::vector<PatchFile> parse_patch(std::string_view text)
{
    std::vector<PatchFile> files;
    Lines lines{text};
    while (!lines.done()) {
        std::string_view const line = lines.next();
        if (!line.starts_with("diff --git ")) continue;
        PatchFile file;
        file.header = std::string(line) + "\n";
        read_file_head(lines, file);
        if (file.path.empty()) file.path = name_of_git_line(line.substr(11));
        while (!lines.done()) {
            auto hunk = read_hunk_head(lines.peek());
            if (!hunk) break;
            lines.next();
            read_hunk_lines(lines, *hunk);
            file.hunks.push_back(*std::move(hunk));
        }
        files.push_back(std::move(file));
    }
    return files;
}

} // namespace pix::workbench
