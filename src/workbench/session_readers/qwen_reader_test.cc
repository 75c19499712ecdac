#include "workbench/session_readers/qwen_reader.h"

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

struct QwenHome {
    QwenHome()
        : reader(make_qwen_reader({.user_home = "/nowhere", .qwen_home = folder.path().string()})),
          file(folder.path() / "projects/-work-app/chats/aaaa.jsonl")
    {
        fs::create_directories(file.parent_path());
    }
    void copy() const { fs::copy_file(fs::path(PIX_SOURCE_DIR) / "tests/data/sessions/qwen/conversation.jsonl", file); }
    void append(const std::string& text) const { std::ofstream(file, std::ios::app | std::ios::binary) << text; }
    SessionSource source() const { return reader->discover().value().at(0); }
    Lines page_lines(const ReadState* state = nullptr, PageRequest request = {.limit = std::nullopt}) const
    {
        auto const page = reader->page(source(), state, request);
        return page ? lines_of(page->messages) : Lines{page.error().message};
    }

    TemporaryFolder folder;
    std::unique_ptr<SessionReader> reader;
    fs::path file;
};

std::string user(const std::string& uuid, const std::string& parent, const std::string& text)
{
    return R"({"uuid":")" + uuid + R"(","parentUuid":)" + (parent.empty() ? "null" : "\"" + parent + "\"") +
           R"(,"type":"user","message":{"role":"user","parts":[{"text":")" + text + "\"}]}}\n";
}

const Lines whole_conversation = {"u:Count the lines",    "think:Use wc.",
                                  "a:I count.",           "tool(run_shell_command):{\"command\":\"wc -l a\"}",
                                  "result:7 a",           "tool(read_file):{\"path\":\"b\"}",
                                  "!result:no such file", "a:Seven lines.",
                                  "status:compacted",     "u:Right question"};

TEST(QwenReader, reads_a_conversation_with_results_titles_and_a_rewind)
{
    QwenHome const home;
    home.copy();
    SessionSource const source = home.source();
    EXPECT_EQ(source.id, "aaaa");
    EXPECT_EQ(source.folder_hint, "-work-app");
    ReadState state;
    MessageLog log;
    auto const more = home.reader->read(source, state, log);
    ASSERT_TRUE(more) << more.error().message;
    EXPECT_EQ(log.lines(), whole_conversation);
    EXPECT_EQ(home.page_lines(), whole_conversation);
    EXPECT_EQ(home.page_lines(&state), whole_conversation);
    EXPECT_EQ(log.doubles, 0);
    const SessionFacts& facts = state.facts;
    EXPECT_EQ(facts.given_title, "Counting");
    EXPECT_EQ(facts.cwd, "/work/app");
    EXPECT_EQ(facts.git_branch, "main");
    EXPECT_EQ(facts.model, "qwen-max");
    EXPECT_EQ(facts.context_window, 262144);
    EXPECT_EQ(facts.first_user_text, "Count the lines");
    EXPECT_EQ(facts.last_text, "Seven lines.");
    EXPECT_EQ(facts.counted, 8);
    EXPECT_EQ(facts.user_and_assistant, 4);
    EXPECT_EQ(facts.total.input, 30 + 30);
    EXPECT_EQ(facts.total.output, 12);
    EXPECT_EQ(facts.total.reasoning, 4);
    EXPECT_EQ(facts.total.cache_read, 70);
    EXPECT_EQ(facts.latest->cache_read, 50);
    EXPECT_EQ(facts.started_at, core::parse_iso_time("2026-03-04T09:00:00Z"));
    EXPECT_FALSE(facts.is_hidden);
}

TEST(QwenReader, joins_results_that_come_later_to_their_calls)
{
    QwenHome const home;
    home.copy();
    ReadState state;
    MessageLog log;
    int readings = 0;
    for (bool more = true; more && readings < 100; ++readings) {
        state.memory = boost::json::parse(boost::json::serialize(state.memory)).as_object();
        auto const result = home.reader->read(home.source(), state, log, 1);
        ASSERT_TRUE(result);
        more = *result;
    }
    EXPECT_EQ(readings, 13);
    EXPECT_EQ(log.doubles, 0);
    EXPECT_EQ(home.page_lines(&state), whole_conversation);
    EXPECT_EQ(state.facts.counted, 8);
    EXPECT_EQ(state.facts.total.output, 12);
    // The call's page has its result, although that is a later record.
    auto const page = home.reader->page(home.source(), &state, {4, 1});
    ASSERT_TRUE(page);
    ASSERT_EQ(page->messages.size(), 2U);
    EXPECT_EQ(page->messages.at(0).more.at("toolResult").at("content"), "7 a");
    EXPECT_EQ(page->messages.at(1).content, "7 a");
}

