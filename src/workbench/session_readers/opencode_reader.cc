#include "workbench/session_readers/opencode_reader.h"

#include "workbench/session_readers/opencode_database.h"
#include "workbench/session_readers/opencode_files.h"
#include "workbench/session_readers/record_fields.h"
#include "workbench/session_readers/record_files.h"
#include "workbench/session_readers/record_ledger.h"
#include "workbench/session_readers/session_id.h"

namespace pix::workbench {

namespace fs = std::filesystem;

namespace {

using Use = std::function<core::Result<void>(OpenCodeStore&)>;

core::Result<void> with_store(const SessionSource& source, const Use& use)
{
    if (source.path.extension() == ".json") {
        OpenCodeFiles files(source.path);
        return use(files);
    }
    return store::ForeignDatabase::read(source.path, {}, [&](store::ForeignDatabase& database) {
        OpenCodeDatabase conversation(database, source.id);
        return use(conversation);
    });
}

std::size_t bytes_of(const OpenCodeMessage& message)
{
    std::size_t bytes = message.data.size();
    for (const OpenCodeMessage::Part& part : message.parts) bytes += part.data.size();
    return bytes;
}

std::uint64_t print_of_bytes(const OpenCodeMessage& message)
{
    std::uint64_t print = print_of(message.data, 1);
    for (const OpenCodeMessage::Part& part : message.parts) print = print_of(part.data, print_of(part.id, print));
    return print;
}

RecordLedger::Load loader(OpenCodeStore& conversation)
{
    return [&conversation](const LedgerEntry& entry) -> core::Result<std::vector<Message>> {
        std::int64_t skipped = 0;
        OpenCodeNotes notes;
        PIX_TRY(OpenCodeMessage const message, conversation.load(entry.key, skipped));
        return messages_of(message, notes);
    };
}

class OpenCodeReader final : public SessionReader {
public:
    explicit OpenCodeReader(fs::path data_folder)
        : data_folder_(std::move(data_folder)), database_(data_folder_ / "opencode.db")
    {}

    Provider provider() const override { return Provider::opencode; }
    std::vector<fs::path> roots() const override { return {data_folder_}; }

    core::Result<std::vector<SessionSource>> discover() const override
    {
        auto sources = OpenCodeDatabase::discover(database_);
        if (!sources && sources.error().code == core::Errc::not_found) return OpenCodeFiles::discover(data_folder_);
        return sources;
    }

    std::optional<SessionSource> source_of(const fs::path& file) const override
    {
        if (mark_of(database_)) return std::nullopt;
        return OpenCodeFiles::source_of(data_folder_, file);
    }

    core::Result<bool> read(const SessionSource& source, ReadState& state, MessageSink& sink,
                            std::uint64_t bytes) const override
    {
        bool more = false;
        PIX_CHECK(with_store(source, [&](OpenCodeStore& conversation) -> core::Result<void> {
            PIX_TRY(more, read_on(conversation, state, sink, bytes));
            return {};
        }));
        // The caller's picture of the conversation: a page asked for with the same one needs no second look.
        state.memory["modified"] = source.modified;
        return more;
    }

    core::Result<MessagePage> page(const SessionSource& source, const ReadState* state,
                                   const PageRequest& request) const override
    {
        RecordLedger ledger;
        bool const is_current = state != nullptr && integer_at(state->memory, "modified") == source.modified;
        if (is_current) ledger = RecordLedger(state->memory);
        MessagePage page;
        PIX_CHECK(with_store(source, [&](OpenCodeStore& conversation) -> core::Result<void> {
            if (!is_current || ledger.is_in_pass()) {
                ReadState current = state == nullptr ? ReadState() : *state;
                NoSink sink;
                PIX_TRY(bool const more, read_on(conversation, current, sink, UINT64_MAX));
                static_cast<void>(more);
                ledger = RecordLedger(current.memory);
            }
            PIX_TRY(page, ledger.page(request, loader(conversation)));
            return {};
        }));
        return page;
    }

    core::Result<void> remove(const SessionSource& source) const override
    {
        if (!is_session_id(source.id)) return core::fail(core::Errc::invalid, "not an id of a conversation");
        if (source.path.extension() == ".json") return OpenCodeFiles(source.path).remove();
        return OpenCodeDatabase::remove(source.path, source.id);
    }

private:
    static core::Result<bool> read_on(OpenCodeStore& conversation, ReadState& state, MessageSink& sink,
                                      std::uint64_t bytes)
    {
        PIX_TRY(OpenCodeSession const session, conversation.session());
        PIX_TRY(auto const records, conversation.records());
        RecordLedger ledger(state.memory);
        if (!ledger.is_in_pass()) ledger.begin_pass();
        SessionFacts& facts = state.facts;
        std::string cwd = facts.cwd;
        std::uint64_t read = 0;
        bool more = false;
        for (std::size_t i = ledger.seen(); i < records.size(); ++i) {
            const OpenCodeRecord& record = records[i];
            if (record.print != 0 && ledger.keep_seen(record.id, record.print)) continue;
            if (read >= bytes) {
                more = true;
                break;
            }
            OpenCodeNotes notes;
            PIX_TRY(OpenCodeMessage const message, conversation.load(record.id, notes.skipped_bytes));
            read += bytes_of(message);
            std::uint64_t const print = record.print != 0 ? record.print : print_of_bytes(message);
            if (ledger.keep_seen(record.id, print)) continue;
            auto messages = messages_of(message, notes);
            facts.unknown_records += notes.unknown;
            facts.skipped_bytes += notes.skipped_bytes;
            if (cwd.empty()) cwd = notes.cwd;
            ledger.put(record.id, print, {}, std::move(messages), facts, sink);
        }
        state.offset = more ? ledger.seen() : records.size();
        if (!more) ledger.finish_pass(sink);
        PIX_CHECK(ledger.settle(facts, loader(conversation)));
        take_session(session, cwd, facts);
        ledger.save(state.memory);
        return more;
    }

    /// What the conversation's own record says wins over what its messages say.
    static void take_session(const OpenCodeSession& session, const std::string& cwd, SessionFacts& facts)
    {
        facts.cwd = session.directory.empty() ? cwd : session.directory;
        facts.given_title = is_default_opencode_title(session.title) ? std::string() : session.title;
        if (!session.model.empty()) facts.model = session.model;
        if (session.created > 0) facts.started_at = session.created;
        facts.last_activity = std::max(facts.last_activity, session.updated);
        facts.is_hidden = session.is_hidden;
        if (session.total) facts.total = *session.total;
    }

    fs::path data_folder_;
    fs::path database_;
};

} // namespace

std::unique_ptr<SessionReader> make_opencode_reader(const ProviderHome& home)
{
    fs::path const data = home.xdg_data_home && !home.xdg_data_home->empty() ? fs::path(*home.xdg_data_home)
                                                                             : home.user_home / ".local" / "share";
    return std::make_unique<OpenCodeReader>(data / "opencode");
}

} // namespace pix::workbench
