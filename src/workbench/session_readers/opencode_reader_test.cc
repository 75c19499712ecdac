#include "workbench/session_readers/opencode_reader.h"

#include <fstream>

#include <gtest/gtest.h>

#include "core/base/testing/temporary_folder.h"
#include "core/store/testing/other_program.h"
#include "workbench/session_readers/testing/message_log.h"

namespace pix::workbench {
namespace {

namespace fs = std::filesystem;
using pix::testing::lines_of;
using pix::testing::MessageLog;
using pix::testing::OtherProgram;
using pix::testing::TemporaryFolder;
using Lines = std::vector<std::string>;

std::string text_of(const fs::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::string fixture(const char* name)
{
    return text_of(fs::path(PIX_SOURCE_DIR) / "tests/data/sessions/opencode" / name);
}

/// A home with OpenCode's database in it, and OpenCode running.
struct OpenCodeHome {
    OpenCodeHome() : program(database())
    {
        home.user_home = folder.path();
        reader = make_opencode_reader(home);
    }
    fs::path database() const { return folder.path() / ".local/share/opencode/opencode.db"; }
    SessionSource source(std::string_view id) const
    {
        auto const sources = reader->discover();
        for (const SessionSource& source : sources.value())
            if (source.id == id) return source;
        return {};
    }
    Lines page_lines(std::string_view id, PageRequest request = {.limit = std::nullopt}) const
    {
        auto const page = reader->page(source(id), nullptr, request);
        return page ? lines_of(page->messages) : Lines{page.error().message + page.error().detail};
    }

    TemporaryFolder folder;
    OtherProgram program;
    ProviderHome home;
    std::unique_ptr<SessionReader> reader;
};

const Lines whole_conversation = {"u:Add a greeting",
                                  "think:The file is small.",
                                  "tool(read):{\"filePath\":\"/work/app/a.txt\"}",
                                  "result:hello",
                                  "a:Done, see a.txt",
                                  "u:hello there",
                                  "tool(bash):{\"command\":\"false\"}",
                                  "!result:exit 1",
                                  "error:The model is busy"};

TEST(OpenCodeReader, reads_a_conversation_with_tools_thinking_and_errors)
{
    OpenCodeHome const home;
    const_cast<OtherProgram&>(home.program).run(fixture("conversation.sql"));
    auto const sources = home.reader->discover();
    ASSERT_TRUE(sources) << sources.error().detail;
    ASSERT_EQ(sources->size(), 3U);
    SessionSource const source = home.source("ses_1");
    EXPECT_EQ(source.folder_hint, "/work/app");
    ReadState state;
    MessageLog log;
    auto const more = home.reader->read(source, state, log);
    ASSERT_TRUE(more) << more.error().detail;
    EXPECT_FALSE(*more);
    EXPECT_EQ(log.lines(), whole_conversation);
    EXPECT_EQ(state.facts.cwd, "/work/app");
    EXPECT_EQ(state.facts.given_title, "Greeting");
    EXPECT_EQ(state.facts.first_user_text, "Add a greeting");
    EXPECT_EQ(state.facts.last_text, "Done, see a.txt");
    EXPECT_EQ(state.facts.model, "gpt-x");
    EXPECT_EQ(state.facts.counted, 7);
    EXPECT_EQ(state.facts.user_and_assistant, 3);
    EXPECT_FALSE(state.facts.is_hidden);
    EXPECT_EQ(state.offset, 4U);
    EXPECT_EQ(state.facts.started_at, 1'700'000'000'000);
}

TEST(OpenCodeReader, counts_tokens_once_each)
{
    OpenCodeHome home;
    home.program.run(fixture("conversation.sql"));
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(home.source("ses_1"), state, log));
    EXPECT_EQ(state.facts.total.input, 12);
    EXPECT_EQ(state.facts.total.output, 7);
    EXPECT_EQ(state.facts.total.reasoning, 3);
    EXPECT_EQ(state.facts.total.cache_read, 5);
    EXPECT_EQ(state.facts.total.cache_creation, 2);
    ASSERT_TRUE(state.facts.total.cost);
    EXPECT_DOUBLE_EQ(*state.facts.total.cost, 0.25);
    // On the first message of an answer only.
    int with_use = 0;
    for (const Message& message : log.messages) with_use += message.use ? 1 : 0;
    EXPECT_EQ(with_use, 1);
    EXPECT_EQ(log.messages.at(1).use->input, 4);
    // Without the columns, the messages' own counts are added up.
    home.program.run("ALTER TABLE session DROP COLUMN tokens_input");
    ReadState again;
    ASSERT_TRUE(home.reader->read(home.source("ses_1"), again, log));
    EXPECT_EQ(again.facts.total.input, 4);
}

TEST(OpenCodeReader, hides_sub_agents_and_archived_conversations)
{
    OpenCodeHome home;
    home.program.run(fixture("conversation.sql"));
    for (const char* id : {"ses_child", "ses_old"}) {
        ReadState state;
        MessageLog log;
        ASSERT_TRUE(home.reader->read(home.source(id), state, log));
        EXPECT_TRUE(state.facts.is_hidden) << id;
    }
}

TEST(OpenCodeReader, gives_pages_from_the_end)
{
    OpenCodeHome home;
    home.program.run(fixture("conversation.sql"));
    EXPECT_EQ(home.page_lines("ses_1"), whole_conversation);
    SessionSource const source = home.source("ses_1");
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(source, state, log));
    for (const ReadState* known : {static_cast<const ReadState*>(nullptr), static_cast<const ReadState*>(&state)}) {
        auto const newest = home.reader->page(source, known, {0, 2});
        ASSERT_TRUE(newest);
        EXPECT_EQ(newest->total, 7);
        EXPECT_TRUE(newest->has_more);
        EXPECT_EQ(lines_of(newest->messages),
                  (Lines{"tool(bash):{\"command\":\"false\"}", "!result:exit 1", "error:The model is busy"}));
        auto const oldest = home.reader->page(source, known, {4, 100});
        ASSERT_TRUE(oldest);
        EXPECT_FALSE(oldest->has_more);
        EXPECT_EQ(lines_of(oldest->messages), (Lines{"u:Add a greeting", "think:The file is small.",
                                                     "tool(read):{\"filePath\":\"/work/app/a.txt\"}", "result:hello"}));
        auto const nothing = home.reader->page(source, known, {0, 0});
        ASSERT_TRUE(nothing);
        EXPECT_TRUE(nothing->messages.empty());
        EXPECT_TRUE(nothing->has_more);
        auto const beyond = home.reader->page(source, known, {10, 3});
        ASSERT_TRUE(beyond);
        EXPECT_TRUE(beyond->messages.empty());
        EXPECT_FALSE(beyond->has_more);
    }
}

TEST(OpenCodeReader, joins_calls_and_results)
{
    OpenCodeHome home;
    home.program.run(fixture("conversation.sql"));
    auto const page = home.reader->page(home.source("ses_1"), nullptr, {});
    ASSERT_TRUE(page);
    const Message& call = page->messages.at(2);
    EXPECT_EQ(call.more.at("toolId"), "call_1");
    EXPECT_EQ(call.more.at("toolResult").at("content"), "hello");
    EXPECT_EQ(call.more.at("toolResult").at("isError"), false);
    EXPECT_EQ(call.more.at("toolResult").at("toolUseResult").at("title"), "a.txt");
    EXPECT_EQ(page->messages.at(3).more.at("toolId"), "call_1");
    EXPECT_EQ(page->messages.at(3).id, call.id + "_result");
    EXPECT_FALSE(page->messages.at(3).counted());
}

TEST(OpenCodeReader, gives_attached_files_with_the_text_they_came_with)
{
    OpenCodeHome home;
    home.program.run(fixture("conversation.sql"));
    auto const page = home.reader->page(home.source("ses_1"), nullptr, {});
    ASSERT_TRUE(page);
    const auto& more = page->messages.at(0).more;
    ASSERT_TRUE(more.contains("images"));
    EXPECT_EQ(more.at("images").at(0).at("data"), "data:image/png;base64,iVBORw0KGgo=");
    EXPECT_EQ(more.at("files").at(0).at("path"), "/work/app/my notes.txt");
    EXPECT_EQ(more.at("files").at(0).at("name"), "my notes.txt");
}

TEST(OpenCodeReader, follows_a_live_conversation)
{
    OpenCodeHome home;
    home.program.run(fixture("conversation.sql"));
    SessionSource const before = home.source("ses_1");
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(before, state, log));
    int const added = log.added;
    // Nothing new: nothing is said.
    ASSERT_TRUE(home.reader->read(before, state, log));
    EXPECT_EQ(log.added, added);
    home.program.run(R"(INSERT INTO message VALUES ('msg_5', 'ses_1', 1700000009000, 1700000009000,
                        '{"role":"assistant","time":{"created":1700000009000},"modelID":"gpt-x"}');
                        INSERT INTO part VALUES ('prt_90', 'msg_5', 'ses_1', 1700000009000, 1700000009000,
                        '{"type":"tool","tool":"bash","callID":"c9","state":{"status":"running","input":{"command":"ls"}}}'))");
    SessionSource const running = home.source("ses_1");
    EXPECT_NE(running.modified, before.modified);
    ASSERT_TRUE(home.reader->read(running, state, log));
    EXPECT_EQ(log.lines().back(), "tool(bash):{\"command\":\"ls\"}");
    home.program.run(R"(UPDATE part SET time_updated = 1700000010000, data =
        '{"type":"tool","tool":"bash","callID":"c9","state":{"status":"completed","input":{"command":"ls"},"output":"a.txt"}}'
        WHERE id = 'prt_90')");
    SessionSource const done = home.source("ses_1");
    EXPECT_NE(done.modified, running.modified);
    ASSERT_TRUE(home.reader->read(done, state, log));
    EXPECT_EQ(log.lines().back(), "result:a.txt");
    EXPECT_EQ(log.doubles, 0);
    EXPECT_EQ(state.facts.counted, 8);
    // Two of the seven, and the call: what was there is not given again.
    EXPECT_EQ(log.added, added + 3);
}

