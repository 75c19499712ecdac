#include "workbench/session_readers/claude_reader.h"

#include <gtest/gtest.h>

#include "core/base/json.h"
#include "workbench/session_readers/testing/transcript_home.h"

namespace pix::workbench {
namespace {

using testing::json_line;
using testing::MessageLog;
using testing::paged;
using Lines = std::vector<std::string>;

constexpr std::string_view id = "11111111-1111-4111-8111-111111111111";
constexpr std::string_view file = ".claude/projects/-home-ann-app/11111111-1111-4111-8111-111111111111.jsonl";

/// A line of the conversation with all that each line has.
std::string line(std::string_view type, std::string_view uuid, std::string_view message, std::string_view more = "")
{
    return json_line("{'parentUuid':null,'isSidechain':false,'type':'" + std::string(type) + "','uuid':'" +
                     std::string(uuid) + "','sessionId':'" + std::string(id) +
                     "','timestamp':'2026-02-03T04:05:06.007Z','cwd':'/home/ann/app','gitBranch':'main'" +
                     std::string(more) + ",'message':" + std::string(message) + "}");
}

std::string user(std::string_view uuid, std::string_view text, std::string_view more = "")
{
    return line("user", uuid, "{'role':'user','content':'" + std::string(text) + "'}", more);
}

std::string assistant(std::string_view uuid, std::string_view answer, std::string_view block)
{
    return line("assistant", uuid,
                "{'id':'" + std::string(answer) + "','model':'claude-x','role':'assistant','content':[" +
                    std::string(block) +
                    "],'usage':{'input_tokens':100,'cache_read_input_tokens':20,'cache_creation_input_tokens':5,"
                    "'output_tokens':30}}");
}

class ClaudeReaderTest : public ::testing::Test {
protected:
    ClaudeReaderTest() : reader_(make_claude_reader({.user_home = home_.folder()}, {.max_line = 4096, .block = 256})) {}

    SessionSource source()
    {
        auto const found = reader_->source_of(home_.path(file));
        EXPECT_TRUE(found);
        return found.value_or(SessionSource());
    }

    /// Reads on, as far as there is something.
    Lines read(std::uint64_t bytes = UINT64_MAX)
    {
        for (bool more = true; more;) {
            auto const result = reader_->read(source(), state_, log_, bytes);
            EXPECT_TRUE(result);
            more = result && *result;
        }
        return log_.lines();
    }

