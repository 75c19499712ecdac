#include "workbench/session_index/session_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>

#include "workbench/session_index/testing/line_agent.h"

namespace pix::workbench {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
namespace fs = std::filesystem;
using testing::make_line_agent;
using testing::write_lines;

constexpr core::Millis now = 1'767'225'600'000;

/// An index over a folder of two agents.
class IndexedHome {
public:
    IndexedHome()
    {
        std::string pattern = (fs::temp_directory_path() / "pix-index-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~IndexedHome()
    {
        close();
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    IndexedHome(const IndexedHome&) = delete;
    IndexedHome& operator=(const IndexedHome&) = delete;

    void write(const std::string& name, std::string_view lines, bool append = false)
    {
        write_lines(folder_ / name, lines, append);
    }
    fs::path path(const std::string& name) const { return folder_ / name; }

    void open()
    {
        SessionReaders readers;
        readers.push_back(make_line_agent(Provider::claude, folder_ / "a"));
        readers.push_back(make_line_agent(Provider::codex, folder_ / "b"));
        auto opened = SessionIndex::open(folder_ / "cache/index.db", std::move(readers), pool_);
        ASSERT_TRUE(opened) << opened.error().message;
        index_ = *std::move(opened);
        index_->on_change([this](const SnapshotPtr&, const std::vector<SessionChange>& changes) {
            std::scoped_lock const lock(mutex_);
            for (auto const& change : changes) changes_.push_back(change);
            changed_.notify_all();
        });
        ASSERT_TRUE(index_->start());
    }
    void close()
    {
        if (index_) index_->stop();
        index_.reset();
    }

    /// Waits until the index is as it should be.
    bool comes(const std::function<bool(const SessionSnapshot&)>& condition)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return condition(*index_->snapshot()); });
    }
    bool is_whole()
    {
        return comes([](const SessionSnapshot& snapshot) { return snapshot.progress.is_whole(); });
    }

    std::vector<SessionHit> search(std::string_view text, std::size_t limit = 50)
    {
        auto query = parse_search_query(text, now);
        EXPECT_TRUE(query);
        auto scope = std::make_shared<SearchScope>();
        for (auto const& session : index_->snapshot()->sessions)
            scope->emplace(session->number, Searched{session, "", 0});
        SessionIndex::Request request{*query, scope, limit, std::chrono::seconds(5), now};
        return run(index_->search(std::move(request))).hits;
    }
    std::vector<std::string> ids(std::string_view text)
    {
        std::vector<std::string> ids;
        for (auto const& hit : search(text))
            for (auto const& session : index_->snapshot()->sessions)
                if (session->number == hit.number) ids.push_back(session->source.id);
        return ids;
    }

    template <class T>
    T run(awaitable<core::Result<T>> work)
    {
        asio::io_context io;
        std::optional<core::Result<T>> outcome;
        asio::co_spawn(io, std::move(work), [&](std::exception_ptr, core::Result<T> result) { outcome = result; });
        io.run();
        EXPECT_TRUE(outcome && *outcome);
        return **outcome;
    }