TEST(OpenCodeReader, takes_back_what_the_user_undid)
{
    OpenCodeHome home;
    home.program.run(fixture("conversation.sql"));
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(home.source("ses_1"), state, log));
    home.program.run("DELETE FROM part WHERE message_id IN ('msg_1', 'msg_2'); "
                     "DELETE FROM message WHERE id IN ('msg_1', 'msg_2')");
    ASSERT_TRUE(home.reader->read(home.source("ses_1"), state, log));
    EXPECT_EQ(log.lines(), (Lines{"u:hello there", "tool(bash):{\"command\":\"false\"}", "!result:exit 1",
                                  "error:The model is busy"}));
    EXPECT_EQ(state.facts.first_user_text, "hello there");
    EXPECT_EQ(state.facts.last_text, "");
    EXPECT_EQ(state.facts.counted, 3);
}

TEST(OpenCodeReader, goes_on_where_a_bounded_reading_stopped)
{
    OpenCodeHome home;
    home.program.run(fixture("conversation.sql"));
    SessionSource const source = home.source("ses_1");
    ReadState state;
    MessageLog log;
    int readings = 0;
    for (bool more = true; more && readings < 100; ++readings) {
        // The state goes through its JSON, as it does in the index.
        state.memory =
            boost::json::parse(boost::json::serialize(state.memory.empty() ? boost::json::object() : state.memory))
                .as_object();
        auto const result = home.reader->read(source, state, log, 1);
        ASSERT_TRUE(result);
        more = *result;
    }
    EXPECT_EQ(readings, 4);
    EXPECT_EQ(log.lines(), whole_conversation);
    EXPECT_EQ(log.doubles, 0);
}

