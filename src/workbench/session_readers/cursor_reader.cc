#include "workbench/session_readers/cursor_reader.h"

#include <algorithm>
#include <map>
#include <set>

#include "workbench/session_readers/cursor_store.h"
#include "workbench/session_readers/cursor_transcript.h"
#include "workbench/session_readers/record_fields.h"
#include "workbench/session_readers/record_files.h"
#include "workbench/session_readers/record_ledger.h"
#include "workbench/session_readers/session_id.h"

namespace pix::workbench {

namespace fs = std::filesystem;

namespace {

bool is_folder_hash(std::string_view name)
{
    return name.size() == 32 &&
           std::ranges::all_of(name, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_transcript(const SessionSource& source)
{
    return source.path.extension() == ".jsonl";
}

std::optional<SessionSource> store_source(const fs::path& session_folder)
{
    SessionSource source;
    source.provider = Provider::cursor;
    source.id = session_folder.filename().string();
    source.path = session_folder / "store.db";
    source.folder_hint = session_folder.parent_path().filename().string();
    if (!is_session_id(source.id) || !is_folder_hash(source.folder_hint)) return std::nullopt;
    auto const database = mark_of(source.path);
    if (!database) return std::nullopt;
    source.inode = database->inode;
    source.modified = database->modified;
    if (auto const log = mark_of(session_folder / "store.db-wal"))
        source.modified = std::max(source.modified, log->modified);
    return source;
}

std::optional<SessionSource> transcript_source(const fs::path& session_folder)
{
    SessionSource source;
    source.provider = Provider::cursor;
    source.id = session_folder.filename().string();
    source.path = session_folder / (source.id + ".jsonl");
    if (!is_session_id(source.id)) return std::nullopt;
    auto const file = mark_of(source.path);
    if (!file) return std::nullopt;
    source.size = file->size;
    source.modified = file->modified;
    source.inode = file->inode;
    source.folder_hint = session_folder.parent_path().parent_path().filename().string();
    return source;
}

RecordLedger::Load loader(const CursorConversation& conversation)
{
    return [&conversation](const LedgerEntry& entry) -> core::Result<std::vector<Message>> {
        auto const found = std::ranges::find(conversation.records, entry.key, &CursorConversation::Record::key);
        if (found == conversation.records.end()) return std::vector<Message>();
        return found->messages;
    };
}

void take(const CursorConversation& conversation, RecordLedger& ledger, SessionFacts& facts, MessageSink& sink)
{
    ledger.begin_pass();
    for (const CursorConversation::Record& record : conversation.records)
        if (!ledger.keep_seen(record.key, record.print))
            ledger.put(record.key, record.print, {}, record.messages, facts, sink);
    ledger.finish_pass(sink);
}

class CursorReader final : public SessionReader {
public:
    explicit CursorReader(const fs::path& home) : chats_(home / ".cursor/chats"), projects_(home / ".cursor/projects")
    {}

    Provider provider() const override { return Provider::cursor; }
    std::vector<fs::path> roots() const override { return {chats_, projects_}; }

    core::Result<std::vector<SessionSource>> discover() const override
    {
        std::vector<SessionSource> sources;
        std::set<std::string> known;
        for (const fs::path& folder : entries_of(chats_))
            for (const fs::path& session : entries_of(folder))
                if (auto source = store_source(session); source && known.insert(source->id).second)
                    sources.push_back(std::move(*source));
        for (const fs::path& project : entries_of(projects_)) {
            std::string const workspace = cursor_workspace_of(project);
            for (const fs::path& session : entries_of(project / "agent-transcripts")) {
                auto source = transcript_source(session);
                if (!source || !known.insert(source->id).second) continue;
                if (!workspace.empty()) source->folder_hint = workspace;
                sources.push_back(std::move(*source));
            }
        }
        return sources;
    }

    std::optional<SessionSource> source_of(const fs::path& file) const override
    {
        std::string const name = file.filename().string();
        fs::path const session = file.parent_path();
        if (name.starts_with("store.db") && session.parent_path().parent_path() == chats_) return store_source(session);
        fs::path const transcripts = session.parent_path();
        if (file.extension() != ".jsonl" || transcripts.filename() != "agent-transcripts" ||
            transcripts.parent_path().parent_path() != projects_)
            return std::nullopt;
        // The database has more to say of the same conversation.
        for (const fs::path& folder : entries_of(chats_))
            if (mark_of(folder / session.filename() / "store.db")) return std::nullopt;
        auto source = transcript_source(session);
        if (!source || source->path != file) return std::nullopt;
        if (auto workspace = cursor_workspace_of(transcripts.parent_path()); !workspace.empty())
            source->folder_hint = std::move(workspace);
        return source;
    }

    core::Result<bool> read(const SessionSource& source, ReadState& state, MessageSink& sink,
                            std::uint64_t bytes) const override
    {
        RecordLedger ledger(state.memory);
        SessionFacts& facts = state.facts;
        bool more = false;
        if (is_transcript(source)) {
            PIX_TRY(auto transcript, CursorTranscript::open(source.path));
            PIX_TRY(more, transcript.read(state, ledger, sink, bytes));
            PIX_CHECK(ledger.settle(facts, [&](const LedgerEntry& entry) { return transcript.load(entry); }));
            if (facts.cwd.empty()) facts.cwd = workspace_of(source);
        } else {
            PIX_TRY(CursorConversation const conversation, read_cursor_store(source.path, source.folder_hint));
            take(conversation, ledger, facts, sink);
            PIX_CHECK(ledger.settle(facts, loader(conversation)));
            facts.given_title = conversation.title;
            facts.model = conversation.model;
            facts.unknown_records = conversation.unknown;
            facts.skipped_bytes = conversation.skipped_bytes;
            facts.started_at = conversation.created;
            if (!conversation.cwd.empty()) facts.cwd = conversation.cwd;
            if (facts.cwd.empty()) facts.cwd = folder_named(source.folder_hint);
            state.offset = conversation.records.size();
        }
        facts.last_activity = source.modified / 1'000'000;
        ledger.save(state.memory);
        return more;
    }

    core::Result<MessagePage> page(const SessionSource& source, const ReadState* state,
                                   const PageRequest& request) const override
    {
        NoSink sink;
        if (is_transcript(source)) {
            ReadState current;
            RecordLedger ledger;
            if (state != nullptr) {
                ledger = RecordLedger(state->memory);
                current.offset = state->offset;
            }
            PIX_TRY(auto transcript, CursorTranscript::open(source.path));
            PIX_CHECK(transcript.read(current, ledger, sink, UINT64_MAX));
            return ledger.page(request, [&](const LedgerEntry& entry) { return transcript.load(entry); });
        }
        PIX_TRY(CursorConversation const conversation, read_cursor_store(source.path, source.folder_hint));
        RecordLedger ledger;
        SessionFacts facts;
        take(conversation, ledger, facts, sink);
        return ledger.page(request, loader(conversation));
    }

    core::Result<void> remove(const SessionSource& source) const override
    {
        if (!is_session_id(source.id)) return core::fail(core::Errc::invalid, "not an id of a conversation");
        std::size_t removed = 0;
        for (const fs::path& folder : entries_of(chats_))
            if (is_folder_hash(folder.filename().string())) PIX_CHECK(remove_folder(folder / source.id, removed));
        // Its transcript would bring the conversation back.
        for (const fs::path& project : entries_of(projects_))
            PIX_CHECK(remove_folder(project / "agent-transcripts" / source.id, removed));
        if (removed == 0) return core::fail(core::Errc::not_found, "Cursor has no conversation " + source.id);
        return {};
    }

private:
    static core::Result<void> remove_folder(const fs::path& folder, std::size_t& removed)
    {
        std::error_code error;
        // A link is not the conversation's folder, and what it points to is not Cursor's to delete.
        if (fs::symlink_status(folder, error).type() != fs::file_type::directory) return {};
        removed += fs::remove_all(folder, error);
        if (error)
            return core::fail(core::Errc::unavailable, "cannot remove " + folder.string() + ": " + error.message());
        return {};
    }

    static std::string workspace_of(const SessionSource& source)
    {
        if (source.folder_hint.starts_with('/')) return source.folder_hint;
        return cursor_workspace_of(source.path.parent_path().parent_path().parent_path());
    }

    /// The workspace whose path has this MD5, if a project folder of Cursor's knows it.
    std::string folder_named(const std::string& hash) const
    {
        for (const fs::path& project : entries_of(projects_))
            if (std::string workspace = cursor_workspace_of(project); md5_of(workspace) == hash) return workspace;
        return {};
    }

    fs::path chats_;
    fs::path projects_;
};

} // namespace

std::unique_ptr<SessionReader> make_cursor_reader(const ProviderHome& home)
{
    return std::make_unique<CursorReader>(home.user_home);
}

} // namespace pix::workbench
