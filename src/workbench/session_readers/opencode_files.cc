#include "workbench/session_readers/opencode_files.h"

#include <algorithm>

#include "workbench/session_readers/record_fields.h"
#include "workbench/session_readers/record_files.h"
#include "workbench/session_readers/session_id.h"

namespace pix::workbench {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t max_file = std::size_t(16) << 20;

bool is_session_file(const fs::path& file)
{
    return file.extension() == ".json" && file.stem().string().starts_with("ses_") &&
           is_session_id(file.stem().string());
}

std::optional<SessionSource> source_at(const fs::path& file)
{
    if (!is_session_file(file)) return std::nullopt;
    auto const mark = mark_of(file);
    if (!mark) return std::nullopt;
    SessionSource source;
    source.provider = Provider::opencode;
    source.id = file.stem().string();
    source.path = file;
    source.size = mark->size;
    source.modified = mark->modified;
    source.inode = mark->inode;
    // A new message is a new file in this folder.
    fs::path const storage = file.parent_path().parent_path().parent_path();
    for (const fs::path& folder : {storage / "message" / source.id, storage / "session" / "message" / source.id})
        if (auto const messages = mark_of(folder, true))
            source.modified = std::max(source.modified, messages->modified);
    return source;
}

/// `storage` folders: the data folder's own, and one in each project of still older versions.
std::vector<fs::path> storages(const fs::path& data_folder)
{
    std::vector<fs::path> all{data_folder / "storage"};
    for (const fs::path& project : entries_of(data_folder / "project")) all.push_back(project / "storage");
    return all;
}

void remove_files_of(const fs::path& folder)
{
    for (const fs::path& file : entries_of(folder))
        if (file.extension() == ".json") static_cast<void>(remove_file(file));
    std::error_code ignored;
    fs::remove(folder, ignored);
}

} // namespace

OpenCodeFiles::OpenCodeFiles(fs::path path)
    : path_(std::move(path)), id_(path_.stem().string()), storage_(path_.parent_path().parent_path().parent_path())
{}

std::vector<SessionSource> OpenCodeFiles::discover(const fs::path& data_folder)
{
    std::vector<SessionSource> sources;
    for (const fs::path& storage : storages(data_folder))
        for (const fs::path& project : entries_of(storage / "session"))
            for (const fs::path& file : entries_of(project))
                if (auto source = source_at(file)) sources.push_back(std::move(*source));
    return sources;
}

std::optional<SessionSource> OpenCodeFiles::source_of(const fs::path& data_folder, const fs::path& file)
{
    fs::path const relative = file.lexically_relative(data_folder);
    if (relative.empty() || *relative.begin() == "..") return std::nullopt;
    if (is_session_file(file) && file.parent_path().parent_path().filename() == "session") return source_at(file);
    // A message's folder is named after its conversation.
    for (fs::path folder = file; folder.has_parent_path() && folder != data_folder; folder = folder.parent_path()) {
        std::string const id = folder.filename().string();
        if (!id.starts_with("ses_") || !is_session_id(id)) continue;
        for (const fs::path& storage : storages(data_folder))
            for (const fs::path& project : entries_of(storage / "session"))
                if (auto source = source_at(project / (id + ".json"))) return source;
    }
    return std::nullopt;
}

fs::path OpenCodeFiles::message_folder() const
{
    fs::path const current = storage_ / "message" / id_;
    fs::path const older = storage_ / "session" / "message" / id_;
    std::error_code ignored;
    return !fs::exists(current, ignored) && fs::exists(older, ignored) ? older : current;
}

fs::path OpenCodeFiles::part_folder(const std::string& message_id) const
{
    fs::path const current = storage_ / "part" / message_id;
    fs::path const older = storage_ / "session" / "part" / id_ / message_id;
    std::error_code ignored;
    return !fs::exists(current, ignored) && fs::exists(older, ignored) ? older : current;
}

core::Result<OpenCodeSession> OpenCodeFiles::session()
{
    PIX_TRY(std::string const text, read_small_file(path_, max_file));
    auto const record = parse_record(text);
    if (!record) return core::fail(core::Errc::unavailable, path_.string() + " cannot be read now");
    OpenCodeSession session;
    session.directory = text_at(*record, "directory");
    session.title = text_at(*record, "title");
    session.is_hidden = value_at(*record, "parentID") != nullptr;
    if (const auto* const time = object_at(*record, "time")) {
        session.created = time_at(*time, "created");
        session.updated = time_at(*time, "updated");
        session.is_hidden |= value_at(*time, "archived") != nullptr;
    }
    return session;
}

core::Result<std::vector<OpenCodeRecord>> OpenCodeFiles::records()
{
    // Ids grow with time, so names give the order.
    std::vector<OpenCodeRecord> records;
    for (const fs::path& file : entries_of(message_folder())) {
        std::string const id = file.stem().string();
        auto const mark = mark_of(file);
        if (file.extension() != ".json" || !is_session_id(id) || !mark) continue;
        std::string marks = std::to_string(mark->modified) + " " + std::to_string(mark->size);
        for (const fs::path& part : entries_of(part_folder(id)))
            if (auto const part_mark = mark_of(part))
                marks += " " + part.filename().string() + " " + std::to_string(part_mark->modified) + " " +
                         std::to_string(part_mark->size);
        records.push_back({id, print_of(marks, 1)});
    }
    return records;
}

core::Result<OpenCodeMessage> OpenCodeFiles::load(const std::string& message_id, std::int64_t& skipped)
{
    OpenCodeMessage message;
    message.id = message_id;
    if (auto text = read_small_file(message_folder() / (message_id + ".json"), max_file)) {
        message.data = std::move(*text);
    } else {
        ++skipped;
        return message;
    }
    for (const fs::path& file : entries_of(part_folder(message_id))) {
        if (file.extension() != ".json") continue;
        if (auto text = read_small_file(file, max_file))
            message.parts.push_back({file.stem().string(), std::move(*text)});
        else
            ++skipped;
    }
    return message;
}

core::Result<void> OpenCodeFiles::remove()
{
    if (!is_session_file(path_)) return core::fail(core::Errc::invalid, "not a conversation of OpenCode");
    for (const fs::path& file : entries_of(message_folder()))
        if (is_session_id(file.stem().string())) remove_files_of(part_folder(file.stem().string()));
    remove_files_of(message_folder());
    // Last, so that an interrupted removal can be asked for again.
    return remove_file(path_);
}

} // namespace pix::workbench
