#include "core/http/server.h"

#include <gtest/gtest.h>

#include "core/base/testing/temporary_folder.h"
#include "core/http/signal.h"
#include "core/http/testing/malformed_requests.h"
#include "core/http/testing/test_server.h"

namespace pix::http {
namespace {

using testing::RawAnswer;
using testing::RawClient;
using testing::TestServer;

class ServerTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        server.route(Method::get, "/",
                     [](const Request&) -> core::Result<Response> { return Response::html("<p>home</p>"); });
        server.route(Method::get, "/api/healthz",
                     [](const Request&) -> core::Result<Response> { return Response::json({{"ok", true}}); });
        server.slow_route(Method::post, "/echo",
                          [](std::shared_ptr<Request> request) -> awaitable<core::Result<Response>> {
                              co_return Response::bytes(request->body(), "application/octet-stream");
                          });
        server.slow_route(Method::get, "/tool/{tool_id}",
                          [](std::shared_ptr<Request> request) -> awaitable<core::Result<Response>> {
                              co_return Response::text(request->param("tool_id") + " at " + request->path());
                          });
        server.route(Method::get, "/bug",
                     [](const Request&) -> core::Result<Response> { throw std::runtime_error("secret"); });
        server.slow_route(Method::get, "/api/bug", [](std::shared_ptr<Request>) -> awaitable<core::Result<Response>> {
            throw std::runtime_error("secret");
            co_return Response::empty();
        });
    }
    TestServer server;
};

TEST_F(ServerTest, answers_with_json_security_headers_and_a_request_id)
{
    server.start();
    auto client = server.client();
    RawAnswer const answer = client.get("/api/healthz");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "{\"ok\":true}");
    EXPECT_EQ(answer.header("Content-Type"), "application/json");
    EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.header("Cache-Control"), "no-store");
    EXPECT_EQ(answer.header("X-Request-Id").size(), 14U);
    EXPECT_EQ(answer.header("Date").size(), 29U);
    EXPECT_EQ(answer.header("Content-Security-Policy"), "");
    EXPECT_NE(client.get("/api/healthz").header("X-Request-Id"), answer.header("X-Request-Id"));
}

TEST_F(ServerTest, sends_the_strict_policy_with_pages)
{
    server.start();
    EXPECT_EQ(server.client().get("/").header("Content-Security-Policy"), strict_content_policy);
}

TEST_F(ServerTest, answers_pipelined_requests_in_order)
{
    server.start();
    auto client = server.client();
    std::string const health = "GET /api/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    std::string const post = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc";
    std::string const tool = "GET /tool/x HTTP/1.1\r\nHost: localhost\r\n\r\n";
    client.send(health + health + post + tool + health);
    EXPECT_EQ(client.read_answer().body, "{\"ok\":true}");
    EXPECT_EQ(client.read_answer().body, "{\"ok\":true}");
    EXPECT_EQ(client.read_answer().body, "abc");
    EXPECT_EQ(client.read_answer().body, "x at /tool/x");
    EXPECT_EQ(client.read_answer().body, "{\"ok\":true}");
}

