#include "core/http/websocket.h"

#include <gtest/gtest.h>

#include "core/http/signal.h"
#include "core/http/testing/socket_client.h"
#include "core/http/testing/test_server.h"

namespace pix::http {
namespace {

using testing::masked;
using testing::SocketClient;
using testing::TestServer;

awaitable<void> echo(std::shared_ptr<Request>, std::shared_ptr<WebSocket> socket)
{
    for (;;) {
        auto message = co_await socket->read();
        if (!message) co_return;
        if (message->binary)
            socket->send_binary(message->bytes);
        else
            socket->send_text(message->bytes);
    }
}

class WebSocketTest : public ::testing::Test {
protected:
    Route& socket_route(SocketHandler handler) { return server.add(Method::get, "/live", std::move(handler)); }
    /// A handler that only leaves its socket where the test finds it, until the socket is closed.
    Route& kept_route()
    {
        return socket_route([this](std::shared_ptr<Request> request, std::shared_ptr<WebSocket> socket) {
            return keep(this, std::move(request), std::move(socket));
        });
    }
    static awaitable<void> keep(WebSocketTest* test, std::shared_ptr<Request>, std::shared_ptr<WebSocket> socket)
    {
        test->sockets.push_back(socket);
        for (;;) {
            auto const message = co_await socket->read();
            if (!message) break;
        }
        ++test->ended;
        std::erase(test->sockets, socket);
    }
    std::vector<std::shared_ptr<WebSocket>> sockets;
    int ended = 0;
    TestServer server; ///< last: it stops before what its handlers use goes
};

TEST_F(WebSocketTest, echoes_text_and_binary_messages)
{
    socket_route(echo);
    server.start();
    SocketClient client(server.port, "/live");
    EXPECT_EQ(client.answer.status, 101);
    EXPECT_EQ(client.answer.header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    client.text("hello");
    EXPECT_EQ(client.read().payload, "hello");
    client.raw.send(masked(0x82, std::string("\0\xff", 2)));
    auto const binary = client.read();
    EXPECT_EQ(binary.first, 0x82U);
    EXPECT_EQ(binary.payload, std::string("\0\xff", 2));
    client.raw.send(masked(0x88, std::string("\x03\xe8", 2)));
    EXPECT_EQ(client.read_close(), 1000U);
    EXPECT_TRUE(client.raw.at_end());
}

TEST_F(WebSocketTest, answers_pings_while_nobody_reads)
{
    socket_route([](std::shared_ptr<Request>, std::shared_ptr<WebSocket> socket) -> awaitable<void> {
        Signal closed;
        socket->on_close([&] { closed.wake(); });
        co_await closed.wait();
    });
    server.start();
    SocketClient client(server.port, "/live");
    client.raw.send(masked(0x89, "are you there"));
    auto const pong = client.read();
    EXPECT_EQ(pong.first, 0x8aU);
    EXPECT_EQ(pong.payload, "are you there");
}

TEST_F(WebSocketTest, refuses_a_handshake_that_is_none)
{
    socket_route(echo);
    server.start();
    auto const ask = [&](const std::string& headers) {
        auto client = server.client();
        return client.get("/live", headers).status;
    };
    EXPECT_EQ(ask(""), 426);
    EXPECT_EQ(ask("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: "
                  "dGhlIHNhbXBsZSBub25jZQ==\r\n"),
              400);
    EXPECT_EQ(
        ask("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: abc\r\n"),
        400);
    EXPECT_EQ(SocketClient(server.port, "/live", "Origin: http://evil.example\r\n").answer.status, 403);
    EXPECT_EQ(SocketClient(server.port, "/live", "Origin: http://localhost\r\n").answer.status, 101);
}

TEST_F(WebSocketTest, closes_on_a_message_over_the_limit)
{
    socket_route(echo).socket.message_limit = 10;
    server.start();
    SocketClient client(server.port, "/live");
    client.text("0123456789");
    EXPECT_EQ(client.read().payload, "0123456789");
    client.text("0123456789a");
    EXPECT_EQ(client.read_close(), 1009U);
    EXPECT_TRUE(client.raw.at_end());
}

TEST_F(WebSocketTest, compresses_only_where_both_sides_agree)
{
    Route& route = socket_route(echo);
    route.socket.compression = true;
    route.socket.message_limit = 2000;
    server.start();
    std::string const text(1000, 'a');
    SocketClient plain(server.port, "/live");
    EXPECT_EQ(plain.answer.header("Sec-WebSocket-Extensions"), "");
    plain.text(text);
    EXPECT_EQ(plain.read().first, 0x81U);
    SocketClient client(server.port, "/live",
                        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n");
    EXPECT_TRUE(client.answer.header("Sec-WebSocket-Extensions").starts_with("permessage-deflate"));
    client.raw.send(masked(0xc1, deflate_message(text)));
    auto const frame = client.read();
    EXPECT_EQ(frame.first, 0xc1U);
    EXPECT_LT(frame.payload.size(), 100U);
    EXPECT_EQ(inflate_message(frame.payload, 2000), text);
    client.raw.send(masked(0xc1, deflate_message(std::string(3000, 'a'))));
    EXPECT_EQ(client.read_close(), 1009U);
}

TEST_F(WebSocketTest, agrees_on_a_protocol_that_it_knows)
{
    socket_route(echo).socket.protocols = {"pix.1", "pix.2"};
    server.start();
    EXPECT_EQ(SocketClient(server.port, "/live", "Sec-WebSocket-Protocol: other, pix.2\r\n")
                  .answer.header("Sec-WebSocket-Protocol"),
              "pix.2");
    EXPECT_EQ(
        SocketClient(server.port, "/live", "Sec-WebSocket-Protocol: other\r\n").answer.header("Sec-WebSocket-Protocol"),
        "");
}

TEST_F(WebSocketTest, sends_a_shared_frame_to_everybody)
{
    kept_route();
    server.start();
    std::vector<SocketClient> clients;
    clients.reserve(5);
    for (int i = 0; i < 5; ++i) clients.emplace_back(server.port, "/live");
    ASSERT_TRUE(server.eventually([&] { return sockets.size() == 5; }));
    server.on_io([&] {
        for (int event = 0; event < 3; ++event) {
            auto const frame = message_frame("event " + std::to_string(event));
            for (auto const& socket : sockets) socket->send(frame);
        }
    });
    for (auto& client : clients)
        for (int event = 0; event < 3; ++event) EXPECT_EQ(client.read().payload, "event " + std::to_string(event));
}

TEST_F(WebSocketTest, drops_what_a_slow_client_missed_and_tells_it_to_resync)
{
    kept_route().socket.queue_bytes = 64 * 1024;
    server.start();
    SocketClient client(server.port, "/live");
    ASSERT_TRUE(server.eventually([&] { return sockets.size() == 1; }));
    auto const frame = message_frame(std::string(32 * 1024, 'x'));
    std::size_t most = 0;
    bool lagged = false;
    for (int i = 0; i < 1000; ++i) {
        server.on_io([&] {
            sockets[0]->set_resync(message_frame("resync"));
            // What is left after a refusal: the frame that is on its way, and the resync.
            if (!sockets[0]->send(frame)) {
                EXPECT_LE(sockets[0]->queued_bytes(), 33U * 1024);
            }
            lagged = sockets[0]->take_lagged() || lagged;
        });
        most = std::max(most, server.on_io([&] { return sockets[0]->queued_bytes(); }));
    }
    EXPECT_TRUE(lagged);
    EXPECT_LE(most, 128U * 1024);
    bool resynced = false;
    for (int i = 0; i < 1000 && !resynced; ++i) resynced = client.read().payload == "resync";
    EXPECT_TRUE(resynced);
}

TEST_F(WebSocketTest, closes_a_slow_client_that_cannot_resync)
{
    kept_route().socket.queue_frames = 4;
    server.start();
    SocketClient client(server.port, "/live");
    ASSERT_TRUE(server.eventually([&] { return sockets.size() == 1; }));
    auto const frame = message_frame(std::string(100 * 1024, 'x'));
    for (int i = 0; i < 1000 && server.on_io([&] { return ended; }) == 0; ++i)
        server.on_io([&] {
            if (!sockets.empty()) sockets[0]->send(frame);
        });
    EXPECT_EQ(server.on_io([&] { return ended; }), 1);
    unsigned last = 0;
    for (auto received = client.read(); received.first != 0; received = client.read()) last = received.first;
    EXPECT_EQ(last, 0x88U);
}

TEST_F(WebSocketTest, pings_a_silent_client_and_then_gives_up)
{
    server.options.socket_idle_timeout = std::chrono::milliseconds(100);
    server.options.sweep_interval = std::chrono::milliseconds(10);
    kept_route();
    server.start();
    SocketClient client(server.port, "/live");
    EXPECT_EQ(client.read().first, 0x89U);
    EXPECT_TRUE(client.raw.at_end());
    EXPECT_TRUE(server.eventually([&] { return ended == 1; }));
}

TEST_F(WebSocketTest, lets_a_client_wait_whose_messages_nobody_reads)
{
    Signal go;
    std::size_t got = 0;
    socket_route([&](std::shared_ptr<Request>, std::shared_ptr<WebSocket> socket) -> awaitable<void> {
        co_await go.wait();
        for (;;) {
            auto const message = co_await socket->read();
            if (!message) co_return;
            got += message->bytes.size();
        }
    });
    server.start();
    SocketClient client(server.port, "/live");
    std::string many;
    for (int i = 0; i < 100; ++i) many += masked(0x81, "0123456789");
    client.raw.send(many);
    ASSERT_TRUE(server.eventually([&] { return go.has_sleeper(); }));
    server.on_io([&] { go.wake(); });
    EXPECT_TRUE(server.eventually([&] { return got == 1000; }));
    client.text("one more");
    EXPECT_TRUE(server.eventually([&] { return got == 1008; }));
    server.stop();
}

TEST_F(WebSocketTest, says_goodbye_when_the_server_stops)
{
    kept_route();
    server.start();
    SocketClient client(server.port, "/live");
    ASSERT_TRUE(server.eventually([&] { return sockets.size() == 1; }));
    auto stopped = asio::co_spawn(server.io, server.server->stop(std::chrono::seconds(10)), asio::use_future);
    EXPECT_EQ(client.read_close(), 1001U);
    EXPECT_TRUE(client.raw.at_end());
    client.raw.close();
    stopped.get();
    EXPECT_EQ(ended, 1);
}

TEST_F(WebSocketTest, notices_a_client_that_vanishes)
{
    kept_route();
    server.start();
    {
        SocketClient const client(server.port, "/live");
        ASSERT_TRUE(server.eventually([&] { return sockets.size() == 1; }));
    }
    EXPECT_TRUE(server.eventually([&] { return ended == 1; }));
}

} // namespace
} // namespace pix::http