    testing::TranscriptHome home_;
    std::unique_ptr<SessionReader> reader_;
    ReadState state_;
    MessageLog log_;
};

std::string conversation()
{
    return json_line("{'type':'mode','mode':'normal','sessionId':'x'}") + user("u1", "Sort the list") +
           assistant("a1", "msg1", "{'type':'thinking','thinking':'Hm.','signature':'s'}") +
           assistant("a2", "msg1", "{'type':'text','text':'I sort.'}") +
           assistant("a3", "msg1", "{'type':'tool_use','id':'t1','name':'Bash','input':{'command':'sort'}}") +
           line("user", "r1",
                "{'role':'user','content':[{'type':'tool_result','tool_use_id':'t1','content':[{'type':'text','text':"
                "'a\\nb'}],'is_error':true}]}",
                ",'toolUseResult':{'stdout':'a','originalFile':'big'}") +
           assistant("a4", "msg2", "{'type':'text','text':'Sorted.'}");
}

TEST_F(ClaudeReaderTest, gives_texts_thinking_and_calls_in_their_order)
{
    home_.write(file, conversation());
    EXPECT_EQ(read(), (Lines{"u:Sort the list", "think:Hm.", "a:I sort.", R"(tool(Bash):{"command":"sort"})",
                             "!result:a\nb", "a:Sorted."}));
    EXPECT_EQ(log_.messages[1].id, "a1");
    EXPECT_EQ(log_.messages[4].id, "r1_tr_t1");
    EXPECT_EQ(state_.facts.counted, 5);
    EXPECT_EQ(state_.facts.user_and_assistant, 3);
    EXPECT_EQ(state_.facts.cwd, "/home/ann/app");
    EXPECT_EQ(state_.facts.first_user_text, "Sort the list");
    EXPECT_EQ(state_.facts.last_text, "Sorted.");
    EXPECT_EQ(state_.facts.group, "u1");
    EXPECT_EQ(state_.facts.model, "claude-x");
    EXPECT_EQ(core::iso_time(state_.facts.last_activity, true), "2026-02-03T04:05:06.007Z");
}

TEST_F(ClaudeReaderTest, counts_the_tokens_of_an_answer_once)
{
    home_.write(file, conversation());
    read(1);
    EXPECT_EQ(state_.facts.total.input, 200);
    EXPECT_EQ(state_.facts.total.output, 60);
    EXPECT_EQ(state_.facts.latest.value_or(TokenUse()).cache_read, 20);
    std::int64_t told = 0;
    for (const Message& message : log_.messages) told += message.use ? message.use->output : 0;
    EXPECT_EQ(told, 60);
}

TEST_F(ClaudeReaderTest, reads_in_any_steps_what_it_reads_at_once)
{
    home_.write(file, conversation());
    auto const whole = read();
    for (std::uint64_t const step : {1, 300, 700}) {
        state_ = {};
        log_ = {};
        EXPECT_EQ(read(step), whole) << step;
        // Memory is kept as text between readings.
        auto const memory = core::parse_json(core::to_text(state_.memory));
        ASSERT_TRUE(memory);
        EXPECT_EQ(log_.doubles, 0);
    }
}

TEST_F(ClaudeReaderTest, pages_from_the_end_and_joins_results_to_calls)
{
    home_.write(file, conversation());
    auto const whole = read();
    for (std::int64_t const size : {1, 2, 3, 100}) {
        EXPECT_EQ(paged(*reader_, source(), &state_, size), whole) << size;
        EXPECT_EQ(paged(*reader_, source(), nullptr, size), whole) << size;
    }
    auto const page = reader_->page(source(), &state_, {.offset = 1, .limit = 1});
    ASSERT_TRUE(page);
    EXPECT_EQ(page->total, 5);
    EXPECT_TRUE(page->has_more);
    ASSERT_EQ(page->messages.size(), 2U);
    EXPECT_EQ(core::to_text(page->messages[0].more.at("toolResult")),
              R"({"content":"a\nb","isError":true,"toolUseResult":{"stdout":"a"}})");
}

TEST_F(ClaudeReaderTest, keeps_the_rules_of_pages)
{
    std::string text;
    for (char const c : std::string("abcde")) text += user(std::string(1, c), std::string(1, c));
    home_.write(file, text);
    auto const page = [this](std::int64_t offset, std::optional<std::int64_t> limit) {
        auto const got = reader_->page(source(), nullptr, {.offset = offset, .limit = limit});
        EXPECT_TRUE(got);
        std::string all;
        for (const Message& message : got->messages) all += message.content;
        return all + (got->has_more ? "+" : "");
    };
    EXPECT_EQ(page(0, 2), "de+");
    EXPECT_EQ(page(2, 2), "bc+");
    EXPECT_EQ(page(4, 2), "a");
    EXPECT_EQ(page(10, 3), "");
    EXPECT_EQ(page(0, 0), "+");
    EXPECT_EQ(page(1, std::nullopt), "abcd");
}

TEST_F(ClaudeReaderTest, finds_pages_by_anchors_and_late_results)
{
    std::string text;
    std::string const filler(3000, 'x');
    for (int i = 0; i < 400; ++i) {
        std::string const n = std::to_string(i);
        text += user("u" + n, "ask " + n) + assistant("a" + n, "m" + n, "{'type':'text','text':'" + filler + n + "'}") +
                assistant("c" + n, "m" + n, "{'type':'tool_use','id':'t" + n + "','name':'Bash','input':{}}");
    }
    for (int i = 0; i < 400; i += 2)
        text += line("user", "r" + std::to_string(i),
                     "{'role':'user','content':[{'type':'tool_result','tool_use_id':'t" + std::to_string(i) +
                         "','content':'late'}]}");
    home_.write(file, text);
    auto const whole = read();
    EXPECT_GT(state_.anchors.size(), 8U);
    EXPECT_EQ(paged(*reader_, source(), &state_, 70), whole);
    auto const page = reader_->page(source(), &state_, {.offset = 1200 - 18, .limit = 18});
    ASSERT_TRUE(page);
    for (const Message& message : page->messages) {
        if (message.kind != MessageKind::tool_use) continue;
        bool const is_even = (message.id.back() - '0') % 2 == 0;
        EXPECT_EQ(message.more.contains("toolResult"), is_even) << message.id;
    }
}

TEST_F(ClaudeReaderTest, survives_broken_overlong_ill_formed_and_half_lines)
{
    home_.write(file, user("u1", "one") + "{\"type\":\"user\",\n" + std::string(40, '\0') + "\n" +
                          user("u2", std::string(5000, 'y')) + user("u3", "bad \xff\xfe byte") +
                          user("u4", "half \\ud83d pair") + user("u1", "again") + user("u5", "half").substr(0, 60));
    EXPECT_EQ(read(), (Lines{"u:one", "u:bad \ufffd\ufffd byte", "u:half \ufffd pair"}));
    EXPECT_GT(state_.facts.skipped_bytes, 5000);
    EXPECT_EQ(paged(*reader_, source(), &state_, 2), log_.lines());
    home_.append(file, user("u5", "half").substr(60) + user("u6", "new"));
    EXPECT_EQ(paged(*reader_, source(), &state_, 2).back(), "u:new"); // a state from before it grew
    EXPECT_EQ(read().size(), 5U);
    EXPECT_EQ(log_.doubles, 0);
    home_.write(file, user("u9", "shrunk"));
    EXPECT_EQ(paged(*reader_, source(), &state_, 2), (Lines{"u:shrunk"}));
    std::filesystem::remove(home_.path(file));
    EXPECT_EQ(reader_->page(SessionSource{.path = home_.path(file)}, &state_, {}).error().code, core::Errc::not_found);
}

TEST_F(ClaudeReaderTest, hides_what_nobody_typed)
{
    home_.write(file, user("u1", "copied", "").replace(user("u1", "copied").find("1111-4111"), 4, "2222") +
                          std::string(user("u2", "side")).replace(19, 19, "\"isSidechain\":true ") +
                          user("u3", "meta", ",'isMeta':true") + user("u4", "<system-reminder>x</system-reminder>") +
                          user("u5", "Base directory for this skill: /x") +
                          json_line("{'type':'api-request-blob','message':{'role':'user','content':'system prompt'}}") +
                          json_line("{'uuid':'z','type':'attachment','message':{'role':'user','content':'files'}}") +
                          user("u6", "<command-name>/init</command-name><command-args>all</command-args>") +
                          user("u7", "<local-command-stdout>\\u001b[1mbold\\u001b[0m</local-command-stdout>") +
                          user("u8", "This session is being continued from") +
                          line("assistant", "a1",
                               "{'id':'m','model':'<synthetic>','content':[{'type':'text','text':'API Error'}]}"));
    EXPECT_EQ(read(), (Lines{"u:/init all", "a:bold", "a:This session is being continued from", "error:API Error"}));
    EXPECT_EQ(state_.facts.first_user_text, "");
    EXPECT_EQ(log_.messages[0].more.at("commandName"), "/init");
    EXPECT_EQ(log_.messages[2].more.at("isCompactSummary"), true);
    EXPECT_EQ(state_.facts.model, "");
}

TEST_F(ClaudeReaderTest, shows_records_that_it_does_not_know)
{
    home_.write(file, json_line("{'type':'dream','uuid':'d1','content':'sheep'}") +
                          json_line("{'type':'odometer','uuid':'d2','miles':12}") +
                          assistant("a1", "m1", "{'type':'hologram','beam':7}"));
    EXPECT_EQ(read(),
              (Lines{R"(raw:{"type":"dream","uuid":"d1","content":"sheep"})", R"(raw:{"type":"hologram","beam":7})"}));
    EXPECT_EQ(state_.facts.unknown_records, 3);
}

TEST_F(ClaudeReaderTest, gives_pictures_and_attachments)
{
    std::string const picture = "{'type':'image','source':{'type':'base64','media_type':'image/png','data':'AAAA'}}";
    home_.write(file, line("user", "u1", "{'role':'user','content':[" + picture + "]}") +
                          line("user", "u2",
                               "{'role':'user','content':[{'type':'text','text':'look <images_input>1. /a\\\\b.png "
                               "(original name: c.png)</images_input>'}," +
                                   picture + "]}"));
    EXPECT_EQ(read(), (Lines{"u:", "u:look"}));
    EXPECT_EQ(core::to_text(log_.messages[0].more), R"({"images":[{"data":"data:image/png;base64,AAAA"}]})");
    EXPECT_EQ(core::to_text(log_.messages[1].more),
              R"({"images":[{"path":"/a/b.png","name":"c.png"},{"data":"data:image/png;base64,AAAA"}]})");
}

TEST_F(ClaudeReaderTest, titles_come_in_the_order_of_their_worth)
{
    home_.write(file, user("u1", "first") + user("u2", "last one"));
    read();
    EXPECT_EQ(state_.facts.given_title, "last one");
    home_.write(".claude/history.jsonl", json_line("{'display':'typed','sessionId':'" + std::string(id) + "'}"));
    auto const add = [this](const std::string& text) {
        home_.append(file, json_line(text));
        read();
        return state_.facts.given_title;
    };
    EXPECT_EQ(add("{'type':'summary','summary':'foreign','leafUuid':'zz'}"), "typed");
    EXPECT_EQ(add("{'type':'summary','summary':'short','leafUuid':'u2'}"), "short");
    EXPECT_EQ(add("{'type':'ai-title','aiTitle':'made','sessionId':'" + std::string(id) + "'}"), "made");
    EXPECT_EQ(add("{'type':'custom-title','customTitle':'mine','sessionId':'" + std::string(id) + "'}"), "mine");
    EXPECT_EQ(add("{'type':'ai-title','aiTitle':'other','sessionId':'" + std::string(id) + "'}"), "mine");
}

TEST_F(ClaudeReaderTest, takes_a_fork_that_went_on_for_a_session_of_its_own)
{
    std::string copied = assistant("a1", "m1", "{'type':'text','text':'one'}");
    copied.insert(copied.size() - 2, R"(,"requestSessionId":"99999999-1111-4111-8111-111111111111")");
    home_.write(file, user("u1", "a") + copied + user("u2", "b"));
    for (std::uint64_t const step : {UINT64_MAX, std::uint64_t(1)}) {
        state_ = {};
        read(step);
        EXPECT_EQ(state_.facts.group, "u1"); // a copy so far
    }
    home_.append(file, assistant("a2", "m2", "{'type':'text','text':'two'}"));
    read();
    EXPECT_EQ(state_.facts.group, "");
    home_.append(file, user("u3", "c"));
    read();
    EXPECT_EQ(state_.facts.group, "");
    EXPECT_EQ(state_.facts.given_title, "c");
}

TEST_F(ClaudeReaderTest, lists_the_calls_of_sub_agents_in_their_call)
{
    home_.write(file, assistant("a1", "m1", "{'type':'tool_use','id':'t1','name':'Task','input':{}}") +
                          line("user", "r1",
                               "{'role':'user','content':[{'type':'tool_result','tool_use_id':'t1','content':'ok'}]}",
                               ",'toolUseResult':{'agentId':'ab12'}"));
    std::string const agent = ".claude/projects/-home-ann-app/" + std::string(id) + "/subagents/agent-ab12.jsonl";
    home_.write(agent, assistant("s1", "m9", "{'type':'tool_use','id':'t9','name':'Read','input':{'n':1}}") +
                           line("user", "s2",
                                "{'role':'user','content':[{'type':'tool_result','tool_use_id':'t9','content':'x'}]}"));
    auto const page = reader_->page(source(), nullptr, {});
    ASSERT_TRUE(page);
    const auto& tools = page->messages.at(0).more.at("subagentTools").as_array();
    ASSERT_EQ(tools.size(), 1U);
    EXPECT_EQ(tools[0].at("toolName"), "Read");
    EXPECT_EQ(tools[0].at("toolResult").at("content"), "x");
    // A change there is a change of the conversation; it is no conversation itself.
    EXPECT_EQ(reader_->source_of(home_.path(agent)).value_or(SessionSource()).id, id);
    auto const all = reader_->discover();
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 1U);
    EXPECT_EQ((*all)[0].folder_hint, "-home-ann-app");
}

TEST_F(ClaudeReaderTest, takes_the_folder_that_fits_the_name)
{
    auto const at = [](std::string text, std::string_view cwd) {
        auto const place = text.find("/home/ann/app");
        return text.replace(place, 13, cwd);
    };
    home_.write(file, at(user("u1", "a"), "/tmp") + at(user("u2", "b"), "/home/ann.app") + user("u3", "c"));
    read();
    EXPECT_EQ(state_.facts.cwd, "/home/ann.app");
    // Of its own it has none that fits: that of its neighbour.
    home_.write(".claude/projects/-home-ann-app/agent-1.jsonl", user("u1", "x"));
    home_.write(file, at(user("u1", "a"), "/tmp"));
    state_ = {};
    read();
    EXPECT_EQ(state_.facts.cwd, "/home/ann/app");
}

TEST_F(ClaudeReaderTest, is_not_led_astray_by_cycles_in_the_tree)
{
    auto const loop = [](std::string text, std::string_view parent) {
        return text.replace(text.find("null"), 4, "\"" + std::string(parent) + "\"");
    };
    home_.write(file, loop(user("u1", "a"), "u2") + loop(user("u2", "b"), "u1") + loop(user("u3", "c"), "u3"));
    EXPECT_EQ(read(), (Lines{"u:a", "u:b", "u:c"}));
}

TEST_F(ClaudeReaderTest, scans_texts_for_words)
{
    home_.write(file, user("u1", "nothing") + user("u2", "The QUICK brown Fox") + user("u3", "quick only") +
                          assistant("a1", "m1", "{'type':'tool_use','id':'t','name':'quick fox','input':{}}"));
    MessageLog log;
    ASSERT_TRUE(reader_->scan_text(source(), {"fox", "quick!"}, log));
    EXPECT_EQ(log.lines(), (Lines{"u:The QUICK brown Fox"}));
}

TEST_F(ClaudeReaderTest, removes_the_file_and_the_folder_beside_it)
{
    home_.write(file, conversation());
    home_.write(".claude/projects/-home-ann-app/" + std::string(id) + "/tool-results/a.txt", "x");
    home_.write(".claude/projects/-home-ann-app/other.jsonl", "");
    ASSERT_TRUE(reader_->remove(source()));
    EXPECT_FALSE(std::filesystem::exists(home_.path(file)));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(home_.path(".claude/projects/-home-ann-app")),
                            std::filesystem::directory_iterator()),
              1);
    EXPECT_FALSE(reader_->remove(SessionSource{.path = home_.path("elsewhere.jsonl")}));
}

TEST(ClaudeFolderName, replaces_every_unit_and_hashes_long_paths)
{
    EXPECT_EQ(claude_folder_name("/home/ann/my_app.v2"), "-home-ann-my-app-v2");
    EXPECT_EQ(claude_folder_name("/tmp/\u00fc\U0001f600"), "-tmp----");
    std::string const name = claude_folder_name("/" + std::string(308, 'a'));
    EXPECT_EQ(name.size(), 207U);
    EXPECT_EQ(name.substr(0, 201), "-" + std::string(199, 'a') + "-");
}

} // namespace
} // namespace pix::workbench
