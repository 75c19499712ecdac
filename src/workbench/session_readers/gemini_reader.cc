#include "workbench/session_readers/gemini_reader.h"

#include <openssl/evp.h>

#include <array>
#include <map>

#include "core/base/text.h"
#include "workbench/session_readers/gemini_conversation.h"
#include "workbench/session_readers/record_fields.h"
#include "workbench/session_readers/record_files.h"
#include "workbench/session_readers/record_ledger.h"
#include "workbench/session_readers/session_id.h"

namespace pix::workbench {

namespace fs = std::filesystem;

namespace {

// The header is the first line, or the first few lines of an object.
constexpr std::size_t header_bytes = 4096;
constexpr std::size_t max_path = 16 * 1024;
constexpr std::size_t max_projects = std::size_t(4) << 20;

std::string sha256_of(std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return {};
    return core::hex({reinterpret_cast<const char*>(digest.data()), size});
}

/// The value of the first "sessionId" of a file; the file's name has only the id's beginning.
std::string session_id_in(const fs::path& file)
{
    constexpr std::string_view label = "\"sessionId\"";
    auto const text = read_beginning(file, header_bytes);
    if (!text) return {};
    auto at = text->find(label);
    if (at == std::string::npos) return {};
    at = text->find_first_not_of(" \t\r\n", at + label.size());
    if (at == std::string::npos || (*text)[at] != ':') return {};
    at = text->find_first_not_of(" \t\r\n", at + 1);
    if (at == std::string::npos || (*text)[at] != '"') return {};
    auto const end = text->find('"', at + 1);
    if (end == std::string::npos) return {};
    std::string id = text->substr(at + 1, end - at - 1);
    return is_session_id(id) ? id : std::string();
}

bool is_conversation_file(const fs::path& file)
{
    auto const extension = file.extension();
    return file.filename().string().starts_with("session-") && (extension == ".jsonl" || extension == ".json") &&
           file.parent_path().filename() == "chats";
}

std::optional<SessionSource> source_at(const fs::path& file)
{
    if (!is_conversation_file(file)) return std::nullopt;
    auto const mark = mark_of(file);
    if (!mark) return std::nullopt;
    SessionSource source;
    source.provider = Provider::gemini;
    source.id = session_id_in(file);
    if (source.id.empty()) return std::nullopt;
    source.path = file;
    source.size = mark->size;
    source.modified = mark->modified;
    source.inode = mark->inode;
    return source;
}

class GeminiReader final : public SessionReader {
public:
    explicit GeminiReader(const fs::path& home) : home_(home / ".gemini"), tmp_(home_ / "tmp") {}

    Provider provider() const override { return Provider::gemini; }
    std::vector<fs::path> roots() const override { return {tmp_}; }

    core::Result<std::vector<SessionSource>> discover() const override
    {
        // A conversation that was copied when it was resumed has two files: the newer one is it.
        std::map<std::string, SessionSource> newest;
        for (const fs::path& project : entries_of(tmp_)) {
            auto const files = entries_of(project / "chats");
            if (files.empty()) continue;
            std::string const folder = folder_of(project);
            for (const fs::path& file : files) {
                auto source = source_at(file);
                if (!source) continue;
                source->folder_hint = folder.empty() ? project.filename().string() : folder;
                auto& known = newest[source->id];
                if (known.path.empty() || known.modified < source->modified) known = std::move(*source);
            }
        }
        std::vector<SessionSource> sources;
        sources.reserve(newest.size());
        for (auto& [id, source] : newest) sources.push_back(std::move(source));
        return sources;
    }

    std::optional<SessionSource> source_of(const fs::path& file) const override
    {
        fs::path const project = file.parent_path().parent_path();
        if (project.parent_path() != tmp_) return std::nullopt;
        auto source = source_at(file);
        if (!source) return std::nullopt;
        std::string const folder = folder_of(project);
        source->folder_hint = folder.empty() ? project.filename().string() : folder;
        return source;
    }

    core::Result<bool> read(const SessionSource& source, ReadState& state, MessageSink& sink,
                            std::uint64_t bytes) const override
    {
        PIX_TRY(auto conversation, GeminiConversation::open(source.path));
        RecordLedger ledger(state.memory);
        PIX_TRY(bool const more, conversation.read(state, ledger, sink, bytes));
        PIX_CHECK(ledger.settle(state.facts, [&](const LedgerEntry& entry) { return conversation.load(entry); }));
        if (state.facts.cwd.empty()) state.facts.cwd = folder_of(source.path.parent_path().parent_path());
        ledger.save(state.memory);
        return more;
    }

    core::Result<MessagePage> page(const SessionSource& source, const ReadState* state,
                                   const PageRequest& request) const override
    {
        PIX_TRY(auto conversation, GeminiConversation::open(source.path));
        // What came since the index looked is read, too; without its knowledge, that is everything.
        ReadState current;
        RecordLedger ledger;
        if (state != nullptr) {
            ledger = RecordLedger(state->memory);
            current.offset = state->offset;
            if (const auto* const gone = object_at(state->memory, "gone")) current.memory["gone"] = *gone;
        }
        NoSink sink;
        PIX_CHECK(conversation.read(current, ledger, sink, UINT64_MAX));
        return ledger.page(request, [&](const LedgerEntry& entry) { return conversation.load(entry); });
    }

    core::Result<void> remove(const SessionSource& source) const override
    {
        if (!is_conversation_file(source.path) || source.path.parent_path().parent_path().parent_path() != tmp_)
            return core::fail(core::Errc::invalid, "not a conversation of Gemini CLI");
        return remove_file(source.path);
    }

private:
    /// The working folder that a folder below tmp is about; empty if nothing says it.
    std::string folder_of(const fs::path& project) const
    {
        if (auto const root = read_small_file(project / ".project_root", max_path)) {
            std::string_view const path = core::trim(*root);
            if (path.starts_with('/') && core::is_utf8(path)) return std::string(path);
        }
        std::string const name = project.filename().string();
        auto const text = read_small_file(home_ / "projects.json", max_projects);
        auto const registry = text ? parse_record(*text) : std::nullopt;
        const auto* const projects = registry ? object_at(*registry, "projects") : nullptr;
        if (projects == nullptr) return {};
        for (const auto& [path, slug] : *projects)
            if (as_text(slug) == name || (name.size() == 64 && sha256_of(path) == name)) return path;
        return {};
    }

    fs::path home_;
    fs::path tmp_;
};

} // namespace

std::unique_ptr<SessionReader> make_gemini_reader(const ProviderHome& home)
{
    return std::make_unique<GeminiReader>(home.user_home);
}

} // namespace pix::workbench
