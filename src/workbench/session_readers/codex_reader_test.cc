#include "workbench/session_readers/codex_reader.h"

#include <gtest/gtest.h>

#include "core/base/json.h"
#include "workbench/session_readers/codex_tool.h"
#include "workbench/session_readers/testing/transcript_home.h"

namespace pix::workbench {
namespace {

using testing::json_line;
using testing::MessageLog;
using testing::paged;
using Lines = std::vector<std::string>;

constexpr std::string_view file =
    ".codex/sessions/2026/02/03/rollout-2026-02-03T04-05-06-22222222-2222-4222-8222-222222222222.jsonl";

std::string line(std::string_view type, std::string_view payload)
{
    return json_line("{'timestamp':'2026-02-03T04:05:06.007Z','type':'" + std::string(type) +
                     "','payload':" + std::string(payload) + "}");
}

std::string meta(std::string_view more = "")
{
    return line("session_meta", "{'id':'22222222-2222-4222-8222-222222222222','cwd':'/home/ann/app','source':'cli',"
                                "'git':{'branch':'main'},'base_instructions':{'text':'long'}" +
                                    std::string(more) + "}");
}

std::string item(std::string_view type, std::string_view id, std::string_view text)
{
    return line("event_msg", "{'type':'item_completed','item':{'type':'" + std::string(type) + "','id':'" +
                                 std::string(id) + "','content':[{'type':'text','text':'" + std::string(text) +
                                 "'}]}}");
}

std::string said(std::string_view role, std::string_view id, std::string_view text)
{
    return line("response_item", "{'type':'message','role':'" + std::string(role) + "','id':'" + std::string(id) +
                                     "','content':[{'type':'output_text','text':'" + std::string(text) + "'}]}");
}

std::string asked(std::string_view text)
{
    return line("event_msg", "{'type':'user_message','message':'" + std::string(text) + "','kind':'plain'}");
}

std::string called(std::string_view id, std::string_view name, std::string_view arguments)
{
    return line("response_item", "{'type':'function_call','name':'" + std::string(name) + "','call_id':'" +
                                     std::string(id) + "','arguments':'" + std::string(arguments) + "'}");
}

std::string answered(std::string_view id, std::string_view output)
{
    return line("response_item", "{'type':'function_call_output','call_id':'" + std::string(id) + "','output':'" +
                                     std::string(output) + "'}");
}

const std::string started = line("event_msg", "{'type':'task_started','model_context_window':1000}");

class CodexReaderTest : public ::testing::Test {
protected:
    CodexReaderTest() : reader_(make_codex_reader({.user_home = home_.folder()}, {.max_line = 65536, .block = 256})) {}

    SessionSource source()
    {
        auto const found = reader_->source_of(home_.path(file));
        EXPECT_TRUE(found);
        return found.value_or(SessionSource());
    }

    /// What the file gives, read in steps of every size and in pages alike.
    Lines read(std::string_view text)
    {
        home_.write(file, text);
        Lines first;
        for (std::uint64_t const step : {UINT64_MAX, std::uint64_t(1), std::uint64_t(500)}) {
            state_ = {};
            log_ = {};
            for (bool more = true; more;) {
                auto const result = reader_->read(source(), state_, log_, step);
                EXPECT_TRUE(result);
                more = result && *result;
            }
            if (first.empty()) first = log_.lines();
            EXPECT_EQ(log_.lines(), first) << step;
            EXPECT_EQ(log_.doubles, 0);
        }
        for (std::int64_t const size : {1, 3, 1000}) EXPECT_EQ(paged(*reader_, source(), &state_, size), first);
        return first;
    }