    SessionIndex& index() { return *index_; }
    std::vector<SessionChange> changes()
    {
        std::scoped_lock const lock(mutex_);
        return changes_;
    }

private:
    fs::path folder_;
    asio::thread_pool pool_{2};
    std::unique_ptr<SessionIndex> index_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<SessionChange> changes_;
};

TEST(SessionIndex, finds_messages_of_every_agent)
{
    IndexedHome home;
    home.write("a/one.txt", "user|1700000000000|please fix the parser\nassistant|1700000001000|the lexer was wrong\n");
    home.write("b/two.txt", "user|1700000002000|a parser again\n");
    home.open();
    ASSERT_TRUE(home.is_whole());
    EXPECT_THAT(home.ids("parser "), UnorderedElementsAre("one", "two"));
    EXPECT_THAT(home.ids("parser fix "), ElementsAre("one"));
    EXPECT_THAT(home.ids("pars"), UnorderedElementsAre("one", "two"));
    EXPECT_THAT(home.ids("pars "), IsEmpty());
    EXPECT_THAT(home.ids("provider:codex parser "), ElementsAre("two"));
    EXPECT_THAT(home.ids("role:assistant wrong "), ElementsAre("one"));
    EXPECT_THAT(home.ids("role:user wrong "), IsEmpty());
}

TEST(SessionIndex, lets_one_letter_behind_a_word_go_on)
{
    IndexedHome home;
    home.write("a/one.txt", "user|1700000000000|please fix the parser\n");
    home.write("a/two.txt", "user|1700000000000|do fix it\n");
    home.open();
    ASSERT_TRUE(home.is_whole());
    EXPECT_THAT(home.ids("fix p"), ElementsAre("one"));
    EXPECT_THAT(home.ids("fix x"), IsEmpty());
    EXPECT_THAT(home.ids("p*"), ElementsAre("one"));
    EXPECT_THAT(home.ids("i* f*"), ElementsAre("two"));
}

TEST(SessionIndex, reads_files_that_are_not_indexed_until_nobody_waits)
{
    IndexedHome home;
    home.write("a/one.txt", "user|1700000000000|please fix the parser\n");
    home.open();
    ASSERT_TRUE(home.is_whole());
    auto const asked = [&home](std::uint64_t size, bool stop) {
        auto entry = std::make_shared<SessionEntry>(*home.index().snapshot()->sessions.at(0));
        entry->is_whole = false;
        entry->offset = 0;
        entry->source.size = size;
        auto scope = std::make_shared<SearchScope>();
        scope->emplace(entry->number, Searched{entry, "", 0});
        SessionIndex::Request request;
        request.query = *parse_search_query("parser ", 0);
        request.scope = std::move(scope);
        request.in_index = false;
        request.stop = std::make_shared<std::atomic<bool>>(stop);
        return home.run(home.index().search(std::move(request)));
    };
    auto const found = asked(40, false);
    EXPECT_THAT(found.hits, SizeIs(1));
    EXPECT_FALSE(found.is_cut);
    auto const stopped = asked(40, true);
    EXPECT_THAT(stopped.hits, IsEmpty());
    EXPECT_TRUE(stopped.is_cut);
    auto const too_large = asked(1UL << 40, false);
    EXPECT_THAT(too_large.hits, IsEmpty());
    EXPECT_TRUE(too_large.is_cut);
}

TEST(SessionIndex, ranks_phrases_before_scattered_words)
{
    IndexedHome home;
    home.write("a/scattered.txt", "user|1700000009000|open the file and then the door\n");
    home.write("a/phrase.txt", "user|1600000000000|open door policy\n");
    home.open();
    ASSERT_TRUE(home.is_whole());
    EXPECT_THAT(home.ids("open door "), ElementsAre("phrase", "scattered"));
    EXPECT_THAT(home.ids("\"open door\""), ElementsAre("phrase"));
}

TEST(SessionIndex, keeps_times_apart)
{
    IndexedHome home;
    home.write("a/old.txt", "user|1577836800000|word\n");
    home.write("a/new.txt", "user|1735689600000|word\n");
    home.open();
    ASSERT_TRUE(home.is_whole());
    EXPECT_THAT(home.ids("after:2024-01-01 word "), ElementsAre("new"));
    EXPECT_THAT(home.ids("before:2024-01-01 word "), ElementsAre("old"));
    EXPECT_THAT(home.ids("word "), ElementsAre("new", "old"));
}

TEST(SessionIndex, finds_ideograms_and_parts_of_names)
{
    IndexedHome home;
    home.write("a/ja.txt", "user|1700000000000|全文検索を作る\n");
    home.write("a/code.txt", "user|1700000000000|call getUserName or parse_head\n");
    home.open();
    ASSERT_TRUE(home.is_whole());
    EXPECT_THAT(home.ids("検索"), ElementsAre("ja"));
    EXPECT_THAT(home.ids("文検索を"), ElementsAre("ja"));
    EXPECT_THAT(home.ids("検全文"), IsEmpty());
    EXPECT_THAT(home.ids("username "), IsEmpty());
    EXPECT_THAT(home.ids("user "), ElementsAre("code"));
    EXPECT_THAT(home.ids("getusername "), ElementsAre("code"));
    EXPECT_THAT(home.ids("head "), ElementsAre("code"));
}

TEST(SessionIndex, follows_a_file_as_it_grows)
{
    IndexedHome home;
    home.write("a/live.txt", "user|1700000000000|first\n");
    home.open();
    ASSERT_TRUE(home.is_whole());
    home.write("a/live.txt", "assistant|1700000001000|second\nuser|1700000002000|half a li", true);
    ASSERT_TRUE(home.comes([](const SessionSnapshot& s) { return s.sessions.at(0)->facts.counted == 2; }));
    EXPECT_THAT(home.ids("second "), ElementsAre("live"));
    EXPECT_THAT(home.ids("half "), IsEmpty());
    home.write("a/live.txt", "ne\n", true);
    ASSERT_TRUE(home.comes([](const SessionSnapshot& s) { return s.sessions.at(0)->facts.counted == 3; }));
    EXPECT_THAT(home.ids("line half "), ElementsAre("live"));
    auto const hits = home.search("first ");
    ASSERT_THAT(hits, SizeIs(1));
    EXPECT_THAT(hits[0].matches, SizeIs(1));
}

TEST(SessionIndex, forgets_what_was_replaced_or_taken_back)
{
    IndexedHome home;
    home.write("a/one.txt", "user|1700000000000|apple\nuser|1700000000001|pear\nuser|1700000000002|plum\n");
    home.open();
    ASSERT_TRUE(home.is_whole());
    home.write("a/one.txt", "gone|0|2\nuser|1700000000003|fig\n", true);
    ASSERT_TRUE(home.comes([](const SessionSnapshot& s) { return s.sessions.at(0)->facts.counted == 4; }));
    EXPECT_THAT(home.ids("pear "), IsEmpty());
    EXPECT_THAT(home.ids("plum "), ElementsAre("one"));
    home.write("a/one.txt", "user|1700000000000|kiwi\n");
    ASSERT_TRUE(home.comes([](const SessionSnapshot& s) { return s.sessions.at(0)->facts.counted == 1; }));
    EXPECT_THAT(home.ids("plum "), IsEmpty());
    EXPECT_THAT(home.ids("kiwi "), ElementsAre("one"));
}

TEST(SessionIndex, sees_folders_that_appear_and_files_that_go)
{
    IndexedHome home;
    home.open();
    ASSERT_TRUE(home.is_whole());
    EXPECT_FALSE(fs::exists(home.path("a")));
    home.write("a/deep/er/one.txt", "user|1700000000000|apple\n");
    ASSERT_TRUE(home.comes([](const SessionSnapshot& s) { return s.sessions.size() == 1 && s.progress.is_whole(); }));
    EXPECT_THAT(home.ids("apple "), ElementsAre("one"));
    fs::rename(home.path("a/deep/er/one.txt"), home.path("a/deep/one.txt"));
    ASSERT_TRUE(home.comes([&](const SessionSnapshot& s) {
        return s.sessions.size() == 1 && s.sessions[0]->source.path == home.path("a/deep/one.txt");
    }));
    fs::remove_all(home.path("a"));
    ASSERT_TRUE(home.comes([](const SessionSnapshot& s) { return s.sessions.empty(); }));
    home.write("a/two.txt", "user|1700000000000|pear\n");
    ASSERT_TRUE(home.comes([](const SessionSnapshot& s) { return s.sessions.size() == 1 && s.progress.is_whole(); }));
    EXPECT_THAT(home.ids("apple "), IsEmpty());
    EXPECT_THAT(home.ids("pear "), ElementsAre("two"));
}

TEST(SessionIndex, remembers_across_a_restart_and_reads_only_what_is_new)
{
    IndexedHome home;
    home.write("a/one.txt", "user|1700000000000|apple\n");
    home.open();
    ASSERT_TRUE(home.is_whole());
    home.close();
    home.write("a/one.txt", "user|1700000001000|pear\n", true);
    home.write("b/two.txt", "user|1700000001000|plum\n");
    home.open();
    EXPECT_THAT(home.index().snapshot()->sessions, SizeIs(::testing::Ge(1)));
    ASSERT_TRUE(home.comes([](const SessionSnapshot& s) { return s.sessions.size() == 2 && s.progress.is_whole(); }));
    EXPECT_THAT(home.ids("apple "), ElementsAre("one"));
    EXPECT_THAT(home.ids("pear "), ElementsAre("one"));
    EXPECT_THAT(home.ids("plum "), ElementsAre("two"));
    EXPECT_THAT(home.search("apple ")[0].matches, SizeIs(1));
}

TEST(SessionIndex, is_made_anew_when_its_file_is_damaged)
{
    IndexedHome home;
    home.write("a/one.txt", "user|1700000000000|apple\n");
    home.write("cache/index.db", "this is no database, whatever its name says, and long enough to be read as one");
    home.open();
    ASSERT_TRUE(home.is_whole());
    EXPECT_THAT(home.ids("apple "), ElementsAre("one"));
}

TEST(SessionIndex, deletes_a_conversation_at_once)
{
    IndexedHome home;
    home.write("a/one.txt", "user|1700000000000|apple\n");
    home.open();
    ASSERT_TRUE(home.is_whole());
    auto const session = home.index().snapshot()->sessions.at(0);
    asio::io_context io;
    bool removed = false;
    asio::co_spawn(io, home.index().remove(session),
                   [&](std::exception_ptr, core::Result<void> result) { removed = result.has_value(); });
    io.run();
    EXPECT_TRUE(removed);
    EXPECT_THAT(home.index().snapshot()->sessions, IsEmpty());
    EXPECT_FALSE(fs::exists(home.path("a/one.txt")));
}

TEST(SessionIndex, adds_up_tokens_by_day_and_model)
{
    IndexedHome home;
    home.write("a/one.txt", "assistant|1700000000000|a\nassistant|1700000000001|b\nassistant|1700100000000|c\n");
    home.open();
    ASSERT_TRUE(home.is_whole());
    auto const sums = home.run(home.index().usage(0, INT64_MAX));
    ASSERT_THAT(sums, SizeIs(2));
    EXPECT_EQ(sums[0].answers + sums[1].answers, 3);
    EXPECT_EQ(sums[0].use.input + sums[1].use.input, 30);
    EXPECT_DOUBLE_EQ(*sums[0].use.cost, 1.0);
}

TEST(Snippet, marks_what_was_found_in_utf16_units)
{
    auto const query = parse_search_query("needle ", now);
    auto const snippet = make_snippet("😀 a Needle\nhere", *query);
    EXPECT_EQ(snippet.text, "😀 a Needle here");
    EXPECT_THAT(snippet.highlights, ElementsAre(Highlight{5, 11}));
}

TEST(Snippet, is_cut_at_the_ends_of_words)
{
    auto const query = parse_search_query("needle ", now);
    std::string words;
    for (int i = 0; i < 60; ++i) words += "word" + std::to_string(i) + " ";
    auto const snippet = make_snippet(words + "needle " + words, *query);
    EXPECT_TRUE(snippet.text.starts_with("...word")) << snippet.text;
    EXPECT_TRUE(snippet.text.ends_with("...")) << snippet.text;
    ASSERT_THAT(snippet.highlights, SizeIs(1));
    auto const mark = snippet.highlights[0];
    EXPECT_EQ(snippet.text.substr(mark.start, mark.end - mark.start), "needle");
    EXPECT_LE(snippet.text.size(), 75U * 2 + 6 + 6);
}

} // namespace
} // namespace pix::workbench
