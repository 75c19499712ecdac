#include "workbench/session_readers/codex_reader.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "core/base/id.h"
#include "core/base/text.h"
#include "core/store/foreign_database.h"
#include "workbench/session_readers/codex_decoder.h"
#include "workbench/session_readers/record_fields.h"
#include "workbench/session_readers/record_files.h"

namespace pix::workbench {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::size_t uuid_length = 36;
constexpr std::size_t max_names = 50'000;
constexpr std::size_t max_name = 500;
constexpr std::size_t max_places = 1'000;

/// `rollout-<time>-<uuid>.jsonl`
std::optional<std::string> id_of(const fs::path& file)
{
    std::string const name = file.filename().string();
    constexpr std::string_view suffix = ".jsonl";
    if (!name.starts_with("rollout-") || !name.ends_with(suffix)) return std::nullopt;
    std::string const stem = name.substr(0, name.size() - suffix.size());
    if (stem.size() < uuid_length) return std::nullopt;
    std::string id = stem.substr(stem.size() - uuid_length);
    return core::is_uuid(id) ? std::optional(std::move(id)) : std::nullopt;
}

/// Names that users gave to threads: `session_index.jsonl`, and the newest state database where that is readable.
/// Thread-safe.
class ThreadNames {
public:
    explicit ThreadNames(fs::path home) : home_(std::move(home)) {}

    std::string name_of(const std::string& id) const
    {
        std::lock_guard const lock(mutex_);
        read_index();
        read_database();
        for (const auto* const names : {&indexed_, &stored_})
            if (auto const found = names->find(id); found != names->end()) return found->second;
        return {};
    }

private:
    void read_index() const
    {
        fs::path const path = home_ / "session_index.jsonl";
        auto const mark = mark_of(path);
        if (!mark || (mark->inode == index_inode_ && mark->size == index_offset_)) return;
        auto index = JsonlFile::open(path);
        if (!index) return;
        if (index->inode() != index_inode_ || index->size() < index_offset_) {
            indexed_.clear();
            index_inode_ = index->inode();
            index_offset_ = 0;
        }
        index->seek(index_offset_);
        JsonLineParser parser;
        for (JsonlLine line; index->next(line);) {
            auto const record = parser.parse(line.text);
            if (!record) continue;
            std::string const id(text_of(*record, "id"));
            std::string_view const name = core::trim(text_of(*record, "thread_name"));
            if (core::is_uuid(id) && indexed_.size() < max_names) indexed_[id] = cut(name, max_name);
        }
        index_offset_ = index->offset();
    }

    void read_database() const
    {
        fs::path newest;
        std::int64_t highest = -1;
        for (const fs::path& entry : entries_of(home_)) {
            std::string const name = entry.filename().string();
            if (!name.starts_with("state_") || !name.ends_with(".sqlite")) continue;
            auto const number = core::parse_int(std::string_view(name).substr(6, name.size() - 13), false);
            if (number && *number > highest) {
                highest = *number;
                newest = entry;
            }
        }
        if (highest < 0) return;
        auto const mark = mark_of(newest);
        auto const log = mark_of(fs::path(newest.string() + "-wal"));
        std::int64_t const modified =
            std::max(mark ? mark->modified : 0, log && log->size > 0 ? log->modified : 0) + highest;
        if (modified == stored_modified_) return;
        std::map<std::string, std::string> names;
        auto const collect = [&names](const store::ForeignRow& row) -> core::Result<bool> {
            names[std::string(row.text(0))] = cut(core::trim(row.text(1)), max_name);
            return names.size() < max_names;
        };
        // Locked, of another version, damaged: the rollouts are enough.
        auto const read = store::ForeignDatabase::read(newest, {}, [&](store::ForeignDatabase& database) {
            return database.each("SELECT id, name FROM threads WHERE name IS NOT NULL AND name != ''", {}, collect);
        });
        stored_modified_ = modified;
        if (read) stored_ = std::move(names);
    }

    fs::path home_;
    mutable std::mutex mutex_;
    mutable std::map<std::string, std::string> indexed_;
    mutable std::map<std::string, std::string> stored_;
    mutable std::uint64_t index_inode_ = 0;
    mutable std::uint64_t index_offset_ = 0;
    mutable std::int64_t stored_modified_ = -1;
};

class CodexReader final : public JsonlReader {
public:
    CodexReader(const fs::path& home, const JsonlLimits& limits)
        : JsonlReader(limits), sessions_(home / "sessions"), archived_(home / "archived_sessions"), names_(home)
    {}

    Provider provider() const override { return Provider::codex; }
    std::vector<fs::path> roots() const override { return {sessions_, archived_}; }