TEST(OpenCodeReader, does_with_the_columns_that_are_there)
{
    OpenCodeHome home;
    home.program.run(R"(CREATE TABLE session (id TEXT, title TEXT);
        CREATE TABLE message (id TEXT, session_id TEXT, data TEXT);
        CREATE TABLE part (id TEXT, message_id TEXT, data TEXT);
        INSERT INTO session VALUES ('ses_a', 'New session - 2026-01-02T03:04:05.678Z');
        INSERT INTO message VALUES ('m1', 'ses_a', '{"role":"user"}'), ('m2', 'ses_a',
            '{"role":"assistant","path":{"cwd":"/where"},"tokens":{"input":1,"output":2}}');
        INSERT INTO part VALUES ('p1', 'm1', '{"type":"text","text":"hi"}'), ('p2', 'm2', '{"type":"text","text":"ho"}'))");
    EXPECT_EQ(home.page_lines("ses_a"), (Lines{"u:hi", "a:ho"}));
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(home.source("ses_a"), state, log));
    EXPECT_EQ(state.facts.given_title, "");
    EXPECT_EQ(state.facts.cwd, "/where");
    EXPECT_EQ(state.facts.total.output, 2);
    home.program.run("UPDATE part SET data = '{\"type\":\"text\",\"text\":\"ho ho\"}' WHERE id = 'p2'");
    ASSERT_TRUE(home.reader->read(home.source("ses_a"), state, log));
    EXPECT_EQ(log.lines(), (Lines{"u:hi", "a:ho ho"}));
    EXPECT_EQ(state.facts.cwd, "/where");
}

