#include "workbench/session_readers/gemini_reader.h"

#include <fstream>

#include <gtest/gtest.h>

#include "core/base/testing/temporary_folder.h"
#include "workbench/session_readers/testing/message_log.h"

namespace pix::workbench {
namespace {

namespace fs = std::filesystem;
using pix::testing::lines_of;
using pix::testing::MessageLog;
using pix::testing::TemporaryFolder;
using Lines = std::vector<std::string>;

const fs::path fixtures = fs::path(PIX_SOURCE_DIR) / "tests/data/sessions/gemini";
constexpr const char* current_name = "session-2026-03-04T09-15-aabbccdd.jsonl";
constexpr const char* older_name = "session-2025-06-01T10-00-11112222.json";
constexpr const char* current_id = "aabbccdd-1111-4222-8333-444455556666";
constexpr const char* older_id = "11112222-1111-4222-8333-444455556666";

struct GeminiHome {
    GeminiHome() : reader(make_gemini_reader({.user_home = folder.path()})), project(folder.path() / ".gemini/tmp/app")
    {
        fs::create_directories(project / "chats");
        std::ofstream(project / ".project_root") << "/work/app\n";
    }
    fs::path add(const char* name) const
    {
        fs::copy_file(fixtures / name, project / "chats" / name);
        return project / "chats" / name;
    }
    fs::path write(const std::string& text, const char* name = current_name) const
    {
        std::ofstream(project / "chats" / name, std::ios::binary) << text;
        return project / "chats" / name;
    }
    SessionSource source() const { return reader->discover().value().at(0); }
    Lines page_lines(const ReadState* state = nullptr) const
    {
        auto const page = reader->page(source(), state, {.limit = std::nullopt});
        return page ? lines_of(page->messages) : Lines{page.error().message};
    }

