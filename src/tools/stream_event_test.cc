#include "tools/stream_event.h"

#include <gtest/gtest.h>

#include <random>

namespace pix::tools {
namespace {

/// Events as "name=data;" in one line, for comparing.
std::string shown(std::string_view stream, const std::vector<std::size_t>& cuts = {})
{
    StreamEventParser parser;
    std::string text;
    auto const take = [&](std::string_view chunk) {
        auto events = parser.feed(chunk);
        if (!events) {
            text += "!" + std::string(core::name_of(events.error().code));
            return;
        }
        for (auto const& event : *events) text += event.name + "=" + event.data + ";";
    };
    std::size_t from = 0;
    for (auto const cut : cuts) {
        take(stream.substr(from, cut - from));
        from = cut;
    }
    take(stream.substr(from));
    if (auto const last = parser.finish()) text += "(" + last->name + "=" + last->data + ")";
    return text;
}

TEST(StreamEvent, reads_names_data_and_comments)
{
    EXPECT_EQ(shown("data: a\n\n"), "message=a;");
    EXPECT_EQ(shown("event: log\ndata:a\ndata: b\n\n"), "log=a\nb;");
    EXPECT_EQ(shown(": ping\n\ndata\n\n"), "message=;");
    EXPECT_EQ(shown("event: done\n\n"), "done=;");
    EXPECT_EQ(shown("id: 7\nretry: 10\nfoo: bar\n\n"), "");
    EXPECT_EQ(shown("data:  two spaces\n\n"), "message= two spaces;");
    EXPECT_EQ(shown("\xef\xbb\xbf"
                    "data: a\n\n"),
              "message=a;");
}

TEST(StreamEvent, takes_all_three_line_ends)
{
    EXPECT_EQ(shown("data: a\r\n\r\ndata: b\r\rdata: c\n\n"), "message=a;message=b;message=c;");
    EXPECT_EQ(shown("data: a\r\ndata: b\r\n\r\n"), "message=a\nb;");
    EXPECT_EQ(shown("data: a\r\ndata: b\r\n\r\n", {8, 9}), "message=a\nb;");
}

TEST(StreamEvent, gives_the_event_that_the_end_cuts_off)
{
    EXPECT_EQ(shown("data: a\n\ndata: b"), "message=a;(message=b)");
    EXPECT_EQ(shown("data: a\n\n"), "message=a;");
}

TEST(StreamEvent, refuses_an_event_above_its_limit)
{
    StreamEventParser parser(100);
    EXPECT_TRUE(parser.feed("data: " + std::string(80, 'x') + "\n\n"));
    EXPECT_TRUE(parser.feed("data: " + std::string(60, 'x') + "\n"));
    auto const refused = parser.feed("data: " + std::string(60, 'x'));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Errc::too_large);
}

TEST(StreamEvent, any_chunking_gives_the_same_events)
{
    std::mt19937 random(20'260'304);
    std::vector<std::string> const pieces{"data: a", "data: {\"x\":1}", "event: log", ": c",   "\n",      "\r\n", "\r",
                                          "\n\n",    "\r\n\r\n",        "data:",      "id: 1", "\xc3\xa9"};
    for (int round = 0; round < 300; ++round) {
        std::string stream;
        for (int i = 0; i < 20; ++i) stream += pieces[random() % pieces.size()];
        auto const whole = shown(stream);
        std::vector<std::size_t> every;
        for (std::size_t i = 1; i < stream.size(); ++i) every.push_back(i);
        EXPECT_EQ(shown(stream, every), whole);
        std::vector<std::size_t> some;
        for (std::size_t i = 1; i < stream.size(); ++i)
            if (random() % 5 == 0) some.push_back(i);
        EXPECT_EQ(shown(stream, some), whole);
    }
}

} // namespace
} // namespace pix::tools