TEST(OpenCodeReader, says_unavailable_while_the_database_is_made_or_locked)
{
    OpenCodeHome home;
    auto const empty = home.reader->discover();
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.error().code, core::Errc::unavailable);
    home.program.run("CREATE TABLE session (id TEXT, directory TEXT)");
    ASSERT_TRUE(home.reader->discover());
    auto const gone = home.reader->page({.id = "ses_x", .path = home.database()}, nullptr, {});
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, core::Errc::not_found);
}

TEST(OpenCodeReader, survives_rows_that_make_no_sense)
{
    OpenCodeHome home;
    home.program.run(fixture("conversation.sql"));
    home.program.run(R"(INSERT INTO session (id, directory) VALUES ('../../etc', 'x'), (NULL, 'x'), (x'ff00', 'x');
        INSERT INTO message VALUES ('bad_1', 'ses_1', 'soon', -5, 'no json'), ('bad_2', 'ses_1', 9e300, NULL, NULL),
            ('bad_3', 'ses_1', 1800000000000, 1, '{"role":7,"tokens":{"input":-4,"output":9e99},"time":[]}');
        INSERT INTO part VALUES ('q1', 'bad_3', 'ses_1', 1, 1, '{"type":'), ('q2', 'bad_3', 'ses_1', 1, 1, '[]'),
            ('q3', 'bad_3', 'ses_1', 1, 1, '{"type":"tool","state":4}'),
            ('q4', 'bad_3', 'ses_1', 1, 1, '{"type":"hologram","x":1}'),
            ('q5', 'bad_3', 'ses_1', 1, 1, CAST(x'7b2274797065223a2274657874222c2274657874223a22ff41227d' AS TEXT)))");
    auto const sources = home.reader->discover();
    ASSERT_TRUE(sources);
    EXPECT_EQ(sources->size(), 3U);
    ReadState state;
    MessageLog log;
    auto const more = home.reader->read(home.source("ses_1"), state, log);
    ASSERT_TRUE(more) << more.error().detail;
    EXPECT_EQ(state.facts.unknown_records, 1);
    EXPECT_GT(state.facts.skipped_bytes, 0);
    auto const lines = log.lines();
    EXPECT_NE(std::ranges::find(lines, "tool():{}"), lines.end());
    EXPECT_NE(std::ranges::find(lines, "raw:{\"type\":\"hologram\",\"x\":1}"), lines.end());
    EXPECT_NE(std::ranges::find(lines, "a:\xef\xbf\xbd"
                                       "A"),
              lines.end());
}