    testing::TranscriptHome home_;
    std::unique_ptr<SessionReader> reader_;
    ReadState state_;
    MessageLog log_;
};

TEST_F(CodexReaderTest, reads_the_older_generation_without_doubles)
{
    EXPECT_EQ(
        read(meta() + started + said("developer", "d", "rules") +
             said("user", "e", "<environment_context>x</environment_context>") + said("user", "u", "Sort it") +
             asked("Sort it") + line("event_msg", "{'type':'agent_reasoning','text':'Hm.'}") +
             line("response_item", "{'type':'reasoning','id':'r','summary':[{'type':'summary_text','text':'Hm.'}]}") +
             called("c1", "shell", R"({\"command\":[\"bash\",\"-lc\",\"sort a\"]})") +
             answered("c1", R"({\"output\":\"no\",\"metadata\":{\"exit_code\":2}})") +
             line("event_msg", "{'type':'agent_message','message':'Sorted.'}") + said("assistant", "a", "Sorted.") +
             line("event_msg", "{'type':'task_complete','last_agent_message':'Sorted.'}")),
        (Lines{"u:Sort it", "think:Hm.", R"(tool(Bash):{"command":"sort a"})", "!result:no", "a:Sorted."}));
    EXPECT_EQ(state_.facts.cwd, "/home/ann/app");
    EXPECT_EQ(state_.facts.git_branch, "main");
    EXPECT_EQ(state_.facts.first_user_text, "Sort it");
    EXPECT_EQ(state_.facts.last_text, "Sorted.");
    EXPECT_EQ(state_.facts.context_window, 1000);
    EXPECT_FALSE(state_.facts.is_hidden);
}

TEST_F(CodexReaderTest, reads_the_current_generation_without_doubles)
{
    EXPECT_EQ(
        read(meta(",'history_mode':'paginated'") + started + said("user", "u", "Sort it") +
             item("UserMessage", "i1", "Sort it") + item("AgentMessage", "a1", "I sort.") +
             said("assistant", "a1", "I sort.") + called("c1", "exec_command", R"({\"cmd\":\"sort a\"})") +
             answered("c1", R"(Chunk ID: 1\nWall time: 0.1 seconds\nProcess exited with code 1\nOutput:\nbad\n)") +
             item("AgentMessage", "a2", "Done.") + said("assistant", "other", "Done.")),
        (Lines{"u:Sort it", "a:I sort.", R"(tool(Bash):{"command":"sort a"})", "!result:bad\n", "a:Done."}));
}

TEST_F(CodexReaderTest, falls_back_to_response_items_for_user_texts)
{
    EXPECT_EQ(read(meta() + said("user", "u1", "One") + said("assistant", "a1", "1") + said("user", "u2", "Two") +
                   said("assistant", "a2", "2") + asked("Three") + said("assistant", "a3", "3") +
                   said("user", "u4", "Four") + item("UserMessage", "i4", "Four") + said("assistant", "a4", "4")),
              (Lines{"u:One", "a:1", "u:Two", "a:2", "u:Three", "a:3", "u:Four", "a:4"}));
}

TEST_F(CodexReaderTest, knows_injected_items_by_what_they_are_made_of)
{
    auto const kinds = [](std::string_view kind, std::string_view text) {
        return line("response_item", "{'type':'message','role':'user','content':[{'type':'input_text','text':'" +
                                         std::string(text) +
                                         "'}],'internal_chat_message_metadata_passthrough':{'content_item_kinds':['" +
                                         std::string(kind) + "']}}");
    };
    EXPECT_EQ(read(meta() + kinds("environments.x", "plain looking") + kinds("user.text", "<cwd> is a tag") +
                   said("user", "u", "# AGENTS.md instructions for x") + said("assistant", "a", "ok")),
              (Lines{"u:<cwd> is a tag", "a:ok"}));
}

TEST_F(CodexReaderTest, gives_calls_the_names_that_users_know)
{
    EXPECT_EQ(read(meta() + called("1", "update_plan", R"({\"plan\":[{\"step\":\"a\",\"status\":\"completed\"}]})") +
                   called("2", "spawn_agent", R"({\"message\":\"go\"})") + called("3", "wait", "{}") +
                   answered("3", "hidden") +
                   line("response_item", "{'type':'custom_tool_call','name':'apply_patch','call_id':'4','input':'*** "
                                         "Begin Patch\\n*** Update File: a.txt\\n'}") +
                   line("response_item", "{'type':'custom_tool_call','name':'exec','call_id':'5','input':'return 1'}")),
              (Lines{R"(tool(TodoWrite):{"todos":[{"content":"a","status":"completed","activeForm":"a"}]})",
                     R"(tool(Task):{"prompt":"go"})",
                     R"(tool(Edit):{"patch":"*** Begin Patch\n*** Update File: a.txt\n","file_path":"a.txt"})",
                     R"(tool(exec):"return 1")"}));
}

TEST_F(CodexReaderTest, appends_what_a_running_cell_prints_later)
{
    read(meta() +
         line("response_item", "{'type':'custom_tool_call','name':'exec','call_id':'1','input':'await "
                               "tools.shell_command({command: `make`})'}") +
         line("response_item", "{'type':'custom_tool_call_output','call_id':'1','output':'Script running with cell ID "
                               "7\\nWall time 1 s\\nOutput:\\nhalf '}") +
         called("2", "wait", R"({\"cell_id\":\"7\"})") +
         answered("2", R"(Script completed\nWall time 2 s\nOutput:\nwhole)"));
    auto const page = reader_->page(source(), &state_, {});
    ASSERT_TRUE(page);
    ASSERT_EQ(page->total, 1);
    EXPECT_EQ(page->messages[0].more.at("toolName"), "Bash");
    EXPECT_EQ(page->messages[0].more.at("toolInput").at("command"), "make");
    EXPECT_EQ(page->messages[0].more.at("toolResult").at("content"), "half whole");
}

TEST_F(CodexReaderTest, takes_the_latest_count_of_tokens)
{
    auto const count = [](int total, int last) {
        auto const usage = [](int n) {
            return "{'input_tokens':" + std::to_string(n) + ",'cached_input_tokens':10,'output_tokens':20," +
                   "'reasoning_output_tokens':5}";
        };
        return line("event_msg", "{'type':'token_count','info':{'total_token_usage':" + usage(total) +
                                     ",'last_token_usage':" + usage(last) + ",'model_context_window':5000}}");
    };
    read(meta() + said("assistant", "a", "x") + count(100, 100) + said("assistant", "b", "y") + count(300, 200) +
         line("event_msg", "{'type':'token_count','info':null}"));
    EXPECT_EQ(state_.facts.total.input, 290);
    EXPECT_EQ(state_.facts.latest.value_or(TokenUse()).input, 190);
    EXPECT_EQ(state_.facts.latest.value_or(TokenUse()).output, 15);
    EXPECT_EQ(state_.facts.context_window, 5000);
    auto const page = reader_->page(source(), &state_, {});
    ASSERT_TRUE(page);
    EXPECT_EQ(page->messages.at(1).use.value_or(TokenUse()).input, 190);
}

TEST_F(CodexReaderTest, hides_sub_agents_and_archived_ones)
{
    read(meta(",'thread_source':'subagent'"));
    EXPECT_TRUE(state_.facts.is_hidden);
    read(meta().replace(meta().find("\"cli\""), 5, R"({"subagent":{}})"));
    EXPECT_TRUE(state_.facts.is_hidden);
    std::string const archived =
        ".codex/archived_sessions/" + std::string(file).substr(std::string(file).rfind('/') + 1);
    std::filesystem::remove(home_.path(file));
    home_.write(archived, meta());
    auto const all = reader_->discover();
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 1U);
    ReadState state;
    ASSERT_TRUE(reader_->read((*all)[0], state, log_));
    EXPECT_TRUE(state.facts.is_hidden);
}

TEST_F(CodexReaderTest, knows_names_that_users_gave)
{
    home_.write(".codex/session_index.jsonl",
                json_line("{'id':'22222222-2222-4222-8222-222222222222','thread_name':'Mine'}"));
    read(meta());
    EXPECT_EQ(state_.facts.given_title, "Mine");
    home_.write(".codex/state_5.sqlite", "no database");
    read(meta());
    EXPECT_EQ(state_.facts.given_title, "Mine");
}

TEST_F(CodexReaderTest, shows_errors_and_records_that_it_does_not_know)
{
    EXPECT_EQ(read(meta() + line("event_msg", "{'type':'error','message':'too much'}") +
                   line("response_item", "{'type':'dream','content':'sheep'}") + line("odometer", "{'miles':1}") +
                   "{\"timestamp\":1,\n" + line("compacted", "{'message':'sum'}")),
              (Lines{"error:too much", R"(raw:{"type":"dream","content":"sheep"})", "status:compact_boundary"}));
    EXPECT_EQ(state_.facts.unknown_records, 2);
    EXPECT_GT(state_.facts.skipped_bytes, 0);
}

TEST_F(CodexReaderTest, tells_an_error_that_ended_a_turn_once)
{
    std::string const ended =
        line("event_msg", R"({'type':'task_complete','error':{'message':'{\"error\":{\"message\":)"
                          R"(\"no\"}}'}})");
    EXPECT_EQ(read(meta() + started + asked("a") + ended + started + asked("b") +
                   line("event_msg", "{'type':'error','message':'bad'}") + ended),
              (Lines{"u:a", "error:no", "u:b", "error:bad"}));
}

/// The rollouts of forks of forks: `ids` say who goes on from whom.
class CodexForkTest : public CodexReaderTest {
protected:
    static std::string rollout(char id)
    {
        return ".codex/sessions/2026/02/03/rollout-2026-02-03T04-05-06-" + uuid(id) + ".jsonl";
    }
    static std::string uuid(char id) { return std::string(8, id) + "-2222-4222-8222-222222222222"; }

