#include "workbench/session_readers/cursor_reader.h"

#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "core/base/testing/temporary_folder.h"
#include "core/base/text.h"
#include "core/store/testing/other_program.h"
#include "workbench/session_readers/cursor_blobs.h"
#include "workbench/session_readers/cursor_message.h"
#include "workbench/session_readers/cursor_store.h"
#include "workbench/session_readers/testing/message_log.h"

namespace pix::workbench {
namespace {

namespace fs = std::filesystem;
using pix::testing::lines_of;
using pix::testing::MessageLog;
using pix::testing::OtherProgram;
using pix::testing::TemporaryFolder;
using Lines = std::vector<std::string>;

std::string bytes_of(const std::string& hex_id)
{
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex_id.size(); i += 2)
        bytes += static_cast<char>(std::stoi(hex_id.substr(i, 2), nullptr, 16));
    return bytes;
}

/// A conversation's folder with Cursor's database, and Cursor running.
class CursorChat {
public:
    CursorChat(const fs::path& home, const std::string& workspace, const std::string& id)
        : folder(home / ".cursor/chats" / md5_of(workspace) / id), program(folder / "store.db")
    {
        program.run("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT); "
                    "CREATE TABLE blobs (id TEXT PRIMARY KEY, data BLOB)");
    }

    /// The id of a new blob.
    std::string blob(const std::string& data, std::string id = {})
    {
        if (id.empty()) id = md5_of(data) + md5_of(data + "2");
        program.run("INSERT OR REPLACE INTO blobs VALUES ('" + id + "', x'" + core::hex(data) + "')");
        return id;
    }
    /// A binary node that names others and may hold a message.
    std::string node(const Lines& ids, const std::string& message = {}, std::string id = {})
    {
        std::string data;
        for (const std::string& reference : ids) data += "\x0a\x20" + bytes_of(reference);
        data += std::string("\x12\x02hi", 4) + std::string("\x18\x96\x01", 3);
        if (!message.empty()) data += std::string("\x22") + static_cast<char>(message.size()) + message;
        return blob(data, std::move(id));
    }
    void meta(const std::string& json)
    {
        program.run("INSERT OR REPLACE INTO meta VALUES ('0', '" + core::hex(json) + "')");
    }
    void root(const std::string& id)
    {
        meta(R"({"agentId":"a","latestRootBlobId":")" + id +
             R"(","name":"Sort things","mode":"default","createdAt":1700000000000,"lastUsedModel":"fast-1"})");
    }

    fs::path folder;
    OtherProgram program;
};

struct CursorHome {
    CursorHome() : reader(make_cursor_reader({.user_home = folder.path()})) {}
    SessionSource source(std::string_view id) const
    {
        auto const sources = reader->discover();
        for (const SessionSource& source : sources.value())
            if (source.id == id) return source;
        return {};
    }
    Lines page_lines(std::string_view id) const
    {
        auto const page = reader->page(source(id), nullptr, {.limit = std::nullopt});
        return page ? lines_of(page->messages) : Lines{page.error().message + page.error().detail};
    }

    TemporaryFolder folder;
    std::unique_ptr<SessionReader> reader;
};

const std::string system_text = R"({"role":"system","content":"You are a helper"})";
const std::string user_text =
    R"({"role":"user","content":[{"type":"text","text":"<user_info>\nWorkspace Path: /work/app\n</user_info>"},)"
    R"({"type":"text","text":"<timestamp>now</timestamp>\n<user_query>\nSort the list\n</user_query>"},)"
    R"({"type":"image","mimeType":"image/jpeg","image":"AAAA"}]})";
const std::string call_text =
    R"({"role":"assistant","content":[{"type":"reasoning","text":"Use sort."},{"type":"redacted-reasoning","data":"x"},)"
    R"({"type":"text","text":"I sort it."},{"type":"tool-call","toolCallId":"c1","toolName":"Shell","args":{"command":"sort a"}},)"
    R"({"type":"tool-call","toolCallId":"c2","toolName":"ApplyPatch","args":"patch"}]})";