TEST(OpenCodeReader, leaves_out_a_part_that_is_too_large)
{
    OpenCodeHome home;
    home.program.run(fixture("conversation.sql"));
    home.program.run("UPDATE part SET data = zeroblob(17000000) WHERE id = 'prt_01'");
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(home.source("ses_1"), state, log));
    EXPECT_GT(state.facts.skipped_bytes, 0);
    EXPECT_EQ(log.lines().size(), whole_conversation.size());
    EXPECT_EQ(log.lines().front(), "u:"); // its images are still there
}

TEST(OpenCodeReader, removes_a_conversation_and_its_sub_agents_and_no_other)
{
    OpenCodeHome home;
    home.program.run(fixture("conversation.sql"));
    SessionSource const source = home.source("ses_1");
    auto const removed = home.reader->remove(source);
    ASSERT_TRUE(removed) << removed.error().detail;
    auto const left = home.reader->discover();
    ASSERT_EQ(left->size(), 1U);
    EXPECT_EQ(left->front().id, "ses_old");
    home.program.run("CREATE TEMP TABLE left_over AS SELECT count(*) AS n FROM part; "
                     "CREATE TEMP TABLE t (n CHECK (n = 1)); INSERT INTO t SELECT n FROM left_over");
    auto const again = home.reader->remove(source);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, core::Errc::not_found);
}

TEST(OpenCodeReader, removes_in_spite_of_a_circle_of_parents)
{
    OpenCodeHome home;
    home.program.run(fixture("conversation.sql"));
    home.program.run("UPDATE session SET parent_id = 'ses_child' WHERE id = 'ses_1'");
    EXPECT_TRUE(home.reader->remove(home.source("ses_1")));
    EXPECT_EQ(home.reader->discover()->size(), 1U);
}

TEST(OpenCodeReader, reads_the_files_of_older_versions_when_there_is_no_database)
{
    TemporaryFolder const folder;
    fs::path const storage = folder.path() / "opencode/storage";
    auto const write = [&](const char* name, const char* text) {
        fs::create_directories((storage / name).parent_path());
        std::ofstream(storage / name) << text;
    };
    write("session/global/ses_f.json",
          R"({"id":"ses_f","title":"From files","directory":"/work/old","time":{"created":5,"updated":9}})");
    write("message/ses_f/msg_1.json", R"({"id":"msg_1","role":"user","time":{"created":5}})");
    write("message/ses_f/msg_2.json", R"({"id":"msg_2","role":"assistant","time":{"created":6},"modelID":"m"})");
    write("part/msg_1/prt_1.json", R"({"id":"prt_1","type":"text","text":"ask"})");
    write("part/msg_2/prt_2.json", R"({"id":"prt_2","type":"text","text":"answer"})");
    ProviderHome home;
    home.user_home = "/nowhere";
    home.xdg_data_home = folder.path().string();
    auto const reader = make_opencode_reader(home);
    auto const sources = reader->discover();
    ASSERT_TRUE(sources);
    ASSERT_EQ(sources->size(), 1U);
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(reader->read(sources->front(), state, log));
    EXPECT_EQ(log.lines(), (Lines{"u:ask", "a:answer"}));
    EXPECT_EQ(state.facts.cwd, "/work/old");
    EXPECT_EQ(state.facts.given_title, "From files");
    auto const by_message = reader->source_of(storage / "message/ses_f/msg_2.json");
    ASSERT_TRUE(by_message);
    EXPECT_EQ(by_message->id, "ses_f");
    EXPECT_FALSE(reader->source_of("/etc/passwd"));
    auto const page = reader->page(sources->front(), &state, {0, 1});
    ASSERT_TRUE(page);
    EXPECT_EQ(lines_of(page->messages), Lines{"a:answer"});
    ASSERT_TRUE(reader->remove(sources->front()));
    EXPECT_TRUE(reader->discover()->empty());
    EXPECT_FALSE(fs::exists(storage / "part/msg_1"));
}

} // namespace
} // namespace pix::workbench
