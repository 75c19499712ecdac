// How fast a home of many conversations is listed, indexed and searched, and in how much memory.
//   sessions_bench [sessions=2000] [messages of each=100]
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <thread>

#include "workbench/session_index/search_words.h"
#include "workbench/session_index/session_index.h"

namespace {

using namespace pix;
using namespace pix::workbench;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

long status_kib(const std::string& name)
{
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);)
        if (line.starts_with(name)) return std::stol(line.substr(name.size() + 1));
    return 0;
}

/// Texts of words as common as those of a language, with names of code among them.
class Writer {
public:
    Writer()
    {
        for (const char* word :
             {"the",  "to",       "a",    "and",  "of",   "is", "in",   "file", "it",     "error", "for",
              "test", "function", "this", "that", "with", "on", "code", "user", "return", "parser"})
            words_.emplace_back(word);
        for (int i = 0; i < 40'000; ++i) {
            std::string word;
            for (unsigned k = 3 + random_() % 8; k > 0; --k) word += static_cast<char>('a' + random_() % 26);
            if (i % 11 == 0) word = "get" + std::string(1, static_cast<char>(word[0] - 32)) + word.substr(1);
            words_.push_back(std::move(word));
        }
        double sum = 0;
        for (std::size_t i = 0; i < words_.size(); ++i) sums_.push_back(sum += 1.0 / (static_cast<double>(i) + 2.7));
    }

    const std::string& word()
    {
        double const at = std::uniform_real_distribution<>(0, sums_.back())(random_);
        return words_[static_cast<std::size_t>(std::ranges::lower_bound(sums_, at) - sums_.begin())];
    }
    std::string text()
    {
        std::string text;
        for (int k = std::max(3, static_cast<int>(std::exp(std::normal_distribution<>(3.6, 1.0)(random_)))); k > 0; --k)
            text += word() + " ";
        return text;
    }

private:
    std::mt19937 random_{1};
    std::vector<std::string> words_;
    std::vector<double> sums_;
};

std::string line_of(Writer& writer, const std::string& session, const std::string& cwd, int number)
{
    std::string const id = session + "-" + std::to_string(number);
    std::string const time = core::iso_time(1'767'225'600'000 + number * 1000LL, true);
    std::string head = R"("uuid":")" + id + R"(","sessionId":")" + session + R"(","cwd":")" + cwd +
                       R"(","timestamp":")" + time + R"(","isSidechain":false,)";
    switch (number % 4) {
    case 0: return "{\"type\":\"user\"," + head + R"("message":{"role":"user","content":")" + writer.text() + "\"}}\n";
    case 1:
        return "{\"type\":\"assistant\"," + head + R"("message":{"role":"assistant","id":"m)" + id +
               R"(","model":"x","usage":{"input_tokens":5,"output_tokens":7},"content":[{"type":"text","text":")" +
               writer.text() + "\"}]}}\n";
    case 2:
        return "{\"type\":\"assistant\"," + head + R"("message":{"role":"assistant","id":"t)" + id +
               R"(","model":"x","content":[{"type":"tool_use","id":"c)" + id +
               R"(","name":"Read","input":{"file_path":"/x"}}]}})" + "\n";
    default:
        return "{\"type\":\"user\"," + head + R"("message":{"role":"user","content":[{"type":"tool_result",)" +
               R"("tool_use_id":"c)" + session + "-" + std::to_string(number - 1) + R"(","content":")" +
               std::string(3000, 'y') + "\"}]}}\n";
    }
}

std::uint64_t write_home(const fs::path& home, int sessions, int messages, Writer& writer)
{
    std::uint64_t bytes = 0;
    for (int i = 0; i < sessions; ++i) {
        std::string const cwd = "/work/project" + std::to_string(i % 50);
        fs::path const folder = home / ".claude/projects" / claude_folder_name(cwd);
        fs::create_directories(folder);
        std::string const id = "session" + std::to_string(i);
        std::ofstream out(folder / (id + ".jsonl"));
        for (int k = 0; k < messages; ++k) {
            std::string const line = line_of(writer, id, cwd, k);
            bytes += line.size();
            out << line;
        }
    }
    return bytes;
}