const std::string result_text =
    R"({"role":"tool","content":[{"type":"tool-result","toolCallId":"c1","toolName":"Shell","result":"a b"},)"
    R"({"type":"tool-result","toolCallId":"c2","toolName":"ApplyPatch","result":{"ok":true}}]})";
const std::string answer_text = R"({"role":"assistant","content":"Sorted."})";

const Lines whole_conversation = {
    "u:Sort the list", "think:Use sort.",      "a:I sort it.",         "tool(Bash):{\"command\":\"sort a\"}",
    "result:a b",      "tool(Edit):\"patch\"", "result:{\"ok\":true}", "a:Sorted."};

TEST(CursorReader, reads_a_conversation_in_the_order_of_its_nodes)
{
    CursorHome const home;
    CursorChat chat(home.folder.path(), "/work/app", "11111111-1111-4111-8111-111111111111");
    // Rows stand in another order than the conversation.
    auto const answer = chat.blob(answer_text);
    auto const result = chat.blob(result_text);
    auto const user = chat.blob(user_text);
    auto const call = chat.blob(call_text);
    auto const system = chat.blob(system_text);
    auto const first = chat.node({system, user, call});
    chat.root(chat.node({result, answer, first}));
    auto const sources = home.reader->discover();
    ASSERT_TRUE(sources);
    ASSERT_EQ(sources->size(), 1U);
    const SessionSource& source = sources->front();
    EXPECT_EQ(source.folder_hint, md5_of("/work/app"));
    ReadState state;
    MessageLog log;
    auto const more = home.reader->read(source, state, log);
    ASSERT_TRUE(more) << more.error().detail;
    EXPECT_EQ(log.lines(), whole_conversation);
    EXPECT_EQ(state.facts.given_title, "Sort things");
    EXPECT_EQ(state.facts.model, "fast-1");
    EXPECT_EQ(state.facts.cwd, "/work/app");
    EXPECT_EQ(state.facts.started_at, 1'700'000'000'000);
    EXPECT_EQ(state.facts.last_activity, source.modified / 1'000'000);
    EXPECT_EQ(state.facts.user_and_assistant, 3);
    EXPECT_EQ(state.facts.counted, 6);
    EXPECT_EQ(log.messages.at(0).more.at("images").at(0).at("data"), "data:image/jpeg;base64,AAAA");
    EXPECT_EQ(log.messages.at(3).more.at("toolResult").at("content"), "a b");
}

TEST(CursorReader, follows_a_conversation_as_answers_arrive)
{
    CursorHome const home;
    CursorChat chat(home.folder.path(), "/work/app", "s1");
    auto const user = chat.blob(user_text);
    auto const call = chat.blob(call_text);
    chat.root(chat.node({user, call}));
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(home.source("s1"), state, log));
    EXPECT_EQ(log.lines().back(), "tool(Edit):\"patch\"");
    ASSERT_TRUE(home.reader->read(home.source("s1"), state, log));
    EXPECT_EQ(log.added, 5);
    auto const result = chat.blob(result_text);
    auto const answer = chat.blob(answer_text);
    chat.root(chat.node({user, call, result, answer}));
    ASSERT_TRUE(home.reader->read(home.source("s1"), state, log));
    EXPECT_EQ(log.lines(), whole_conversation);
    EXPECT_EQ(log.doubles, 0);
}

TEST(CursorReader, shows_messages_that_lie_in_nodes_or_that_no_node_names)
{
    CursorHome const home;
    CursorChat chat(home.folder.path(), "/work/app", "s1");
    chat.blob(R"({"role":"assistant","content":"lost and found"})");
    auto const user = chat.blob(user_text);
    chat.root(chat.node({user}, R"({"role":"assistant","content":"inside"})"));
    EXPECT_EQ(home.page_lines("s1"), (Lines{"u:Sort the list", "a:inside", "a:lost and found"}));
}

TEST(CursorReader, walks_circles_of_nodes_once)
{
    CursorHome const home;
    CursorChat chat(home.folder.path(), "/work/app", "s1");
    auto const user = chat.blob(user_text);
    auto const answer = chat.blob(answer_text);
    std::string const a(64, 'a');
    std::string const b(64, 'b');
    chat.node({b, user, a}, {}, a);
    chat.node({a, answer, b}, {}, b);
    chat.root(a);
    EXPECT_EQ(home.page_lines("s1"), (Lines{"a:Sorted.", "u:Sort the list"}));
}

