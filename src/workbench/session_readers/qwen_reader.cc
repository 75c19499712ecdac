#include "workbench/session_readers/qwen_reader.h"

#include "workbench/session_readers/qwen_conversation.h"
#include "workbench/session_readers/record_fields.h"
#include "workbench/session_readers/record_files.h"
#include "workbench/session_readers/record_ledger.h"
#include "workbench/session_readers/session_id.h"

namespace pix::workbench {

namespace fs = std::filesystem;

namespace {

class QwenReader final : public SessionReader {
public:
    explicit QwenReader(const fs::path& home) : projects_(home / "projects") {}

    Provider provider() const override { return Provider::qwen; }
    std::vector<fs::path> roots() const override { return {projects_}; }

    core::Result<std::vector<SessionSource>> discover() const override
    {
        std::vector<SessionSource> sources;
        for (const fs::path& project : entries_of(projects_))
            for (const fs::path& file : entries_of(project / "chats"))
                if (auto source = source_of(file)) sources.push_back(std::move(*source));
        return sources;
    }

    std::optional<SessionSource> source_of(const fs::path& file) const override
    {
        if (!is_conversation_file(file)) return std::nullopt;
        SessionSource source;
        source.provider = Provider::qwen;
        source.id = file.stem().string();
        source.path = file;
        auto const mark = mark_of(file);
        if (!mark) return std::nullopt;
        source.size = mark->size;
        source.modified = mark->modified;
        source.inode = mark->inode;
        source.folder_hint = file.parent_path().parent_path().filename().string();
        return source;
    }

    core::Result<bool> read(const SessionSource& source, ReadState& state, MessageSink& sink,
                            std::uint64_t bytes) const override
    {
        PIX_TRY(auto conversation, QwenConversation::open(source.path));
        RecordLedger ledger(state.memory);
        PIX_TRY(bool const more, conversation.read(state, ledger, sink, bytes));
        PIX_CHECK(ledger.settle(state.facts, [&](const LedgerEntry& entry) { return conversation.load(entry); }));
        ledger.save(state.memory);
        return more;
    }

    core::Result<MessagePage> page(const SessionSource& source, const ReadState* state,
                                   const PageRequest& request) const override
    {
        PIX_TRY(auto conversation, QwenConversation::open(source.path));
        // What came since the index looked is read, too; without its knowledge, that is everything.
        ReadState current;
        RecordLedger ledger;
        if (state != nullptr) {
            ledger = RecordLedger(state->memory);
            current.offset = state->offset;
            if (const auto* const calls = object_at(state->memory, "calls")) current.memory["calls"] = *calls;
        }
        NoSink sink;
        PIX_CHECK(conversation.read(current, ledger, sink, UINT64_MAX));
        return ledger.page(request, [&](const LedgerEntry& entry) { return conversation.load(entry); });
    }

    core::Result<void> remove(const SessionSource& source) const override
    {
        if (!is_conversation_file(source.path))
            return core::fail(core::Errc::invalid, "not a conversation of Qwen Code");
        return remove_file(source.path);
    }

private:
    bool is_conversation_file(const fs::path& file) const
    {
        fs::path const chats = file.parent_path();
        return file.extension() == ".jsonl" && chats.filename() == "chats" &&
               chats.parent_path().parent_path() == projects_ && is_session_id(file.stem().string());
    }

    fs::path projects_;
};

} // namespace

std::unique_ptr<SessionReader> make_qwen_reader(const ProviderHome& home)
{
    return std::make_unique<QwenReader>(home.qwen_home && !home.qwen_home->empty() ? fs::path(*home.qwen_home)
                                                                                   : home.user_home / ".qwen");
}

} // namespace pix::workbench