    TemporaryFolder folder;
    std::unique_ptr<SessionReader> reader;
    fs::path project;
};

const Lines whole_conversation = {"u:What does the script do?",
                                  "think:**Plan**\n\nRead the file first.",
                                  "a:I look at it.",
                                  "tool(read_file):{\"path\":\"run.sh\"}",
                                  "result:echo hi",
                                  "a:It greets.",
                                  "status:Request cancelled.",
                                  "error:Quota exceeded"};

TEST(GeminiReader, reads_a_conversation_with_replaced_and_rewound_messages)
{
    GeminiHome const home;
    home.add(current_name);
    SessionSource const source = home.source();
    EXPECT_EQ(source.id, current_id);
    EXPECT_EQ(source.folder_hint, "/work/app");
    ReadState state;
    MessageLog log;
    auto const more = home.reader->read(source, state, log);
    ASSERT_TRUE(more) << more.error().message;
    EXPECT_EQ(log.lines(), whole_conversation);
    EXPECT_EQ(log.doubles, 0);
    EXPECT_EQ(state.offset, source.size);
    const SessionFacts& facts = state.facts;
    EXPECT_EQ(facts.cwd, "/work/app");
    EXPECT_EQ(facts.first_user_text, "What does the script do?");
    EXPECT_EQ(facts.last_text, "It greets.");
    EXPECT_EQ(facts.counted, 7);
    EXPECT_EQ(facts.user_and_assistant, 3);
    EXPECT_EQ(facts.started_at, core::parse_iso_time("2026-03-04T09:15:00Z"));
    EXPECT_EQ(facts.last_activity, core::parse_iso_time("2026-03-04T09:16:00Z"));
    EXPECT_FALSE(facts.is_hidden);
    EXPECT_EQ(facts.unknown_records, 0);
}

TEST(GeminiReader, counts_tokens_of_a_replaced_message_once)
{
    GeminiHome const home;
    home.add(current_name);
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(home.source(), state, log));
    EXPECT_EQ(state.facts.total.input, 60 + 33);
    EXPECT_EQ(state.facts.total.cache_read, 140);
    EXPECT_EQ(state.facts.total.output, 30);
    EXPECT_EQ(state.facts.total.reasoning, 5);
    ASSERT_TRUE(state.facts.latest);
    EXPECT_EQ(state.facts.latest->cache_read, 100);
}

TEST(GeminiReader, gives_images_and_results_with_what_they_belong_to)
{
    GeminiHome const home;
    home.add(current_name);
    auto const page = home.reader->page(home.source(), nullptr, {});
    ASSERT_TRUE(page);
    EXPECT_EQ(page->messages.at(0).more.at("images").at(0).at("data"), "data:image/png;base64,AAAA");
    EXPECT_EQ(page->messages.at(3).more.at("toolResult").at("content"), "echo hi");
    EXPECT_EQ(page->messages.at(3).more.at("toolResult").at("toolUseResult").at("displayName"), "ReadFile");
    EXPECT_EQ(page->messages.at(4).more.at("toolId"), "read_file-1");
}

TEST(GeminiReader, reads_line_by_line_as_well_as_at_once)
{
    GeminiHome const home;
    home.add(current_name);
    ReadState state;
    MessageLog log;
    int readings = 0;
    for (bool more = true; more && readings < 100; ++readings) {
        auto const result = home.reader->read(home.source(), state, log, 1);
        ASSERT_TRUE(result);
        more = *result;
    }
    EXPECT_EQ(readings, 13);
    Lines lines = log.lines();
    std::ranges::sort(lines);
    Lines expected = whole_conversation;
    std::ranges::sort(expected);
    EXPECT_EQ(lines, expected);
    EXPECT_EQ(log.doubles, 0);
    EXPECT_EQ(home.page_lines(&state), whole_conversation);
    EXPECT_EQ(state.facts.counted, 7);
    EXPECT_EQ(state.facts.total.output, 30);
}

TEST(GeminiReader, gives_pages_from_the_end)
{
    GeminiHome const home;
    home.add(current_name);
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(home.source(), state, log));
    for (const ReadState* known : {static_cast<const ReadState*>(nullptr), static_cast<const ReadState*>(&state)}) {
        auto const page = home.reader->page(home.source(), known, {2, 2});
        ASSERT_TRUE(page);
        EXPECT_EQ(lines_of(page->messages),
                  (Lines{"tool(read_file):{\"path\":\"run.sh\"}", "result:echo hi", "a:It greets."}));
        EXPECT_EQ(page->total, 7);
        EXPECT_TRUE(page->has_more);
    }
}

TEST(GeminiReader, follows_a_growing_file_and_waits_for_whole_lines)
{
    GeminiHome const home;
    fs::path const file = home.add(current_name);
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(home.source(), state, log));
    std::ofstream(file, std::ios::app)
        << R"({"id":"h1","timestamp":"2026-03-04T09:20:00Z","type":"user","content":"And)";
    ASSERT_TRUE(home.reader->read(home.source(), state, log));
    EXPECT_EQ(log.lines(), whole_conversation);
    std::ofstream(file, std::ios::app) << " now?\"}\n";
    // A page is up to date even if the state is not.
    EXPECT_EQ(home.page_lines(&state).back(), "u:And now?");
    ASSERT_TRUE(home.reader->read(home.source(), state, log));
    EXPECT_EQ(log.lines().back(), "u:And now?");
    // A result that arrives for an old message stays at its place in pages.
    std::ofstream(file, std::ios::app)
        << R"({"id":"g4","timestamp":"2026-03-04T09:15:05Z","type":"gemini","content":"It greets you."})"
           "\n";
    ASSERT_TRUE(home.reader->read(home.source(), state, log));
    EXPECT_EQ(home.page_lines(&state).at(5), "a:It greets you.");
    EXPECT_EQ(log.doubles, 0);
    EXPECT_EQ(state.facts.last_text, "It greets you.");
}

