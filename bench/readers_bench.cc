// How fast transcripts are read: all of one, its texts for a search, and a page from its end.
//
//     readers_bench [MEGABYTES [FOLDER]]
//
// Writes one transcript of Claude Code and reads it; the folder must be on the disk that is to be measured.

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "workbench/session_readers/claude_reader.h"

namespace {

using namespace pix::workbench;
using Clock = std::chrono::steady_clock;

class TextCounter final : public MessageSink {
public:
    void add(Message message) override
    {
        ++messages;
        bytes += message.content.size();
    }
    void remove(std::string_view) override {}
    bool wants(MessageKind kind) const override { return kind == MessageKind::text; }
    std::size_t messages = 0;
    std::size_t bytes = 0;
};

double seconds_since(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string line(const char* type, std::size_t number, const std::string& message)
{
    std::string const n = std::to_string(number);
    return R"({"parentUuid":"p","isSidechain":false,"type":")" + std::string(type) + R"(","message":)" + message +
           R"(,"uuid":"uuid-)" + n + "-" + type +
           R"(","timestamp":"2026-02-03T04:05:06.007Z","cwd":"/home/ann/app","sessionId":"bench","gitBranch":"main"})" +
           "\n";
}

/// Turns as agents make them: a question, thoughts, an answer, a call and its long result.
void write_transcript(const std::filesystem::path& path, std::size_t bytes)
{
    std::ofstream out(path, std::ios::binary);
    std::string prose;
    for (int i = 0; i < 60; ++i) prose += "The quick brown fox number " + std::to_string(i) + " jumps over it. ";
    std::string code;
    for (int i = 0; i < 150; ++i) code += "    int value_" + std::to_string(i) + " = compute(\\\"x\\\");\\n";
    std::size_t written = 0;
    for (std::size_t n = 0; written < bytes; ++n) {
        std::string const id = std::to_string(n);
        auto const said = [&](const std::string& block) {
            return R"({"id":"msg)" + id + R"(","model":"claude-x","role":"assistant","content":[)" + block +
                   R"(],"usage":{"input_tokens":9,"output_tokens":9}})";
        };
        std::string const turn =
            line("user", 4 * n, R"({"role":"user","content":"Question )" + id + R"("})") +
            line("assistant", 4 * n, said(R"({"type":"text","text":")" + prose + R"("})")) +
            line("assistant", 4 * n + 1,
                 said(R"({"type":"tool_use","id":"t)" + id + R"(","name":"Read","input":{"file_path":"/a"}})")) +
            line("user", 4 * n + 1,
                 R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t)" + id + R"(","content":")" +
                     code + R"("}]})");
        out << turn;
        written += turn.size();
    }
}

void forget_cached(const std::filesystem::path& path)
{
    int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    ::fdatasync(file);
    ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
}

int measure(const std::filesystem::path& folder, std::size_t bytes)
{
    auto const project = folder / "projects" / "-home-ann-app";
    std::filesystem::create_directories(project);
    auto const path = project / "bench.jsonl";
    write_transcript(path, bytes);
    auto const reader = make_claude_reader({.user_home = folder, .claude_config_dir = folder.string()});
    auto const source = reader->source_of(path);
    if (!source) return 1;
    double const gigabytes = static_cast<double>(source->size) / 1e9;

    ReadState state;
    for (const char* const name : {"read, once", "read, again"}) {
        TextCounter sink;
        state = {};
        auto const start = Clock::now();
        if (!reader->read(*source, state, sink)) return 1;
        std::printf("%-28s %6.2f GB/s, %zu texts of %ld messages, %zu anchors\n", name,
                    gigabytes / seconds_since(start), sink.messages, static_cast<long>(state.facts.counted),
                    state.anchors.size());
    }
    for (const char* const word : {"zebra", "value_149", "question 77"}) {
        TextCounter sink;
        auto const start = Clock::now();
        if (!reader->scan_text(*source, {word}, sink)) return 1;
        std::printf("scan for %-19s %6.2f GB/s, %zu texts\n", word, gigabytes / seconds_since(start), sink.messages);
    }
    for (std::int64_t const offset : {std::int64_t(0), state.facts.counted / 2}) {
        forget_cached(path);
        auto const start = Clock::now();
        auto const page = reader->page(*source, &state, {.offset = offset, .limit = 100});
        if (!page) return 1;
        std::printf("page of 100, %-15s %6.2f ms, %zu messages\n", offset == 0 ? "newest, cold" : "middle, cold",
                    seconds_since(start) * 1e3, page->messages.size());
    }
    rusage usage = {};
    ::getrusage(RUSAGE_SELF, &usage);
    std::printf("largest memory               %6.1f MiB\n", static_cast<double>(usage.ru_maxrss) / 1024);
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    std::size_t const megabytes = argc > 1 ? std::stoul(argv[1]) : 200;
    std::string name =
        (argc > 2 ? std::filesystem::path(argv[2]) : std::filesystem::temp_directory_path()) / "readers_XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return 1;
    int const code = measure(name, megabytes * 1'000'000);
    std::filesystem::remove_all(name);
    return code;
}
