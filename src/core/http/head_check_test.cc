#include "core/http/head_check.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/http/testing/malformed_requests.h"

namespace pix::http {
namespace {

std::string head_of(const std::string& request)
{
    HeadEnd const end = find_head_end(request);
    return end.state == HeadEnd::State::complete ? request.substr(0, end.size) : request;
}

TEST(HeadCheck, refuses_every_malformed_head)
{
    ASSERT_GE(testing::malformed_heads().size(), 60U);
    for (const auto& [name, bytes] : testing::malformed_heads()) {
        HeadEnd const end = find_head_end(bytes);
        bool refused = end.state == HeadEnd::State::bad || end.state == HeadEnd::State::too_large;
        if (end.state == HeadEnd::State::complete) refused = !check_head(bytes.substr(0, end.size)).problem.empty();
        EXPECT_TRUE(refused) << name;
    }
}

TEST(HeadCheck, accepts_every_good_head)
{
    ASSERT_GE(testing::good_heads().size(), 20U);
    for (const auto& [name, bytes] : testing::good_heads()) EXPECT_EQ(check_head(head_of(bytes)).problem, "") << name;
}

TEST(HeadCheck, reads_what_frames_the_body)
{
    auto const with_length = check_head("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0042\r\n\r\n");
    EXPECT_EQ(with_length.problem, "");
    EXPECT_EQ(with_length.facts.content_length, 42U);
    EXPECT_FALSE(with_length.facts.chunked);

    auto const chunked =
        check_head("POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: Chunked\r\nExpect: 100-Continue\r\n\r\n");
    EXPECT_TRUE(chunked.facts.chunked);
    EXPECT_TRUE(chunked.facts.expects_continue);
    EXPECT_FALSE(chunked.facts.content_length);
}

TEST(HeadCheck, knows_when_the_connection_goes_on)
{
    auto const keeps = [](const std::string& version, const std::string& connection) {
        return check_head("GET / " + version + "\r\nHost: a\r\n" + connection + "\r\n").facts.keep_alive;
    };
    EXPECT_TRUE(keeps("HTTP/1.1", ""));
    EXPECT_FALSE(keeps("HTTP/1.1", "Connection: close\r\n"));
    EXPECT_FALSE(keeps("HTTP/1.1", "Connection: x, Close\r\n"));
    EXPECT_FALSE(keeps("HTTP/1.0", ""));
    EXPECT_TRUE(keeps("HTTP/1.0", "Connection: Keep-Alive\r\n"));
    EXPECT_FALSE(keeps("HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
}

TEST(HeadCheck, waits_for_the_rest_of_a_head)
{
    std::string const head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (std::size_t size = 0; size < head.size(); ++size)
        EXPECT_EQ(find_head_end(head.substr(0, size)).state, HeadEnd::State::incomplete) << size;
    HeadEnd const end = find_head_end(head + "GET");
    EXPECT_EQ(end.state, HeadEnd::State::complete);
    EXPECT_EQ(end.size, head.size());
}

TEST(HeadCheck, answers_a_bare_line_feed_before_the_head_is_complete)
{
    EXPECT_EQ(find_head_end("GET / HTTP/1.1\nHo").state, HeadEnd::State::bad);
    EXPECT_EQ(find_head_end(std::string_view("GET /\0", 6)).state, HeadEnd::State::bad);
    EXPECT_EQ(find_head_end("GET / HTTP/1.1\r").state, HeadEnd::State::incomplete);
    EXPECT_EQ(find_head_end("GET / HTTP/1.1\rHost").state, HeadEnd::State::bad);
}

TEST(HeadCheck, holds_the_limits_of_size_and_count)
{
    HeadLimits limits;
    limits.bytes = 200;
    limits.fields = 3;
    std::string const filler(300, 'a');
    EXPECT_EQ(find_head_end("GET /" + filler, limits).state, HeadEnd::State::too_large);
    EXPECT_EQ(find_head_end("GET / HTTP/1.1\r\nHost: a\r\nX: " + filler + "\r\n\r\n", limits).state,
              HeadEnd::State::too_large);
    EXPECT_EQ(check_head("GET / HTTP/1.1\r\nHost: a\r\nB: 1\r\nC: 1\r\n\r\n", limits).problem, "");
    EXPECT_EQ(check_head("GET / HTTP/1.1\r\nHost: a\r\nB: 1\r\nC: 1\r\nD: 1\r\n\r\n", limits).status, 431);
}

TEST(HeadCheck, takes_an_absolute_target_for_the_host_it_names)
{
    auto const same = check_head("GET http://LocalHost:80/a HTTP/1.1\r\nHost: localhost:80\r\n\r\n");
    EXPECT_EQ(same.problem, "");
    EXPECT_EQ(same.facts.authority, "LocalHost:80");
    EXPECT_NE(check_head("GET http://evil/a HTTP/1.1\r\nHost: localhost\r\n\r\n").problem, "");
}

TEST(HeadCheck, finds_tokens_in_lists)
{
    EXPECT_TRUE(has_token("keep-alive, Upgrade", "upgrade"));
    EXPECT_FALSE(has_token("upgraded", "upgrade"));
    EXPECT_FALSE(has_token("", "upgrade"));
}

} // namespace
} // namespace pix::http
