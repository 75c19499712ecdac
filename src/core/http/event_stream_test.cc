#include "core/http/event_stream.h"

#include <gtest/gtest.h>

#include "core/http/signal.h"
#include "core/http/testing/test_server.h"

namespace pix::http {
namespace {

using testing::TestServer;

std::string payload(const SharedFrame& frame)
{
    return frame->bytes.substr(frame->payload_at, frame->payload_size);
}

TEST(EventStream, frames_events)
{
    EXPECT_EQ(event_frame(7, "job", "{\"a\":1}")->bytes, "20\r\nid: 7\nevent: job\ndata: {\"a\":1}\n\n\r\n");
    EXPECT_EQ(payload(event_frame({}, "", "a\nb\r\nc\rd")), "data: a\ndata: b\ndata: c\ndata: d\n\n");
    EXPECT_EQ(payload(event_frame({}, "a\r\nid: 9", "")), "event: aid: 9\ndata: \n\n");
}

class StreamTest : public ::testing::Test {
protected:
    void events(EventSource source)
    {
        server.slow_route(Method::get, "/events",
                          [source](std::shared_ptr<Request>) -> awaitable<core::Result<Response>> {
                              co_return Response::events(source);
                          });
    }
    TestServer server;
};

TEST_F(StreamTest, sends_events_as_chunks_and_goes_on)
{
    events([](std::shared_ptr<EventWriter> writer) -> awaitable<void> {
        std::string const name = "n";
        std::string const data = "d";
        for (std::int64_t i = 1; i <= 2; ++i) co_await writer->event(i, name, data);
        const std::string quiet = "still here";
        co_await writer->comment(quiet);
        co_await writer->retry(std::chrono::milliseconds(500));
    });
    server.start();
    auto client = server.client();
    for (int i = 0; i < 2; ++i) {
        auto const answer = client.get("/events");
        EXPECT_EQ(answer.header("Content-Type"), "text/event-stream");
        EXPECT_EQ(answer.header("Cache-Control"), "no-store");
        EXPECT_EQ(answer.body, "id: 1\nevent: n\ndata: d\n\nid: 2\nevent: n\ndata: d\n\n:still here\n\nretry: 500\n\n");
    }
}

TEST_F(StreamTest, sends_no_chunks_to_clients_of_http_1_0)
{
    events([](std::shared_ptr<EventWriter> writer) -> awaitable<void> {
        std::string const text = "x";
        co_await writer->event({}, text, text);
    });
    server.start();
    auto client = server.client();
    auto const answer = client.ask("GET /events HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(answer.header("Transfer-Encoding"), "");
    EXPECT_EQ(answer.body, "event: x\ndata: x\n\n");
}

TEST_F(StreamTest, waits_for_a_client_that_reads_slowly)
{
    constexpr std::size_t pieces = 200;
    server.slow_route(Method::get, "/large", [](std::shared_ptr<Request>) -> awaitable<core::Result<Response>> {
        co_return Response::stream("text/plain", [](std::shared_ptr<BodyWriter> writer) -> awaitable<void> {
            for (std::size_t i = 0; i < pieces; ++i) {
                std::string piece(100'000, static_cast<char>('a' + i % 26));
                auto const sent = co_await writer->write(std::move(piece));
                if (!sent) co_return;
            }
        });
    });
    server.start();
    auto client = server.client();
    auto const answer = client.get("/large");
    ASSERT_EQ(answer.body.size(), pieces * 100'000);
    for (std::size_t i = 0; i < pieces; ++i) ASSERT_EQ(answer.body[i * 100'000 + 7], static_cast<char>('a' + i % 26));
    EXPECT_EQ(client.get("/nowhere").status, 404);
}

TEST_F(StreamTest, cuts_off_a_client_that_reads_nothing)
{
    server.options.slow_reader_timeout = std::chrono::milliseconds(100);
    server.options.sweep_interval = std::chrono::milliseconds(10);
    bool failed = false;
    events([&](std::shared_ptr<EventWriter> writer) -> awaitable<void> {
        std::string const data(100'000, 'x');
        std::string const name;
        for (;;) {
            auto const sent = co_await writer->event({}, name, data);
            if (sent) continue;
            failed = sent.error().code == core::Errc::cancelled;
            co_return;
        }
    });
    server.start();
    auto client = server.client();
    client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(server.eventually([&] { return failed; }));
    EXPECT_TRUE(server.eventually([&] { return server.server->connections() == 0; }));
    server.stop();
}

TEST_F(StreamTest, tells_a_writer_that_its_client_has_gone)
{
    server.options.sweep_interval = std::chrono::hours(1); // it must not be the sweep that notices
    bool waiting = false;
    bool gone = false;
    events([&](std::shared_ptr<EventWriter> writer) -> awaitable<void> {
        Signal woken;
        writer->on_gone([&] { woken.wake(); });
        waiting = true;
        co_await woken.wait();
        gone = writer->client_gone();
    });
    server.start();
    auto client = server.client();
    client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(server.eventually([&] { return waiting; }));
    client.close();
    EXPECT_TRUE(server.eventually([&] { return gone; }));
    EXPECT_TRUE(server.eventually([&] { return server.server->connections() == 0; }));
    server.stop();
}

TEST_F(StreamTest, says_that_a_shared_event_did_not_fit)
{
    std::shared_ptr<EventWriter> kept;
    events([&](std::shared_ptr<EventWriter> writer) -> awaitable<void> {
        Signal woken;
        writer->on_gone([&] { woken.wake(); });
        kept = writer;
        co_await woken.wait();
        kept.reset();
    });
    server.start();
    auto client = server.client();
    client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(server.eventually([&] { return kept != nullptr; }));
    auto const frame = event_frame(1, "n", "d");
    int const sent = server.on_io([&] {
        int count = 0;
        while (kept->send(frame)) ++count;
        return count;
    });
    EXPECT_EQ(sent, 256);
    EXPECT_TRUE(server.on_io([&] { return kept->take_lagged(); }));
    EXPECT_FALSE(server.on_io([&] { return kept->take_lagged(); }));
    client.read_until("\r\n\r\n");
    for (int i = 0; i < sent; ++i) ASSERT_EQ(client.read_exactly(frame->bytes.size()), frame->bytes);
    server.stop();
}

TEST_F(StreamTest, ends_streams_when_the_server_stops)
{
    bool refused = false;
    bool waiting = false;
    events([&](std::shared_ptr<EventWriter> writer) -> awaitable<void> {
        Signal woken;
        writer->on_gone([&] { woken.wake(); });
        waiting = true;
        co_await woken.wait();
        const std::string text = "late";
        auto const sent = co_await writer->event({}, text, text);
        refused = !sent;
    });
    server.start();
    auto client = server.client();
    client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(server.eventually([&] { return waiting; }));
    client.read_until("\r\n\r\n");
    server.stop_with(std::chrono::seconds(10));
    EXPECT_TRUE(refused);
    EXPECT_TRUE(client.at_end());
}

TEST_F(StreamTest, does_not_make_an_interrupted_answer_look_whole)
{
    server.slow_route(Method::get, "/broken", [](std::shared_ptr<Request>) -> awaitable<core::Result<Response>> {
        co_return Response::stream("text/plain", [](std::shared_ptr<BodyWriter> writer) -> awaitable<void> {
            std::string piece = "half";
            co_await writer->write(std::move(piece));
            throw std::runtime_error("bug");
        });
    });
    server.start();
    auto client = server.client();
    client.send("GET /broken HTTP/1.1\r\nHost: localhost\r\n\r\n");
    client.read_until("\r\n\r\n");
    EXPECT_EQ(client.read_to_end().find("0\r\n\r\n"), std::string::npos);
}

} // namespace
} // namespace pix::http