TEST(GeminiReader, replaces_the_whole_list_when_told_to)
{
    GeminiHome const home;
    fs::path const file = home.add(current_name);
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(home.source(), state, log));
    int const added = log.added;
    std::ofstream(file, std::ios::app)
        << R"({"$set":{"messages":[{"id":"n1","type":"user","content":"Summary of before"},)"
           R"({"id":"g8","timestamp":"2026-03-04T09:15:10.000Z","type":"error","content":"Quota exceeded"}]}})"
           "\n";
    ASSERT_TRUE(home.reader->read(home.source(), state, log));
    Lines const lines = {"u:Summary of before", "error:Quota exceeded"};
    EXPECT_EQ(home.page_lines(&state), lines);
    EXPECT_EQ(home.page_lines(), lines);
    EXPECT_EQ(log.added, added + 1);
    EXPECT_EQ(log.messages.size(), 2U);
    EXPECT_EQ(state.facts.first_user_text, "Summary of before");
    EXPECT_EQ(state.facts.total.output, 0);
}

TEST(GeminiReader, shows_a_resumed_conversation_as_it_was_first_written)
{
    GeminiHome const home;
    home.add("session-2026-05-06T07-08-99990000.jsonl");
    Lines const lines = {"u:List it",    "think:**Look**\n\nFirst.", "a:Listing.",    "tool(ls):{}", "result:a b",
                         "think:Again.", "tool(ls):{\"all\":true}",  "result:a b .c", "u:And @a",    "u:/command"};
    ReadState state;
    MessageLog log;
    for (bool more = true; more;) {
        state.memory = boost::json::parse(boost::json::serialize(state.memory)).as_object();
        auto const result = home.reader->read(home.source(), state, log, 1);
        ASSERT_TRUE(result);
        more = *result;
    }
    EXPECT_EQ(log.doubles, 0);
    EXPECT_EQ(log.lines(), lines);
    EXPECT_EQ(home.page_lines(&state), lines);
    EXPECT_EQ(home.page_lines(), lines);
    EXPECT_EQ(state.facts.total.output, 5);
    EXPECT_EQ(state.facts.counted, 8);
    auto const page = home.reader->page(home.source(), &state, {0, 1});
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->messages.at(0).more.contains("images"));
}

TEST(GeminiReader, takes_nothing_back_for_a_rewind_to_nowhere)
{
    GeminiHome const home;
    home.write("{\"sessionId\":\"s\"}\n{\"id\":\"a\",\"type\":\"user\",\"content\":\"hi\"}\n{\"$rewindTo\":\"zzz\"}\n");
    EXPECT_EQ(home.page_lines(), Lines{"u:hi"});
}

TEST(GeminiReader, reads_the_single_object_of_older_versions)
{
    GeminiHome const home;
    fs::path const file = home.add(older_name);
    SessionSource const source = home.source();
    EXPECT_EQ(source.id, older_id);
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(source, state, log));
    EXPECT_EQ(log.lines(), (Lines{"u:Old question", "a:Old answer"}));
    EXPECT_EQ(state.facts.model, "gemini-old");
    EXPECT_EQ(state.facts.last_activity, core::parse_iso_time("2025-06-01T10:05:00Z"));
    EXPECT_EQ(home.page_lines(&state), (Lines{"u:Old question", "a:Old answer"}));
    // The program writes the whole file anew.
    home.write(
        R"({"sessionId":"11112222-1111-4222-8333-444455556666","messages":[{"id":"o1","timestamp":"2025-06-01T10:00:01.000Z","type":"user","content":"Old question"},)"
        R"({"id":"o3","type":"gemini","content":"New answer"}]})",
        older_name);
    ASSERT_TRUE(home.reader->read(home.source(), state, log));
    EXPECT_EQ(log.lines(), (Lines{"u:Old question", "a:New answer"}));
    EXPECT_EQ(log.added, 3);
    // Half of it is no news.
    home.write(R"({"sessionId":"11112222-1111-4222-8333-444455556666","mess)", older_name);
    auto const half = home.reader->read(home.source(), state, log);
    ASSERT_FALSE(half);
    EXPECT_EQ(half.error().code, core::Errc::unavailable);
    EXPECT_EQ(log.messages.size(), 2U);
}