void wait_until(SessionIndex& index, const std::function<bool(const SessionSnapshot&)>& condition)
{
    while (!condition(*index.snapshot())) std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

std::unique_ptr<SessionIndex> open_index(const fs::path& home, asio::thread_pool& pool)
{
    ProviderHome agents;
    agents.user_home = home;
    auto index = SessionIndex::open(home / "cache/index.db", make_session_readers(agents), pool);
    if (!index || !(*index)->start()) std::exit(1);
    return *std::move(index);
}

double search_ms(SessionIndex& index, std::shared_ptr<const SearchScope> scope, const std::string& text)
{
    asio::io_context io;
    SessionIndex::Request request;
    request.query = *parse_search_query(text, 1'767'300'000'000);
    request.scope = std::move(scope);
    request.now = 1'767'300'000'000;
    auto const start = Clock::now();
    asio::co_spawn(io, index.search(std::move(request)), [](std::exception_ptr, const auto&) {});
    io.run();
    return ms_since(start);
}

void measure_searches(SessionIndex& index, Writer& writer, const char* when)
{
    auto scope = std::make_shared<SearchScope>();
    for (auto const& session : index.snapshot()->sessions)
        scope->emplace(session->number, Searched{session, fold(session->facts.first_user_text.substr(0, 50)), 0});
    std::vector<double> times;
    for (int i = 0; i < 200; ++i) {
        std::string text = writer.word();
        if (i % 3 == 0) text += " " + writer.word();
        if (i % 2 == 0) text = text.substr(0, std::max<std::size_t>(2, text.size() - 2));
        times.push_back(search_ms(index, scope, text));
    }
    std::ranges::sort(times);
    std::cout << when << ": search median " << times[100] << " ms, p99 " << times[197] << " ms\n";
}

} // namespace

int main(int count, char** words)
{
    int const sessions = count > 1 ? std::stoi(words[1]) : 2000;
    int const messages = count > 2 ? std::stoi(words[2]) : 100;
    std::string pattern = "/tmp/pix-sessions-bench-XXXXXX";
    fs::path const home = ::mkdtemp(pattern.data());
    asio::thread_pool pool(2);
    {
        Writer writer;
        std::uint64_t const bytes = write_home(home, sessions, messages, writer);
        std::cout << sessions << " conversations, " << bytes / 1'000'000 << " MB\n";
        long const before = status_kib("VmRSS:");
        auto start = Clock::now();
        auto index = open_index(home, pool);
        wait_until(*index, [](const SessionSnapshot& s) { return s.progress.is_ready; });
        std::cout << "lists ready after " << ms_since(start) << " ms\n";
        measure_searches(*index, writer, "while indexing");
        wait_until(*index, [](const SessionSnapshot& s) { return s.progress.is_whole(); });
        std::cout << "indexed after " << ms_since(start) << " ms; file "
                  << fs::file_size(home / "cache/index.db") / 1'000'000 << " MB; memory grew by "
                  << (status_kib("VmRSS:") - before) / 1024 << " MiB, peak " << status_kib("VmHWM:") / 1024
                  << " MiB in all\n";
        measure_searches(*index, writer, "indexed");
        auto const live = home / ".claude/projects" / claude_folder_name("/work/project0") / "session0.jsonl";
        auto const known = index->snapshot()->version;
        start = Clock::now();
        std::ofstream(live, std::ios::app) << line_of(writer, "session0", "/work/project0", messages * 4);
        wait_until(*index, [known](const SessionSnapshot& s) { return s.version > known && s.progress.is_whole(); });
        std::cout << "a new message is searchable after " << ms_since(start) << " ms\n";
        index->stop();
        index.reset();
        start = Clock::now();
        index = open_index(home, pool);
        std::cout << "opened again after " << ms_since(start) << " ms\n";
        index->stop();
    }
    fs::remove_all(home);
}