    core::Result<std::vector<SessionSource>> discover() const override
    {
        std::map<std::string, SessionSource> sources;
        for (const fs::path& root : {sessions_, archived_}) collect(root, 0, sources);
        std::vector<SessionSource> all;
        all.reserve(sources.size());
        for (auto& [id, source] : sources) all.push_back(std::move(source));
        return all;
    }

    std::optional<SessionSource> source_of(const fs::path& file) const override
    {
        for (const fs::path& root : {sessions_, archived_}) {
            fs::path const inside = file.lexically_relative(root);
            if (!inside.empty() && *inside.begin() != "..") return make_source(file);
        }
        return std::nullopt;
    }

    core::Result<void> remove(const SessionSource& source) const override
    {
        if (!id_of(source.path) || !source_of(source.path))
            return core::fail(core::Errc::not_found, "this conversation of Codex is no longer there");
        return remove_file(source.path);
    }

protected:
    /// A fork's rollout holds its own lines; its first one says what came before.
    std::optional<Base> base_of(const SessionSource& source) const override
    {
        auto file = JsonlFile::open(source.path, limits());
        JsonlLine line;
        if (!file || !file->next(line)) return std::nullopt;
        JsonLineParser parser;
        auto const record = parser.parse(line.text);
        if (!record || text_of(*record, "type") != "session_meta") return std::nullopt;
        auto const payload = child_of(*record, "payload");
        auto const history = payload ? child_of(*payload, "history_base") : std::nullopt;
        if (!history) return std::nullopt;
        std::int64_t const end = integer_of(*history, "end_byte_offset");
        std::string const id(text_of(*history, "thread_id"));
        if (end <= 0 || !core::is_uuid(id)) return std::nullopt;
        auto found = find(id);
        if (!found) return std::nullopt;
        return Base{.source = std::move(*found), .end = static_cast<std::uint64_t>(end)};
    }

    std::unique_ptr<JsonlDecoder> make_decoder(const SessionSource& source, SessionFacts& facts, json::object& memory,
                                               std::uint64_t offset, const Detail& detail) const override
    {
        fs::path const inside = source.path.lexically_relative(archived_);
        CodexDecoder::Place place;
        place.id = source.id;
        place.is_archived = !inside.empty() && *inside.begin() != "..";
        place.thread_name = [this, id = source.id] { return names_.name_of(id); };
        return std::make_unique<CodexDecoder>(std::move(place), facts, memory, offset, detail);
    }

private:
    /// Year, month, day, and one to spare.
    static void collect(const fs::path& folder, int depth, std::map<std::string, SessionSource>& sources)
    {
        for (const fs::path& entry : entries_of(folder)) {
            if (auto source = make_source(entry)) {
                auto const [known, is_new] = sources.try_emplace(source->id, *source);
                if (!is_new && known->second.modified < source->modified) known->second = std::move(*source);
            } else if (depth < 4 && entry.extension() != ".jsonl") {
                collect(entry, depth + 1, sources);
            }
        }
    }

    std::optional<SessionSource> find(const std::string& id) const
    {
        {
            std::lock_guard const lock(mutex_);
            if (auto const known = places_.find(id); known != places_.end())
                if (auto source = make_source(known->second)) return source;
        }
        for (const fs::path& root : {sessions_, archived_}) {
            auto const file = find_below(root, id, 0);
            if (!file) continue;
            std::lock_guard const lock(mutex_);
            if (places_.size() >= max_places) places_.clear();
            places_[id] = *file;
            return make_source(*file);
        }
        return std::nullopt;
    }

    static std::optional<fs::path> find_below(const fs::path& folder, const std::string& id, int depth)
    {
        for (const fs::path& entry : entries_of(folder)) {
            if (entry.extension() == ".jsonl") {
                if (id_of(entry) == id) return entry;
            } else if (depth < 4) {
                if (auto file = find_below(entry, id, depth + 1)) return file;
            }
        }
        return std::nullopt;
    }

    static std::optional<SessionSource> make_source(const fs::path& file)
    {
        auto id = id_of(file);
        if (!id) return std::nullopt;
        auto const mark = mark_of(file);
        if (!mark) return std::nullopt;
        SessionSource source;
        source.provider = Provider::codex;
        source.id = std::move(*id);
        source.path = file;
        source.size = mark->size;
        source.modified = mark->modified;
        source.inode = mark->inode;
        return source;
    }

    fs::path sessions_;
    fs::path archived_;
    ThreadNames names_;
    mutable std::mutex mutex_;
    mutable std::map<std::string, fs::path> places_; ///< of bases that were asked for
};

} // namespace

std::unique_ptr<SessionReader> make_codex_reader(const ProviderHome& home, const JsonlLimits& limits)
{
    fs::path const folder =
        home.codex_home && !home.codex_home->empty() ? fs::path(*home.codex_home) : home.user_home / ".codex";
    return std::make_unique<CodexReader>(folder, limits);
}

} // namespace pix::workbench