TEST(QwenReader, hides_what_nobody_typed)
{
    QwenHome const home;
    home.append(user("a", "", "typed"));
    home.append(R"({"uuid":"b","type":"user","subtype":"notification","message":{"parts":[{"text":"injected"}]}})"
                "\n");
    home.append(R"({"uuid":"c","type":"user","provenance":"hook","message":{"parts":[{"text":"injected"}]}})"
                "\n");
    home.append(R"({"uuid":"d","type":"user","message":{"parts":[{"functionResponse":{"id":"x"}}]}})"
                "\n");
    home.append(R"({"uuid":"e","type":"assistant","isSidechain":true,"message":{"parts":[{"text":"sub"}]}})"
                "\n");
    EXPECT_EQ(home.page_lines(), Lines{"u:typed"});
}

TEST(QwenReader, shows_that_a_request_failed_and_not_what_files_said)
{
    QwenHome const home;
    home.append(
        R"({"uuid":"a","type":"user","provenance":"real_user","message":{"parts":[{"text":"See @b"},{"text":"\n--- Content from referenced files ---"},{"text":"secret"},{"text":"\n--- End of content ---"}]}})"
        "\n");
    home.append(
        R"({"uuid":"b","type":"system","subtype":"ui_telemetry","systemPayload":{"uiEvent":{"event.name":"qwen-code.api_error","error_message":"400 no","error_type":"BadRequestError"}}})"
        "\n");
    home.append(
        R"({"uuid":"c","type":"system","subtype":"ui_telemetry","systemPayload":{"uiEvent":{"event.name":"qwen-code.api_response","error_message":"x"}}})"
        "\n");
    EXPECT_EQ(home.page_lines(), (Lines{"u:See @b", "error:400 no"}));
}

TEST(QwenReader, takes_back_turns)
{
    QwenHome const home;
    home.append(user("a", "", "one") + user("b", "a", "two") + user("c", "b", "three"));
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(home.source(), state, log));
    home.append(R"({"uuid":"r1","parentUuid":"lost","type":"system","subtype":"rewind"})"
                "\n");
    ASSERT_TRUE(home.reader->read(home.source(), state, log));
    EXPECT_EQ(log.lines(), (Lines{"u:one", "u:two"}));
    home.append(R"({"uuid":"r2","parentUuid":"a","type":"system","subtype":"rewind"})"
                "\n");
    ASSERT_TRUE(home.reader->read(home.source(), state, log));
    EXPECT_EQ(log.lines(), Lines{"u:one"});
    home.append(R"({"uuid":"r3","parentUuid":null,"type":"system","subtype":"rewind"})"
                "\n" +
                user("d", "r3", "anew"));
    ASSERT_TRUE(home.reader->read(home.source(), state, log));
    EXPECT_EQ(log.lines(), Lines{"u:anew"});
    EXPECT_EQ(state.facts.first_user_text, "anew");
    EXPECT_EQ(state.facts.counted, 1);
}

TEST(QwenReader, survives_circles_doubles_and_nonsense)
{
    QwenHome const home;
    home.append(user("a", "b", "one") + user("b", "a", "two") + user("a", "a", "one again"));
    home.append("{broken\n[]\n{\"uuid\":\"x\",\"type\":\"hologram\"}\n{\"type\":\"assistant\"}\n");
    home.append(R"({"uuid":"t","type":"tool_result","toolCallResult":{"callId":"none","resultDisplay":"alone"}})"
                "\n");
    home.append(R"({"uuid":"u","type":"assistant","message":{"parts":[{"functionCall":{}},{"functionCall":7},3]}})"
                "\n");
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(home.source(), state, log));
    EXPECT_EQ(log.lines(),
              (Lines{"u:one", "u:two", "raw:{\"uuid\":\"x\",\"type\":\"hologram\"}", "result:alone", "tool():{}"}));
    EXPECT_EQ(state.facts.unknown_records, 1);
    EXPECT_EQ(state.facts.skipped_bytes, 9);
}

TEST(QwenReader, gives_attachments_that_clients_wrote_behind_the_prompt)
{
    QwenHome const home;
    home.append(user(
        "a", "",
        R"(Look <images_input>x</images_input> here\n<images_input>1. C:\\a b.png (original name: a.png) 2. /c.png</images_input>)"));
    auto const page = home.reader->page(home.source(), nullptr, {});
    ASSERT_TRUE(page);
    EXPECT_EQ(page->messages.at(0).content, "Look <images_input>x</images_input> here");
    EXPECT_EQ(boost::json::serialize(page->messages.at(0).more.at("images")),
              R"([{"path":"C:/a b.png","name":"a.png"},{"path":"/c.png"}])");
}

TEST(QwenReader, finds_and_removes_conversations_only)
{
    QwenHome const home;
    home.copy();
    EXPECT_EQ(home.reader->source_of(home.file)->id, "aaaa");
    EXPECT_FALSE(home.reader->source_of(home.folder.path() / "projects/-work-app/chats/x/aaaa.jsonl"));
    EXPECT_FALSE(home.reader->source_of(home.file.parent_path() / "bbbb.jsonl"));
    SessionSource source = home.source();
    source.path = home.folder.path() / "settings.json";
    EXPECT_EQ(home.reader->remove(source).error().code, core::Errc::invalid);
    ASSERT_TRUE(home.reader->remove(home.source()));
    EXPECT_TRUE(home.reader->discover()->empty());
}

} // namespace
} // namespace pix::workbench
