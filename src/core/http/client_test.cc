#include "core/http/client.h"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace pix::http {
namespace {

using core::Errc;
using core::Result;
using namespace std::chrono_literals;
using tcp = asio::ip::tcp;

/// Answers each request with the next text of a script, from wherever connections come.
class ScriptedServer {
public:
    struct Answer {
        std::string text;
        bool then_close = false;
        bool reset = false; ///< closes with a reset instead of an answer, before reading
    };

    ScriptedServer(asio::io_context& io, std::deque<Answer> answers)
        : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), answers_(std::move(answers))
    {
        asio::co_spawn(io, accept(), asio::detached);
    }

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    int connections() const { return connections_; }
    const std::vector<std::string>& requests() const { return requests_; }
    void close_all()
    {
        for (auto& socket : open_) socket->close();
        open_.clear();
    }
    void stop()
    {
        acceptor_.close();
        close_all();
    }

private:
    awaitable<void> accept()
    {
        for (;;) {
            auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
            if (error) co_return;
            ++connections_;
            auto shared = std::make_shared<tcp::socket>(std::move(socket));
            open_.push_back(shared);
            asio::co_spawn(acceptor_.get_executor(), serve(shared), asio::detached);
        }
    }

    awaitable<void> serve(std::shared_ptr<tcp::socket> socket)
    {
        std::string buffer;
        for (;;) {
            auto [error, n] = co_await asio::async_read_until(*socket, asio::dynamic_buffer(buffer), "\r\n\r\n",
                                                              asio::as_tuple(asio::use_awaitable));
            if (error) co_return;
            requests_.push_back(std::exchange(buffer, {}));
            if (answers_.empty()) co_return;
            Answer const answer = answers_.front();
            answers_.pop_front();
            if (!answer.text.empty()) {
                auto [failed, sent] =
                    co_await asio::async_write(*socket, asio::buffer(answer.text), asio::as_tuple(asio::use_awaitable));
                if (failed) co_return;
            }
            if (answer.reset) socket->set_option(asio::socket_base::linger(true, 0));
            if (answer.then_close || answer.reset) {
                socket->close();
                co_return;
            }
        }
    }

    tcp::acceptor acceptor_;
    std::deque<Answer> answers_;
    std::vector<std::shared_ptr<tcp::socket>> open_;
    std::vector<std::string> requests_;
    int connections_ = 0;
};

std::string ok(const std::string& body)
{
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\nX-Who: me\r\n\r\n" + body;
}

class LocalClientSuite : public ::testing::Test {
protected:
    template <class T>
    T run(awaitable<T> work)
    {
        std::optional<T> result;
        auto keep = [](awaitable<T> inner, std::optional<T>& out) -> awaitable<void> {
            out = co_await std::move(inner);
        };
        asio::co_spawn(io, keep(std::move(work), result), asio::detached);
        io.restart();
        while (!result && io.run_one_for(20s) > 0) {
        }
        if (!result) throw std::runtime_error("nothing happened for 20 s");
        return *std::move(result);
    }

    ClientRequest get(const ScriptedServer& server)
    {
        ClientRequest request;
        request.port = server.port();
        request.target = "/healthz";
        return request;
    }

    ClientRequest post(const ScriptedServer& server)
    {
        ClientRequest request = get(server);
        request.method = "POST";
        request.headers = {{"X-Pixie-Run-Id", "7"}};
        return request;
    }

    asio::io_context io;
    LocalClient client{io.get_executor()};
};

TEST_F(LocalClientSuite, reuses_the_connection_and_sends_headers)
{
    ScriptedServer server(io, {{ok("one")}, {ok("two")}});
    auto const first = run(client.request(post(server)));
    auto const second = run(client.request(get(server)));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->body, "one");
    EXPECT_EQ(second->body, "two");
    EXPECT_EQ(second->header("x-who"), "me");
    EXPECT_EQ(server.connections(), 1);
    EXPECT_NE(server.requests()[0].find("X-Pixie-Run-Id: 7\r\n"), std::string::npos);
    EXPECT_NE(server.requests()[0].find("Content-Length: 0\r\n"), std::string::npos);
}

TEST_F(LocalClientSuite, opens_a_new_connection_when_the_kept_one_was_closed)
{
    ScriptedServer server(io, {{ok("one")}, {ok("two")}});
    ASSERT_TRUE(run(client.request(post(server))));
    EXPECT_EQ(client.idle_connections(server.port()), 1U);
    server.close_all();
    auto const second = run(client.request(post(server)));
    ASSERT_TRUE(second);
    EXPECT_EQ(second->body, "two");
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(LocalClientSuite, repeats_a_get_but_never_a_post_that_was_read)
{
    ScriptedServer server(io, {{ok("one")}, {"", true}, {ok("three")}});
    ASSERT_TRUE(run(client.request(get(server))));
    auto const repeated = run(client.request(get(server)));
    ASSERT_TRUE(repeated);
    EXPECT_EQ(repeated->body, "three");

    ScriptedServer other(io, {{ok("one")}, {"", true}, {ok("three")}});
    ASSERT_TRUE(run(client.request(post(other))));
    auto const refused = run(client.request(post(other)));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::bad_gateway);
    EXPECT_EQ(other.requests().size(), 2U);
}