TEST_F(ServerTest, takes_a_request_byte_by_byte)
{
    server.start();
    auto client = server.client();
    for (char const byte : std::string(
             "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
        client.send(std::string_view(&byte, 1));
    EXPECT_EQ(client.read_answer().body, "abc");
    EXPECT_EQ(client.get("/api/healthz").status, 200);
}

TEST_F(ServerTest, refuses_every_malformed_request_and_closes)
{
    server.start();
    for (const auto& [name, bytes] : testing::malformed_heads()) {
        auto client = server.client();
        client.send(bytes);
        RawAnswer const answer = client.read_answer();
        EXPECT_TRUE(answer.status == 400 || answer.status == 431) << name << ": " << answer.status;
        EXPECT_EQ(answer.header("Connection"), "close") << name;
        EXPECT_TRUE(client.at_end()) << name;
    }
}

TEST_F(ServerTest, refuses_every_malformed_chunked_body_and_closes)
{
    server.start();
    for (const auto& [name, bytes] : testing::malformed_chunks()) {
        auto client = server.client();
        client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + bytes);
        RawAnswer const answer = client.read_answer();
        EXPECT_EQ(answer.status, 400) << name;
        EXPECT_TRUE(client.at_end()) << name;
    }
}

TEST_F(ServerTest, gives_an_answer_to_every_good_request)
{
    server.start();
    for (const auto& [name, bytes] : testing::good_heads()) {
        auto client = server.client();
        client.send(bytes);
        RawAnswer const answer = client.read_answer();
        EXPECT_NE(answer.status, 400) << name;
        EXPECT_NE(answer.status, 0) << name;
    }
}

TEST_F(ServerTest, tells_unknown_paths_from_wrong_methods)
{
    server.start();
    auto client = server.client();
    RawAnswer const missing = client.get("/nowhere", "Accept: application/json\r\n");
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(missing.body, "{\"detail\":\"there is nothing at this address\"}");
    RawAnswer const wrong = client.ask("DELETE /tool/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.header("Allow"), "GET, HEAD, OPTIONS");
    RawAnswer const options = client.ask("OPTIONS /echo HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(options.status, 204);
    EXPECT_EQ(options.header("Allow"), "POST, OPTIONS");
    EXPECT_EQ(client.ask("BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 501);
}

TEST_F(ServerTest, answers_head_without_a_body)
{
    server.start();
    auto client = server.client();
    RawAnswer const answer = client.ask("HEAD /api/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", true);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Content-Length"), "11");
    EXPECT_EQ(client.get("/api/healthz").body, "{\"ok\":true}");
}

TEST_F(ServerTest, keeps_what_a_bug_said_to_itself)
{
    server.start();
    auto client = server.client();
    for (const char* const path : {"/bug", "/api/bug"}) {
        RawAnswer const answer = client.get(path);
        EXPECT_EQ(answer.status, 500) << path;
        EXPECT_EQ(answer.body.find("secret"), std::string::npos) << path;
    }
}

TEST_F(ServerTest, refuses_a_body_over_the_routes_limit)
{
    server.routes[2].body_limit = 4;
    server.start();
    {
        auto client = server.client();
        EXPECT_EQ(client.ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nabcd").body, "abcd");
        EXPECT_EQ(client.ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde").status, 413);
        EXPECT_TRUE(client.at_end());
    }
    auto client = server.client();
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n");
    EXPECT_EQ(client.read_answer().status, 413);
}

TEST_F(ServerTest, says_continue_before_it_reads_a_body)
{
    server.routes[2].body_limit = 4;
    server.start();
    auto client = server.client();
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_answer().status, 100);
    EXPECT_EQ(client.ask("abc").body, "abc");
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_answer().status, 413);
}

TEST_F(ServerTest, closes_when_the_client_asks_for_it)
{
    server.start();
    auto client = server.client();
    EXPECT_EQ(client.get("/api/healthz", "Connection: close\r\n").header("Connection"), "close");
    EXPECT_TRUE(client.at_end());
    auto old = server.client();
    RawAnswer const answer = old.ask("GET /api/healthz HTTP/1.0\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(answer.body, "{\"ok\":true}");
    EXPECT_TRUE(old.at_end());
}

TEST_F(ServerTest, gives_up_on_clients_that_are_idle_or_slow)
{
    server.options.idle_timeout = std::chrono::milliseconds(50);
    server.options.request_timeout = std::chrono::milliseconds(50);
    server.options.sweep_interval = std::chrono::milliseconds(10);
    server.start();
    auto idle = server.client();
    EXPECT_TRUE(idle.at_end());
    auto slow_head = server.client();
    slow_head.send("GET / HT");
    EXPECT_EQ(slow_head.read_answer().status, 408);
    auto slow_body = server.client();
    slow_body.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_EQ(slow_body.read_answer().status, 408);
    EXPECT_TRUE(slow_body.at_end());
}

TEST_F(ServerTest, says_so_when_too_many_connections_are_open)
{
    server.options.connections = 2;
    server.start();
    auto first = server.client();
    auto second = server.client();
    EXPECT_EQ(first.get("/api/healthz").status, 200);
    EXPECT_EQ(second.get("/api/healthz").status, 200);
    auto third = server.client();
    EXPECT_EQ(third.read_answer().status, 503);
    first.close();
    EXPECT_TRUE(server.eventually([&] { return server.server->connections() == 1; }));
    EXPECT_EQ(server.client().get("/api/healthz").status, 200);
}

TEST_F(ServerTest, refuses_foreign_hosts_and_pages_of_other_sites)
{
    server.start();
    auto client = server.client();
    auto const ask = [&](const std::string& method, const std::string& host, const std::string& headers) {
        auto one = server.client();
        return one.ask(method + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "Content-Length: 0\r\n\r\n").status;
    };
    EXPECT_EQ(ask("GET /", "evil.example", ""), 403);
    EXPECT_EQ(ask("GET /", "127.0.0.1:" + std::to_string(server.port), ""), 200);
    EXPECT_EQ(ask("GET /", "[::1]:80", ""), 200);
    EXPECT_EQ(ask("POST /echo", "localhost", ""), 200);
    EXPECT_EQ(ask("POST /echo", "localhost", "Origin: http://evil.example\r\n"), 403);
    EXPECT_EQ(ask("POST /echo", "localhost", "Origin: null\r\n"), 403);
    EXPECT_EQ(ask("POST /echo", "localhost", "Origin: http://localhost\r\n"), 200);
    EXPECT_EQ(ask("POST /echo", "localhost", "Sec-Fetch-Site: cross-site\r\n"), 403);
    EXPECT_EQ(ask("GET /", "localhost", "Sec-Fetch-Site: cross-site\r\n"), 200);
}

TEST_F(ServerTest, refuses_cross_site_reads_that_have_an_effect)
{
    server.routes[0].refuse_cross_site_get = true;
    server.start();
    auto client = server.client();
    EXPECT_EQ(client.get("/", "Sec-Fetch-Site: cross-site\r\n").status, 403);
    EXPECT_EQ(client.get("/", "Sec-Fetch-Site: same-origin\r\n").status, 200);
}

TEST_F(ServerTest, writes_one_json_line_for_each_request)
{
    pix::testing::TemporaryFolder folder;
    server.log = *AccessLog::open(folder.path() / "access.log");
    server.start();
    {
        auto client = server.client();
        client.get("/api/healthz?token=secret");
        client.get("/tool/%22x%0");
        client.get("/bug");
        server.stop();
    }
    server.log->flush();
    std::ifstream file(folder.path() / "access.log");
    std::vector<core::json::object> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(core::json::parse(line).as_object());
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0]["path"], "/api/healthz");
    EXPECT_EQ(lines[0]["status"], 200);
    EXPECT_EQ(lines[0]["door"], "tools");
    EXPECT_EQ(lines[0]["actor"], "local");
    EXPECT_EQ(lines[1]["status"], 400);
    EXPECT_EQ(lines[2]["detail"], "secret");
}

TEST_F(ServerTest, counts_requests_by_route_and_status)
{
    server.start();
    auto client = server.client();
    client.get("/tool/a");
    client.get("/tool/b");
    client.get("/nowhere");
    std::string const text = server.on_io([&] { return server.metrics.text(); });
    EXPECT_NE(
        text.find(
            "pix_http_requests_total{door=\"tools\",method=\"GET\",route=\"/tool/{tool_id}\",status=\"200\"} 2\n"),
        std::string::npos)
        << text;
    EXPECT_NE(text.find("route=\"none\",status=\"404\"} 1\n"), std::string::npos) << text;
}

TEST_F(ServerTest, lets_a_request_finish_when_it_stops)
{
    Signal go;
    bool waiting = false;
    server.slow_route(Method::get, "/wait", [&](std::shared_ptr<Request>) -> awaitable<core::Result<Response>> {
        waiting = true;
        co_await go.wait();
        co_return Response::text("done");
    });
    server.start();
    auto idle = server.client();
    EXPECT_EQ(idle.get("/api/healthz").status, 200);
    auto busy = server.client();
    busy.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(server.eventually([&] { return waiting; }));
    auto stopped = asio::co_spawn(server.io, server.server->stop(std::chrono::seconds(10)), asio::use_future);
    EXPECT_TRUE(idle.at_end());
    server.on_io([&] { go.wake(); });
    RawAnswer const answer = busy.read_answer();
    EXPECT_EQ(answer.body, "done");
    EXPECT_EQ(answer.header("Connection"), "close");
    busy.close();
    stopped.get();
    EXPECT_FALSE(server.client().connected());
}

TEST_F(ServerTest, cuts_off_what_does_not_finish)
{
    Signal never;
    bool waiting = false;
    server.slow_route(Method::get, "/wait", [&](std::shared_ptr<Request>) -> awaitable<core::Result<Response>> {
        waiting = true;
        co_await never.wait();
        co_return Response::text("done");
    });
    server.start();
    auto busy = server.client();
    busy.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(server.eventually([&] { return waiting; }));
    server.stop_with(std::chrono::milliseconds(20));
    EXPECT_EQ(server.connections(), 0U);
    EXPECT_TRUE(busy.at_end());
}

TEST_F(ServerTest, names_the_address_that_is_taken)
{
    server.start();
    TestServer other;
    other.door.port = server.port;
    try {
        other.start();
        FAIL() << "two servers listen on one port";
    } catch (const std::runtime_error& problem) {
        EXPECT_NE(std::string(problem.what()).find(std::to_string(server.port)), std::string::npos);
    }
}

} // namespace
} // namespace pix::http
