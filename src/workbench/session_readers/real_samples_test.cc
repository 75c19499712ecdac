#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/base/testing/temporary_folder.h"
#include "workbench/session_readers/session_reader.h"
#include "workbench/session_readers/testing/transcript_home.h"

namespace pix::workbench {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using pix::testing::line_of;
using pix::testing::lines_of;
using pix::testing::MessageLog;
using pix::testing::paged;
using pix::testing::TemporaryFolder;
using Lines = std::vector<std::string>;

std::string text_of(const Message& message, std::string_view key)
{
    const auto* const value = message.more.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// A home that the real agent wrote, and every conversation in it as its reader gives it.
class RealSamplesTest : public ::testing::Test {
protected:
    /// Reads all there is, in steps and pages of several sizes, which must all agree.
    void open(Provider provider)
    {
        fs::path const sample = fs::path(PIX_SOURCE_DIR) / "tests/data/sessions/real" / name_of(provider);
        fs::copy(sample, folder_.path(), fs::copy_options::recursive);
        for (auto& reader : make_session_readers({.user_home = folder_.path()}))
            if (reader->provider() == provider) reader_ = std::move(reader);
        auto const sources = reader_->discover();
        ASSERT_TRUE(sources);
        sources_ = *sources;
        for (const SessionSource& source : sources_) {
            Lines const own = read(source, UINT64_MAX);
            EXPECT_EQ(read(source, 1), own) << source.id;
            EXPECT_EQ(facts_[source.id].unknown_records, 0) << source.id;
            EXPECT_EQ(facts_[source.id].skipped_bytes, 0) << source.id;
            auto const whole = reader_->page(source, nullptr, {.limit = std::nullopt});
            ASSERT_TRUE(whole) << source.id;
            Lines const lines = lines_of(whole->messages);
            ASSERT_GE(lines.size(), own.size()) << source.id;
            EXPECT_EQ(Lines(lines.end() - static_cast<std::ptrdiff_t>(own.size()), lines.end()), own) << source.id;
            for (std::int64_t const size : {1, 3, 7}) EXPECT_EQ(paged(*reader_, source, nullptr, size), lines) << size;
            for (const Message& message : whole->messages) expect_joined(message, whole->messages);
            pages_[source.id] = whole->messages;
        }
    }

    /// Every call has its result beside it, and the same one in itself.
    static void expect_joined(const Message& call, const std::vector<Message>& messages)
    {
        if (call.kind != MessageKind::tool_use) return;
        auto const result = std::ranges::find_if(messages, [&call](const Message& message) {
            return message.kind == MessageKind::tool_result && message.more.at("toolId") == call.more.at("toolId");
        });
        ASSERT_NE(result, messages.end()) << line_of(call);
        const json::object& joined = call.more.at("toolResult").as_object();
        EXPECT_EQ(joined.at("content").as_string(), result->content);
        EXPECT_EQ(joined.at("isError"), result->more.at("isError"));
    }

    /// The messages of a conversation in short: calls by name, the first line of results, how many pictures.
    Lines outline(std::string_view id) const
    {
        Lines lines;
        auto const found = pages_.find(std::string(id));
        if (found == pages_.end()) return {"no such conversation"};
        for (const Message& message : found->second) {
            std::string line = line_of(message);
            if (message.kind == MessageKind::tool_use) line.erase(line.find("):") + 1);
            if (message.kind == MessageKind::thinking)
                line = "think:" + message.content.substr(message.content.find_last_of('\n') + 1);
            line.erase(std::min(line.size(), line.find('\n')));
            if (message.kind == MessageKind::tool_result && line.size() > 40) line.resize(40);
            if (const auto* const images = message.more.if_contains("images"))
                for (const json::value& image : images->as_array())
                    line += image.as_object().contains("data") ? " [picture]" : " [path]";
            lines.push_back(std::move(line));
        }
        return lines;
    }

    Lines read(const SessionSource& source, std::uint64_t step)
    {
        ReadState state;
        MessageLog log;
        for (bool more = true; more;) {
            auto const result = reader_->read(source, state, log, step);
            EXPECT_TRUE(result);
            more = result && *result;
        }
        EXPECT_EQ(log.doubles, 0) << source.id;
        facts_[source.id] = state.facts;
        return log.lines();
    }

    TemporaryFolder folder_;
    std::unique_ptr<SessionReader> reader_;
    std::vector<SessionSource> sources_;
    std::map<std::string, SessionFacts> facts_;
    std::map<std::string, std::vector<Message>> pages_;
};

const Lines in_turkish = {"u:Now try it in Turkish: günaydın dünya.", "a:Günaydın dünya: in Turkish then."};

Lines followed_by(Lines first, const Lines& second)
{
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

TEST_F(RealSamplesTest, of_claude_code_are_read)
{
    open(Provider::claude);
    Lines const look = Lines{"u:Please look around in this folder and greet the world.",
                             "think:The folder first, then the file.",
                             "a:I look around.",
                             "tool(Bash)",
                             "result:greeting.py",
                             "tool(Read)",
                             "tool(TodoWrite)",
                             "!result:<tool_use_error>Error: No such t",
                             "result:1\tdef greet_world():",
                             "tool(Bash)",
                             "!result:Exit code 1",
                             "tool(Agent)",
                             "result:Async agent launched successfully",
                             R"(a:`greetWorld` lives in greeting.py. 世界、こんにちは! It returns "hello".)",
                             "status:task_notification",
                             R"(a:`greetWorld` lives in greeting.py. 世界、こんにちは! It returns "hello".)",
                             "u:What does this picture show? Then make the greeting friendlier. [picture]",
                             "think:A red pixel. Then the edit.",
                             "a:One red pixel.",
                             "tool(Read)",
                             "result:1\tdef greet_world():",
                             "tool(Edit)",
                             "result:The file /home/ann/project/greeti",
                             "tool(Write)",
                             "result:File created successfully at: /ho",
                             "a:The greeting is friendlier now."};
    EXPECT_EQ(outline("59290cd2-f683-4499-92bc-995df2d14b66"), look);
    EXPECT_EQ(outline("ca4b593d-6efc-4f9d-8cf8-76a0e64f51a5"), followed_by(look, in_turkish));
    EXPECT_EQ(outline("57bff006-3393-40ff-aa75-c5b7c7a2b348"),
              (Lines{"u:This request is too odd for the model.", "error:API Error: 400 the model will not have it"}));
    EXPECT_EQ(pages_.size(), 3U);
    EXPECT_EQ(facts_["59290cd2-f683-4499-92bc-995df2d14b66"].group, "6c3d2829-430d-46dd-87a6-00081115675f");
    EXPECT_EQ(facts_["ca4b593d-6efc-4f9d-8cf8-76a0e64f51a5"].group, "");
    EXPECT_EQ(facts_["ca4b593d-6efc-4f9d-8cf8-76a0e64f51a5"].given_title, "Now try it in Turkish: günaydın dünya.");
    EXPECT_EQ(facts_["59290cd2-f683-4499-92bc-995df2d14b66"].cwd, "/home/ann/project");
    for (const Message& message : pages_["59290cd2-f683-4499-92bc-995df2d14b66"])
        if (text_of(message, "toolName") == "Agent") {
            EXPECT_FALSE(message.more.at("subagentTools").as_array().empty());
        }
}

TEST_F(RealSamplesTest, of_codex_are_read)
{
    open(Provider::codex);
    Lines const look = Lines{"u:Please look around in this folder and greet the world.",
                             "think:The folder first, then the file.",
                             "a:I look around.",
                             "tool(Bash)",
                             "result:greeting.py",
                             "tool(TodoWrite)",
                             "result:unsupported call: update_plan",
                             "tool(Bash)",
                             "!result:cat: missing_file.txt: No such f",
                             R"(a:`greetWorld` lives in greeting.py. 世界、こんにちは! It returns "hello".)",
                             "u:What does this picture show? Then make the greeting friendlier. [picture]",
                             "think:A red pixel. Then the edit.",
                             "a:One red pixel.",
                             "tool(Edit)",
                             "result:Success. Updated the following fi",
                             "a:The greeting is friendlier now."};
    EXPECT_EQ(outline("01a20b9f-46e4-7323-9791-60c89ddb626f"), look);
    EXPECT_EQ(outline("01a20b9f-49f7-7d62-946e-0548a403935c"), followed_by(look, in_turkish));
    EXPECT_EQ(outline("01a20b9f-4af6-7340-baee-62a57c2b35de"),
              (Lines{"u:This request is too odd for the model.", "error:the model will not have it"}));
    EXPECT_EQ(pages_.size(), 3U);
    EXPECT_EQ(facts_["01a20b9f-49f7-7d62-946e-0548a403935c"].counted, 2); // of its own
    EXPECT_EQ(facts_["01a20b9f-46e4-7323-9791-60c89ddb626f"].cwd, "/home/ann/project");
}

TEST_F(RealSamplesTest, of_gemini_cli_are_read)
{
    open(Provider::gemini);
    Lines const look = Lines{"u:Please look around in this folder and greet the world.",
                             "think:The folder first, then the file.",
                             "a:I look around.",
                             "tool(run_shell_command)",
                             "result:greeting.py",
                             "tool(read_file)",
                             "result:def greet_world():",
                             "tool(run_shell_command)",
                             "result:cat: missing_file.txt: No such fi",
                             R"(a:`greetWorld` lives in greeting.py. 世界、こんにちは! It returns "hello".)",
                             "u:What does this picture show? Then make the greeting friendlier. @picture.png [picture]",
                             "think:A red pixel. Then the edit.",
                             "a:One red pixel.",
                             "tool(replace)",
                             "result:Successfully modified file: /home",
                             "tool(write_file)",
                             "result:Successfully created and wrote to",
                             "a:The greeting is friendlier now."};
    EXPECT_EQ(outline("d9f63f56-2cfe-4da7-a89c-5e478e9f83a4"), look);
    EXPECT_EQ(outline("b2e30d61-29f9-4267-93e1-6275d259630d"), (Lines()));
    EXPECT_EQ(pages_.size(), 2U);
    EXPECT_EQ(facts_["d9f63f56-2cfe-4da7-a89c-5e478e9f83a4"].cwd, "/home/ann/project");
}

TEST_F(RealSamplesTest, of_qwen_code_are_read)
{
    open(Provider::qwen);
    Lines const look = Lines{"u:Please look around in this folder and greet the world.",
                             "think:The folder first, then the file.",
                             "a:I look around.",
                             "tool(run_shell_command)",
                             "result:greeting.py",
                             "tool(read_file)",
                             "result:def greet_world():",
                             "tool(todo_write)",
                             "result:Todos have been modified successf",
                             "tool(run_shell_command)",
                             "!result:cat: missing_file.txt: No such f",
                             R"(a:`greetWorld` lives in greeting.py. 世界、こんにちは! It returns "hello".)",
                             "u:What does this picture show? Then make the greeting friendlier. @picture.png",
                             "think:A red pixel. Then the edit.",
                             "a:One red pixel.",
                             "tool(read_file)",
                             "result:def greet_world():",
                             "tool(edit)",
                             "result:The file: /home/ann/project/greet",
                             "tool(write_file)",
                             "result:Successfully created and wrote to",
                             "a:The greeting is friendlier now."};
    EXPECT_EQ(outline("43ab65db-28e2-4b63-827a-8bc91851899d"), look);
    EXPECT_EQ(outline("97f036e1-faa4-489e-9dfe-83d2e54a335c"), followed_by(look, in_turkish));
    EXPECT_EQ(outline("078b312c-6eb7-4747-a945-01c497331cfc"),
              (Lines{"u:This request is too odd for the model.", "error:400 the model will not have it"}));
    EXPECT_EQ(pages_.size(), 3U);
    EXPECT_EQ(facts_["43ab65db-28e2-4b63-827a-8bc91851899d"].cwd, "/home/ann/project");
}

TEST_F(RealSamplesTest, of_opencode_are_read)
{
    open(Provider::opencode);
    Lines const look = Lines{"u:Please look around in this folder and greet the world.",
                             "think:The folder first, then the file.",
                             "a:I look around.",
                             "tool(bash)",
                             "result:greeting.py",
                             "tool(read)",
                             "result:<path>/home/ann/project/greeting.",
                             "tool(todowrite)",
                             "result:[",
                             "tool(bash)",
                             "result:cat: missing_file.txt: No such fi",
                             "tool(task)",
                             R"(result:<task id="ses_df4617587ffeYdl2E99)",
                             R"(a:`greetWorld` lives in greeting.py. 世界、こんにちは! It returns "hello".)",
                             "u:What does this picture show? Then make the greeting friendlier. [picture]",
                             "think:A red pixel. Then the edit.",
                             "a:One red pixel.",
                             "tool(edit)",
                             "result:Edit applied successfully.",
                             "tool(write)",
                             "result:Wrote file successfully.",
                             "a:The greeting is friendlier now."};
    EXPECT_EQ(outline("ses_df461870effe9gGLfSVZaF52Vq"), look);
    EXPECT_EQ(outline("ses_df461526cffeG76nrBa9saYyrn"), followed_by(look, in_turkish));
    EXPECT_EQ(outline("ses_df461405fffeiG13p598QlL2KL"),
              (Lines{"u:This request is too odd for the model.", "error:the model will not have it"}));
    EXPECT_EQ(outline("ses_df4617587ffeYdl2E99btcCmFt"), (Lines{"u:Helper: count the lines of greeting.py.",
                                                                "tool(bash)", "result:2 greeting.py", "a:Two lines."}));
    EXPECT_EQ(pages_.size(), 4U);
    EXPECT_TRUE(facts_["ses_df4617587ffeYdl2E99btcCmFt"].is_hidden);
    EXPECT_EQ(facts_["ses_df461526cffeG76nrBa9saYyrn"].given_title, "Greeting the world (fork #1)");
    EXPECT_EQ(facts_["ses_df461870effe9gGLfSVZaF52Vq"].cwd, "/home/ann/project");
}

} // namespace
} // namespace pix::workbench