TEST_F(LocalClientSuite, says_when_nobody_listens)
{
    std::uint16_t port = 0;
    {
        ScriptedServer server(io, {});
        port = server.port();
        server.stop();
        io.poll();
    }
    ClientRequest request;
    request.port = port;
    auto const answer = run(client.request(request));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::unavailable);
}

TEST_F(LocalClientSuite, refuses_a_body_over_the_ceiling_with_and_without_a_length)
{
    ScriptedServer server(io, {{ok(std::string(2000, 'x'))},
                               {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
                                std::string(2000, 'x') + "\r\n0\r\n\r\n"}});
    for (int i = 0; i < 2; ++i) {
        ClientRequest request = get(server);
        request.max_body = 1000;
        auto const answer = run(client.request(request));
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, Errc::too_large);
    }
}

TEST_F(LocalClientSuite, names_nonsense_and_broken_off_answers)
{
    ScriptedServer server(
        io, {{"SSH-2.0-OpenSSH\r\n\r\n", true}, {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", true}});
    auto const nonsense = run(client.request(get(server)));
    ASSERT_FALSE(nonsense);
    EXPECT_EQ(nonsense.error().code, Errc::bad_gateway);
    auto const half = run(client.request(get(server)));
    ASSERT_FALSE(half);
    EXPECT_EQ(half.error().code, Errc::bad_gateway);
    EXPECT_NE(half.error().message.find("middle"), std::string::npos);
}

TEST_F(LocalClientSuite, gives_up_at_the_deadline)
{
    ScriptedServer server(io, {{""}});
    ClientRequest request = get(server);
    request.deadline = 50ms;
    auto const answer = run(client.request(request));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::timeout);
}

TEST_F(LocalClientSuite, stops_waiting_when_cancelled)
{
    ScriptedServer server(io, {{""}});
    auto const cancellation = std::make_shared<Cancellation>();
    asio::steady_timer soon(io, 20ms);
    soon.async_wait([&](auto) { cancellation->cancel(); });
    auto const answer = run(client.request(get(server), cancellation));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::cancelled);
    EXPECT_FALSE(run(client.request(get(server), cancellation)));
}

TEST_F(LocalClientSuite, refuses_header_text_that_would_split_the_request)
{
    ScriptedServer server(io, {});
    ClientRequest request = get(server);
    request.headers = {{"X-A", "b\r\nX-C: d"}};
    auto const answer = run(client.request(request));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::invalid);
}

TEST_F(LocalClientSuite, skips_interim_answers)
{
    ScriptedServer server(io, {{"HTTP/1.1 100 Continue\r\n\r\n" + ok("late")}});
    auto const answer = run(client.request(get(server)));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "late");
}

TEST_F(LocalClientSuite, streams_a_chunked_body_to_its_end)
{
    ScriptedServer server(io,
                          {{"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "6\r\ndata: \r\n3\r\n1\n\n\r\n0\r\n\r\n"}});
    auto const stream = run(client.stream(get(server)));
    ASSERT_TRUE(stream);
    EXPECT_EQ((*stream)->status(), 200);
    EXPECT_EQ((*stream)->header("content-type"), "text/event-stream");
    std::string all;
    for (;;) {
        auto const piece = run((*stream)->next(2s));
        ASSERT_TRUE(piece);
        if (!*piece) break;
        all += **piece;
    }
    EXPECT_EQ(all, "data: 1\n\n");
}

TEST_F(LocalClientSuite, ends_a_stream_without_length_at_the_close_and_times_out_when_silent)
{
    ScriptedServer server(io, {{"HTTP/1.0 200 OK\r\n\r\nabc", true}, {"HTTP/1.0 200 OK\r\n\r\nabc"}});
    auto const closed = run(client.stream(get(server)));
    ASSERT_TRUE(closed);
    EXPECT_EQ(*run((*closed)->next(2s)), "abc");
    EXPECT_EQ(*run((*closed)->next(2s)), std::nullopt);

    auto const silent = run(client.stream(get(server)));
    ASSERT_TRUE(silent);
    EXPECT_EQ(*run((*silent)->next(2s)), "abc");
    auto const nothing = run((*silent)->next(30ms));
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().code, Errc::timeout);
}

} // namespace
} // namespace pix::http
