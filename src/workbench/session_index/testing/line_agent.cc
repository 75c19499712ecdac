#include "workbench/session_index/testing/line_agent.h"

#include <sys/stat.h>

#include <fstream>

#include "core/base/text.h"

namespace pix::workbench::testing {

using core::Errc;
using core::fail;
using core::Result;
namespace fs = std::filesystem;

namespace {

class LineAgent final : public SessionReader {
public:
    LineAgent(Provider provider, fs::path root) : provider_(provider), root_(std::move(root)) {}

    Provider provider() const override { return provider_; }
    std::vector<fs::path> roots() const override { return {root_}; }

    Result<std::vector<SessionSource>> discover() const override
    {
        std::vector<SessionSource> sources;
        std::error_code error;
        for (fs::recursive_directory_iterator it(root_, error), end; !error && it != end; it.increment(error))
            if (auto source = source_of(it->path())) sources.push_back(*source);
        return sources;
    }

    std::optional<SessionSource> source_of(const fs::path& file) const override
    {
        struct stat about{};
        if (file.extension() != ".txt" || !file.string().starts_with(root_.string()) ||
            ::stat(file.c_str(), &about) != 0)
            return std::nullopt;
        SessionSource source;
        source.provider = provider_;
        source.id = file.stem().string();
        source.path = file;
        source.size = static_cast<std::uint64_t>(about.st_size);
        source.modified = about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec;
        source.inode = about.st_ino;
        return source;
    }

    Result<bool> read(const SessionSource& source, ReadState& state, MessageSink& sink,
                      std::uint64_t bytes) const override
    {
        std::ifstream in(source.path, std::ios::binary);
        if (!in) return fail(Errc::not_found, "the file is gone");
        in.seekg(static_cast<std::streamoff>(state.offset));
        std::string line;
        std::uint64_t const until = bytes > UINT64_MAX - state.offset ? UINT64_MAX : state.offset + bytes;
        while (state.offset < until && std::getline(in, line)) {
            if (in.eof()) return false;
            take(line, state, sink);
            state.offset += line.size() + 1;
        }
        return in.peek() != std::ifstream::traits_type::eof();
    }

    Result<MessagePage> page(const SessionSource& source, const ReadState*, const PageRequest& request) const override
    {
        struct Keep final : MessageSink {
            void add(Message message) override { messages.push_back(std::move(message)); }
            void remove(std::string_view id) override
            {
                std::erase_if(messages, [id](const Message& one) { return one.id == id; });
            }
            std::vector<Message> messages;
        } keep;
        ReadState state;
        PIX_TRY([[maybe_unused]] bool const more, read(source, state, keep, UINT64_MAX));
        MessagePage page;
        page.total = static_cast<std::int64_t>(keep.messages.size());
        std::int64_t const end = std::max<std::int64_t>(0, page.total - request.offset);
        std::int64_t const begin = request.limit ? std::max<std::int64_t>(0, end - *request.limit) : 0;
        page.messages.assign(keep.messages.begin() + begin, keep.messages.begin() + end);
        page.has_more = begin > 0;
        return page;
    }

    Result<void> remove(const SessionSource& source) const override
    {
        std::error_code error;
        if (!fs::remove(source.path, error)) return fail(Errc::not_found, "the file is gone");
        return {};
    }

private:
    static void take(const std::string& line, ReadState& state, MessageSink& sink)
    {
        auto const parts = core::split(line, '|');
        if (parts.size() < 3) return;
        auto& facts = state.facts;
        if (parts[0] == "cwd") {
            facts.cwd = parts[2];
            return;
        }
        if (parts[0] == "gone") {
            sink.remove("m" + std::string(parts[2]));
            return;
        }
        Message message;
        message.id = "m" + std::to_string(++facts.counted);
        message.role = parts[0];
        message.at = core::parse_int(parts[1]).value_or(0);
        message.content = parts[2];
        if (message.role == "assistant") {
            message.model = "scripted";
            message.use = TokenUse{10, 2, 0, 0, 0, 0.5};
            facts.latest = message.use;
            facts.last_text = message.content;
        } else if (facts.first_user_text.empty()) {
            facts.first_user_text = message.content;
        }
        ++facts.user_and_assistant;
        facts.last_activity = std::max(facts.last_activity, message.at);
        if (facts.started_at == 0) facts.started_at = message.at;
        sink.add(std::move(message));
    }

    Provider provider_;
    fs::path root_;
};

} // namespace

std::unique_ptr<SessionReader> make_line_agent(Provider provider, fs::path root)
{
    return std::make_unique<LineAgent>(provider, std::move(root));
}

void write_lines(const fs::path& file, std::string_view lines, bool append)
{
    fs::create_directories(file.parent_path());
    std::ofstream(file, append ? std::ios::app : std::ios::trunc) << lines;
}

} // namespace pix::workbench::testing
