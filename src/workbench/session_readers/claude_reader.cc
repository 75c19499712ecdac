#include "workbench/session_readers/claude_reader.h"

#include <map>
#include <mutex>

#include "core/base/text.h"
#include "workbench/session_readers/claude_decoder.h"
#include "workbench/session_readers/claude_folder.h"
#include "workbench/session_readers/claude_text.h"
#include "workbench/session_readers/record_fields.h"
#include "workbench/session_readers/record_files.h"
#include "workbench/session_readers/session_id.h"

namespace pix::workbench {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::size_t max_subagent_tools = 500;
constexpr std::uint64_t max_subagent_bytes = 32 << 20;
constexpr std::size_t max_prompts = 50'000;
constexpr std::uint64_t max_history_bytes = 64 << 20;

/// The name of a conversation's file gives its id.
std::optional<std::string> id_of(const fs::path& file)
{
    std::string const name = file.filename().string();
    constexpr std::string_view suffix = ".jsonl";
    if (!name.ends_with(suffix) || name.starts_with("agent-")) return std::nullopt;
    std::string id = name.substr(0, name.size() - suffix.size());
    return is_session_id(id) ? std::optional(std::move(id)) : std::nullopt;
}

/// The first prompt of each conversation, as `history.jsonl` has recorded it. Thread-safe.
class PromptHistory {
public:
    explicit PromptHistory(fs::path file) : file_(std::move(file)) {}

    std::string first_prompt(const std::string& id) const
    {
        std::lock_guard const lock(mutex_);
        read_on();
        auto const found = prompts_.find(id);
        return found == prompts_.end() ? std::string() : found->second;
    }

private:
    void read_on() const
    {
        auto const mark = mark_of(file_);
        if (!mark || (mark->inode == inode_ && mark->size == offset_)) return;
        auto history = JsonlFile::open(file_);
        if (!history) return;
        if (history->inode() != inode_ || history->size() < offset_) {
            prompts_.clear();
            inode_ = history->inode();
            offset_ = 0;
        }
        history->seek(offset_);
        JsonLineParser parser;
        for (JsonlLine line; history->offset() < max_history_bytes && history->next(line);) {
            auto const record = parser.parse(line.text);
            if (!record) continue;
            std::string_view const prompt = core::trim(text_of(*record, "display"));
            std::string_view const id = text_of(*record, "sessionId");
            if (is_session_id(id) && is_claude_title_text(prompt) && prompts_.size() < max_prompts)
                prompts_.try_emplace(std::string(id), title_of_text(prompt));
        }
        offset_ = history->offset();
    }

    fs::path file_;
    mutable std::mutex mutex_;
    mutable std::map<std::string, std::string> prompts_;
    mutable std::uint64_t inode_ = 0;
    mutable std::uint64_t offset_ = 0;
};

/// The calls that one agent made, each with its result.
json::array tools_of_agent(const fs::path& file)
{
    json::array tools;
    auto transcript = JsonlFile::open(file);
    if (!transcript) return tools;
    SessionFacts facts;
    json::object memory;
    ClaudeDecoder decoder({}, facts, memory, 0, {});
    JsonLineParser parser;
    std::map<std::string, std::size_t, std::less<>> places;
    std::vector<Message> messages;
    for (JsonlLine line; transcript->offset() < max_subagent_bytes && transcript->next(line);) {
        auto const record = parser.parse(line.text);
        if (!record) continue;
        messages.clear();
        decoder.decode(*record, line, messages);
        for (const Message& message : messages) {
            std::string const id(text_at(message.more, "toolId"));
            if (message.kind == MessageKind::tool_use && tools.size() < max_subagent_tools) {
                places[id] = tools.size();
                json::object tool = message.more;
                tool["timestamp"] = core::iso_time(message.at, true);
                tools.push_back(std::move(tool));
            } else if (message.kind == MessageKind::tool_result) {
                auto const place = places.find(id);
                if (place == places.end()) continue;
                json::object result{{"content", message.content}, {"isError", message.more.at("isError")}};
                tools[place->second].get_object()["toolResult"] = std::move(result);
            }
        }
    }
    return tools;
}

class ClaudeReader final : public JsonlReader {
public:
    ClaudeReader(fs::path home, const JsonlLimits& limits)
        : JsonlReader(limits), projects_(home / "projects"), history_(home / "history.jsonl")
    {}