TEST(CursorReader, survives_blobs_and_meta_that_make_no_sense)
{
    CursorHome const home;
    CursorChat chat(home.folder.path(), "/work/app", "s1");
    chat.blob("{broken");
    chat.blob(R"({"role":"assistant","content":[7,{"type":"hologram"},{"type":"tool-call"}]})");
    chat.blob(R"({"role":"user","content":{"a":1}})");
    chat.blob("{\"role\":\"assistant\",\"content\":\"\xff\"}");
    chat.blob(std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11));
    chat.program.run("INSERT INTO blobs VALUES (NULL, NULL), ('x', 5), ('y', zeroblob(17000000))");
    chat.meta("no json");
    ReadState state;
    MessageLog log;
    auto const more = home.reader->read(home.source("s1"), state, log);
    ASSERT_TRUE(more) << more.error().detail;
    EXPECT_EQ(log.lines(), (Lines{"raw:{\"type\":\"hologram\"}", "tool():{}", "a:\xef\xbf\xbd"}));
    EXPECT_EQ(state.facts.unknown_records, 1);
    EXPECT_GT(state.facts.skipped_bytes, 0);
    EXPECT_EQ(state.facts.given_title, "");
}

TEST(CursorReader, says_unavailable_for_a_store_without_tables)
{
    CursorHome const home;
    fs::path const folder = home.folder.path() / ".cursor/chats" / md5_of("/x") / "s1";
    OtherProgram const program(folder / "store.db");
    auto const page = home.reader->page(home.source("s1"), nullptr, {});
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code, core::Errc::unavailable);
}

TEST(CursorReader, takes_the_working_folder_only_if_the_folder_name_proves_it)
{
    CursorHome const home;
    CursorChat chat(home.folder.path(), "/another/place", "s1");
    chat.root(chat.node({chat.blob(user_text)}));
    ReadState state;
    MessageLog log;
    ASSERT_TRUE(home.reader->read(home.source("s1"), state, log));
    EXPECT_EQ(state.facts.cwd, "");
    fs::path const project = home.folder.path() / ".cursor/projects/another-place";
    fs::create_directories(project);
    std::ofstream(project / "worker.log") << "start\nworkspacePath=/another/place\nmore\n";
    ASSERT_TRUE(home.reader->read(home.source("s1"), state, log));
    EXPECT_EQ(state.facts.cwd, "/another/place");
}

TEST(CursorReader, reads_transcripts_of_conversations_without_a_database)
{
    CursorHome const home;
    fs::path const project = home.folder.path() / ".cursor/projects/work-app";
    fs::path const file = project / "agent-transcripts/t1/t1.jsonl";
    fs::create_directories(file.parent_path());
    fs::copy_file(fs::path(PIX_SOURCE_DIR) / "tests/data/sessions/cursor/transcript.jsonl", file);
    std::ofstream(project / "worker.log") << "workspacePath=/work/app\n";
    SessionSource const source = home.source("t1");
    EXPECT_EQ(source.folder_hint, "/work/app");
    Lines const lines = {"u:List the files", "a:There are two.", "tool(Bash):{\"command\":\"ls\"}", "a:Done."};
    ReadState state;
    MessageLog log;
    auto const more = home.reader->read(source, state, log, 1);
    ASSERT_TRUE(more);
    EXPECT_TRUE(*more);
    EXPECT_EQ(log.lines(), Lines{"u:List the files"});
    while (*home.reader->read(source, state, log, 1)) {
    }
    EXPECT_EQ(log.lines(), lines);
    EXPECT_EQ(state.facts.cwd, "/work/app");
    EXPECT_EQ(state.facts.first_user_text, "List the files");
    // A half-written line waits, and a page knows what came after the state.
    std::ofstream(file, std::ios::app) << R"({"role":"user","content":"more")";
    ASSERT_TRUE(home.reader->read(source, state, log));
    EXPECT_EQ(log.lines(), lines);
    std::ofstream(file, std::ios::app) << "}\n{broken\n";
    auto const page = home.reader->page(source, &state, {0, 1});
    ASSERT_TRUE(page);
    EXPECT_EQ(lines_of(page->messages), Lines{"u:more"});
    EXPECT_EQ(page->total, 5);
    ASSERT_TRUE(home.reader->read(source, state, log));
    EXPECT_EQ(state.facts.skipped_bytes, 7);
    EXPECT_EQ(home.reader->source_of(file)->id, "t1");
    // The same conversation in a database says more.
    CursorChat chat(home.folder.path(), "/work/app", "t1");
    EXPECT_FALSE(home.reader->source_of(file));
    EXPECT_EQ(home.source("t1").path, chat.folder / "store.db");
}

