#include "workbench/session_readers/claude_folder.h"

#include <algorithm>
#include <array>
#include <vector>

#include "workbench/session_readers/json_line.h"
#include "workbench/session_readers/jsonl_file.h"
#include "workbench/session_readers/record_files.h"
#include "workbench/session_readers/session_reader.h"

namespace pix::workbench {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t max_encoded = 200;
constexpr std::size_t transcripts_looked_at = 24;
constexpr std::uint64_t bytes_looked_at = 64 << 10;
constexpr std::size_t max_known = 10'000;

/// Calls `unit` with every UTF-16 unit of a text; ill-formed bytes count as one unit each.
template <class Unit>
void for_each_unit(std::string_view text, Unit unit)
{
    for (std::size_t at = 0; at < text.size();) {
        auto const byte = static_cast<unsigned char>(text[at]);
        std::size_t const length = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
        char32_t code = length == 1 ? byte : byte & (0xffU >> (length + 1));
        std::size_t got = 1;
        while (got < length && at + got < text.size() && (static_cast<unsigned char>(text[at + got]) & 0xc0) == 0x80) {
            code = code << 6 | (static_cast<unsigned char>(text[at + got]) & 0x3fU);
            ++got;
        }
        at += got;
        if (got != length || (length == 1 && byte >= 0x80)) {
            unit(char16_t(0xfffd));
        } else if (code >= 0x10000) {
            unit(static_cast<char16_t>(0xd800 + ((code - 0x10000) >> 10)));
            unit(static_cast<char16_t>(0xdc00 + ((code - 0x10000) & 0x3ff)));
        } else {
            unit(static_cast<char16_t>(code));
        }
    }
}

std::string base_36(std::uint32_t number)
{
    std::string digits;
    do {
        digits.insert(digits.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]);
        number /= 36;
    } while (number != 0);
    return digits;
}

void count_folders(const fs::path& file, std::string_view name, std::map<std::string, int>& counts)
{
    auto transcript = JsonlFile::open(file);
    if (!transcript) return;
    JsonLineParser parser;
    for (JsonlLine line; transcript->offset() < bytes_looked_at && transcript->next(line);) {
        auto const record = parser.parse(line.text);
        if (!record) continue;
        std::string const cwd(text_of(*record, "cwd"));
        if (cwd.starts_with('/') && claude_folder_name(cwd) == name) ++counts[cwd];
    }
}

} // namespace

std::string claude_folder_name(std::string_view absolute_path)
{
    std::string name;
    std::uint32_t hash = 0;
    for_each_unit(absolute_path, [&](char16_t unit) {
        bool const is_kept =
            (unit >= 'a' && unit <= 'z') || (unit >= 'A' && unit <= 'Z') || (unit >= '0' && unit <= '9');
        name.push_back(is_kept ? static_cast<char>(unit) : '-');
        hash = hash * 31 + unit;
    });
    if (name.size() <= max_encoded) return name;
    name.resize(max_encoded);
    // The absolute value of the signed number.
    return name + '-' + base_36(hash > 0x80000000U ? 0U - hash : hash);
}

std::string ClaudeFolders::path_of(const fs::path& folder) const
{
    auto const mark = mark_of(folder, true);
    if (!mark) return {};
    {
        std::lock_guard const lock(mutex_);
        auto const known = known_.find(folder.string());
        if (known != known_.end() && known->second.modified == mark->modified) return known->second.path;
    }
    std::vector<std::pair<std::int64_t, fs::path>> transcripts;
    for (const fs::path& file : entries_of(folder))
        if (file.extension() == ".jsonl")
            if (auto const of_file = mark_of(file)) transcripts.emplace_back(of_file->modified, file);
    std::ranges::sort(transcripts, std::ranges::greater());
    if (transcripts.size() > transcripts_looked_at) transcripts.resize(transcripts_looked_at);
    std::map<std::string, int> counts;
    std::string const name = folder.filename().string();
    for (const auto& [modified, file] : transcripts) count_folders(file, name, counts);
    auto const most = std::ranges::max_element(counts, {}, [](const auto& count) { return count.second; });
    std::string path = most == counts.end() ? std::string() : most->first;
    std::lock_guard const lock(mutex_);
    if (known_.size() >= max_known) known_.clear();
    known_[folder.string()] = {mark->modified, path};
    return path;
}

} // namespace pix::workbench