    Provider provider() const override { return Provider::claude; }
    std::vector<fs::path> roots() const override { return {projects_}; }

    core::Result<std::vector<SessionSource>> discover() const override
    {
        std::vector<SessionSource> sources;
        for (const fs::path& folder : entries_of(projects_))
            for (const fs::path& file : entries_of(folder))
                if (auto source = make_source(file)) sources.push_back(std::move(*source));
        return sources;
    }

    std::optional<SessionSource> source_of(const fs::path& file) const override
    {
        fs::path const inside = file.lexically_relative(projects_);
        std::vector<std::string> parts;
        for (const fs::path& part : inside) parts.push_back(part.string());
        if (parts.empty() || parts[0] == "..") return std::nullopt;
        if (parts.size() == 2) return make_source(file);
        // A sub-agent's transcript changes what its conversation shows.
        bool const is_agent = parts.size() == 4 && parts[2] == "subagents" && parts[3].starts_with("agent-");
        if (!is_agent || !is_session_id(parts[1])) return std::nullopt;
        return make_source(projects_ / parts[0] / (parts[1] + ".jsonl"));
    }

    core::Result<void> remove(const SessionSource& source) const override
    {
        auto const id = id_of(source.path);
        if (!id || source.path.parent_path().parent_path() != projects_)
            return core::fail(core::Errc::invalid, "this is no conversation of Claude Code");
        PIX_CHECK(remove_file(source.path));
        // Its sub-agents and large tool outputs; remove_all does not follow links.
        std::error_code error;
        fs::remove_all(source.path.parent_path() / *id, error);
        return {};
    }

protected:
    std::unique_ptr<JsonlDecoder> make_decoder(const SessionSource& source, SessionFacts& facts, json::object& memory,
                                               std::uint64_t offset, const Detail& detail) const override
    {
        fs::path const folder = source.path.parent_path();
        ClaudeDecoder::Place place;
        place.id = source.id;
        place.folder_name = folder.filename().string();
        place.folder_path = [this, folder] { return folders_.path_of(folder); };
        place.recorded_prompt = [this, id = source.id] { return history_.first_prompt(id); };
        place.subagent_tools = [folder, id = source.id](std::string_view agent) {
            if (!is_session_id(agent)) return json::array();
            std::string const name = "agent-" + std::string(agent) + ".jsonl";
            json::array tools = tools_of_agent(folder / id / "subagents" / name);
            return tools.empty() ? tools_of_agent(folder / name) : tools;
        };
        return std::make_unique<ClaudeDecoder>(std::move(place), facts, memory, offset, detail);
    }

private:
    static std::optional<SessionSource> make_source(const fs::path& file)
    {
        auto id = id_of(file);
        if (!id) return std::nullopt;
        auto const mark = mark_of(file);
        if (!mark) return std::nullopt;
        SessionSource source;
        source.provider = Provider::claude;
        source.id = std::move(*id);
        source.path = file;
        source.size = mark->size;
        source.modified = mark->modified;
        source.inode = mark->inode;
        source.folder_hint = core::to_utf8(file.parent_path().filename().string());
        return source;
    }

    fs::path projects_;
    PromptHistory history_;
    ClaudeFolders folders_;
};

} // namespace

std::unique_ptr<SessionReader> make_claude_reader(const ProviderHome& home, const JsonlLimits& limits)
{
    fs::path const folder = home.claude_config_dir && !home.claude_config_dir->empty()
                                ? fs::path(*home.claude_config_dir)
                                : home.user_home / ".claude";
    return std::make_unique<ClaudeReader>(folder, limits);
}

} // namespace pix::workbench