TEST(CursorReader, finds_the_conversation_of_a_changed_file)
{
    CursorHome const home;
    CursorChat const chat(home.folder.path(), "/work/app", "s1");
    EXPECT_EQ(home.reader->source_of(chat.folder / "store.db-wal")->id, "s1");
    EXPECT_EQ(home.reader->source_of(chat.folder / "store.db")->path, chat.folder / "store.db");
    EXPECT_FALSE(home.reader->source_of(chat.folder / "prompt_history.json"));
    EXPECT_FALSE(home.reader->source_of("/store.db"));
}

TEST(CursorReader, removes_the_folder_of_one_conversation)
{
    CursorHome const home;
    CursorChat const chat(home.folder.path(), "/work/app", "s1");
    CursorChat const other(home.folder.path(), "/work/app", "s2");
    fs::path const transcript = home.folder.path() / ".cursor/projects/p/agent-transcripts/s1/s1.jsonl";
    fs::create_directories(transcript.parent_path());
    std::ofstream(transcript.string()) << "{}\n";
    fs::path const outside = home.folder.path() / "outside";
    fs::create_directories(outside);
    fs::create_directories(home.folder.path() / ".cursor/chats" / md5_of("/else"));
    fs::create_directory_symlink(outside, home.folder.path() / ".cursor/chats" / md5_of("/else") / "s1");
    SessionSource const source = home.source("s1");
    ASSERT_TRUE(home.reader->remove(source));
    EXPECT_FALSE(fs::exists(chat.folder));
    EXPECT_FALSE(fs::exists(transcript.parent_path()));
    EXPECT_TRUE(fs::exists(other.folder / "store.db"));
    EXPECT_TRUE(fs::exists(outside));
    EXPECT_TRUE(fs::is_symlink(home.folder.path() / ".cursor/chats" / md5_of("/else") / "s1"));
    EXPECT_EQ(home.reader->remove(source).error().code, core::Errc::not_found);
    EXPECT_EQ(home.reader->remove({.id = "../.."}).error().code, core::Errc::invalid);
}

TEST(CursorMessage, shows_what_the_user_typed_and_nothing_else)
{
    EXPECT_EQ(cursor_prompt_of("plain"), "plain");
    EXPECT_EQ(
        cursor_prompt_of("<user_info>x</user_info><system_reminder>y</system_reminder> hi <timestamp>z</timestamp>"),
        "hi");
    EXPECT_EQ(cursor_prompt_of("<user_info>x</user_info><user_query>about <timestamp>1</timestamp></user_query>"),
              "about <timestamp>1</timestamp>");
    EXPECT_EQ(cursor_prompt_of("an open <user_info> stays"), "an open <user_info> stays");
    EXPECT_EQ(cursor_prompt_of("</user_query><user_query>"), "</user_query><user_query>");
}

TEST(CursorBlobs, reads_references_and_stops_at_nonsense)
{
    std::string const id(32, '\x11');
    auto const node = cursor_node_of("\x0a\x20" + id + std::string("\x08\x05", 2) + "\x0a\x20" + id + "\x0a\x7fshort");
    EXPECT_EQ(node.references, (Lines(2, std::string(64, '1'))));
    EXPECT_TRUE(cursor_node_of(std::string(40, '\xff')).references.empty());
    EXPECT_TRUE(cursor_node_of("").references.empty());
}

} // namespace
} // namespace pix::workbench