TEST(GeminiReader, knows_the_project_by_the_registry_when_the_folder_does_not_say_it)
{
    GeminiHome const home;
    home.add(current_name);
    fs::remove(home.project / ".project_root");
    EXPECT_EQ(home.source().folder_hint, "app");
    std::ofstream(home.folder.path() / ".gemini/projects.json")
        << R"({"projects":{"/work/other":"other","/work/app":"app"}})";
    EXPECT_EQ(home.source().folder_hint, "/work/app");
    // Older versions name the folder by the path's SHA-256.
    fs::rename(home.project,
               home.project.parent_path() / "70467eff2e0a236497f0693901c782c674520c598f57e72b22e636e00311bd81");
    EXPECT_EQ(home.source().folder_hint, "/work/app");
}

TEST(GeminiReader, hides_sub_agents_and_skips_files_without_an_id)
{
    GeminiHome const home;
    home.write("{\"sessionId\":\"sub\",\"kind\":\"subagent\"}\n{\"id\":\"a\",\"type\":\"user\",\"content\":\"x\"}\n");
    home.write("{\"nothing\":1}\n", "session-none.jsonl");
    home.write("{\"sessionId\":\"../../x\"}\n", "session-bad.jsonl");
    home.write("{\"sessionId\":\"log\"}\n", "logs.json");
    ASSERT_EQ(home.reader->discover()->size(), 1U);
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(home.source(), state, log));
    EXPECT_TRUE(state.facts.is_hidden);
}

TEST(GeminiReader, survives_lines_that_make_no_sense)
{
    GeminiHome const home;
    home.write(
        "{\"sessionId\":\"s\"}\n\n[]\n{broken\n{\"id\":7,\"type\":\"user\",\"content\":{\"text\":\"one part\"}}\n"
        "{\"id\":\"x\",\"type\":\"hologram\"}\n{\"$unknown\":1}\n{\"$set\":{\"messages\":7,\"kind\":5}}\n"
        "{\"id\":\"y\",\"type\":\"gemini\",\"content\":\"\xff\xfe\",\"thoughts\":[1],\"toolCalls\":[{},4],\"tokens\":{"
        "\"input\":1e300}}\n" +
        std::string(200, '[') + "\n");
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(home.source(), state, log));
    EXPECT_EQ(log.lines(), (Lines{"u:one part", "raw:{\"id\":\"x\",\"type\":\"hologram\"}", "raw:{\"$unknown\":1}",
                                  "a:\xef\xbf\xbd\xef\xbf\xbd", "tool():{}"}));
    EXPECT_EQ(state.facts.unknown_records, 2);
    EXPECT_EQ(state.facts.skipped_bytes, 2 + 7 + 200);
    EXPECT_EQ(home.page_lines(&state), log.lines());
}

TEST(GeminiReader, removes_one_file_and_nothing_that_is_no_conversation)
{
    GeminiHome const home;
    fs::path const file = home.add(current_name);
    SessionSource source = home.source();
    EXPECT_EQ(home.reader->source_of(file)->id, current_id);
    EXPECT_FALSE(home.reader->source_of(home.project / ".project_root"));
    source.path = home.project / ".project_root";
    EXPECT_EQ(home.reader->remove(source).error().code, core::Errc::invalid);
    source.path = file;
    ASSERT_TRUE(home.reader->remove(source));
    EXPECT_FALSE(fs::exists(file));
    EXPECT_EQ(home.reader->remove(source).error().code, core::Errc::not_found);
    EXPECT_EQ(home.reader->page(source, nullptr, {}).error().code, core::Errc::not_found);
}

} // namespace
} // namespace pix::workbench