    /// Its lines; `base` is the one before it, of which it has the first `end` bytes.
    std::string write(char id, char base, std::size_t end, const std::string& lines)
    {
        std::string text =
            line("session_meta", "{'id':'" + uuid(id) + "','cwd':'/home/ann/app','history_base':{" + "'thread_id':'" +
                                     uuid(base) + "','end_byte_offset':" + std::to_string(end) + "}}");
        text += lines;
        home_.write(rollout(id), text);
        return text;
    }

    Lines pages(char id, std::int64_t size)
    {
        auto const found = reader_->source_of(home_.path(rollout(id)));
        EXPECT_TRUE(found);
        return paged(*reader_, found.value_or(SessionSource()), nullptr, size);
    }
};

TEST_F(CodexForkTest, pages_begin_with_what_the_bases_had_at_the_fork)
{
    std::string const first = meta() + asked("one") + called("c", "shell", "{}") + answered("c", "out");
    home_.write(rollout('2'), first + answered("c", "later") + asked("not in the fork"));
    std::string const second = write('3', '2', first.size(), asked("two") + said("assistant", "a", "2"));
    write('4', '3', second.size(), asked("three"));
    home_.append(rollout('3'), asked("not in its fork"));
    for (int round = 0; round < 2; ++round)
        for (std::int64_t const size : {1, 2, 3, 1000})
            EXPECT_EQ(pages('4', size), (Lines{"u:one", "tool(Bash):{}", "result:out", "u:two", "a:2", "u:three"}))
                << size;
    auto const page =
        reader_->page(reader_->source_of(home_.path(rollout('4'))).value_or(SessionSource()), nullptr, {.limit = 4});
    ASSERT_TRUE(page);
    EXPECT_EQ(page->total, 5);
    EXPECT_TRUE(page->has_more);
    EXPECT_EQ(page->messages.front().more.at("toolResult").at("content"), "out");
    // Lists and search know a fork by its own words.
    ReadState state;
    ASSERT_TRUE(reader_->read(reader_->source_of(home_.path(rollout('3'))).value_or(SessionSource()), state, log_));
    EXPECT_EQ(log_.lines(), (Lines{"u:two", "a:2", "u:not in its fork"}));
    EXPECT_EQ(state.facts.first_user_text, "two");
}

TEST_F(CodexForkTest, shows_its_own_turns_when_a_base_is_gone_shorter_or_itself)
{
    write('3', '2', 100, asked("own"));
    EXPECT_EQ(pages('3', 2), (Lines{"u:own"}));
    home_.write(rollout('2'), meta() + asked("base"));
    write('3', '2', 1'000'000, asked("own"));
    EXPECT_EQ(pages('3', 2), (Lines{"u:base", "u:own"}));
    home_.append(rollout('2'), asked("grown"));
    EXPECT_EQ(pages('3', 2), (Lines{"u:base", "u:grown", "u:own"}));
    write('3', '3', 1'000, asked("own"));
    EXPECT_EQ(pages('3', 1), (Lines{"u:own"}));
    write('3', '4', 1'000, asked("own"));
    write('4', '3', 1'000, asked("other"));
    EXPECT_EQ(pages('3', 1), (Lines{"u:other", "u:own"}));
    home_.write(rollout('5'),
                line("session_meta", "{'history_base':{'thread_id':'../../x','end_byte_offset':-1}}") + asked("own"));
    EXPECT_EQ(pages('5', 1), (Lines{"u:own"}));
}

TEST_F(CodexReaderTest, shows_pictures_themselves_where_their_bytes_are_known)
{
    auto const pasted = [](std::string_view text) {
        return line("response_item", "{'type':'message','role':'user','content':[{'type':'input_text','text':'<image "
                                     "name=[Image #1] path=\\'p.png\\'>'},{'type':'input_image','image_url':"
                                     "'data:image/png;base64,AAAA'},{'type':'input_text','text':'</image>'},"
                                     "{'type':'input_text','text':'" +
                                         std::string(text) + "'}]}");
    };
    auto const item_with_path = [](std::string_view id, std::string_view text) {
        return line("event_msg", "{'type':'item_completed','item':{'type':'UserMessage','id':'" + std::string(id) +
                                     "','content':[{'type':'local_image','path':'p.png'},{'type':'text','text':'" +
                                     std::string(text) + "'}]}}");
    };
    EXPECT_EQ(read(meta() + pasted("a") + item_with_path("i1", "a") + said("assistant", "x", "1") + pasted("b") +
                   item_with_path("i2", "b") + said("assistant", "y", "2") + item_with_path("i3", "c")),
              (Lines{"u:a", "a:1", "u:b", "a:2", "u:c"}));
    auto const page = reader_->page(source(), nullptr, {});
    ASSERT_TRUE(page);
    std::string images;
    for (const Message& message : page->messages)
        if (message.more.contains("images")) images += core::to_text(message.more.at("images"));
    EXPECT_EQ(images,
              R"([{"data":"data:image/png;base64,AAAA"}][{"data":"data:image/png;base64,AAAA"}][{"path":"p.png"}])");
    EXPECT_EQ(read(meta() + pasted("alone") + said("assistant", "x", "1")), (Lines{"u:alone", "a:1"}));
}

TEST_F(CodexReaderTest, tells_of_turns_taken_back)
{
    EXPECT_EQ(read(meta() + asked("a") + line("event_msg", "{'type':'thread_rolled_back','num_turns':1}") + asked("b")),
              (Lines{"u:a", "status:rolled_back", "u:b"}));
    EXPECT_EQ(log_.messages[1].more.at("summary"), "1");
}

TEST(CodexScript, gives_the_commands_of_shell_calls_only)
{
    EXPECT_EQ(commands_of_script(R"(const a = await tools.shell_command({command: "ls \"x\"", workdir: '/'});
                                    tools.exec_command({"cmd":'pwd'});)"),
              "ls \"x\"\npwd");
    EXPECT_EQ(commands_of_script("tools.read({command: 'x'})"), "");
    EXPECT_EQ(commands_of_script("tools.shell_command({command"), "");
}

} // namespace
} // namespace pix::workbench
