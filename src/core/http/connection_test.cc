#include "core/http/connection.h"

#include <gtest/gtest.h>

#include "core/base/testing/temporary_folder.h"
#include "core/http/signal.h"
#include "core/http/testing/test_server.h"

namespace pix::http {
namespace {

using testing::RawAnswer;
using testing::TestServer;

class FileTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        for (int i = 0; i < 500'000; ++i) content += static_cast<char>('a' + i % 26);
        std::ofstream(folder.path() / "data.bin", std::ios::binary) << content;
        server.slow_route(
            Method::get, "/file/{name}", [this](std::shared_ptr<Request> request) -> awaitable<core::Result<Response>> {
                co_return Response::file(folder.path() / request->param("name"), "application/octet-stream", "dä.bin");
            });
        server.start();
    }
    pix::testing::TemporaryFolder folder;
    std::string content;
    TestServer server;
};

TEST_F(FileTest, is_sent_whole_with_a_tag)
{
    auto client = server.client();
    RawAnswer const answer = client.get("/file/data.bin");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, content);
    EXPECT_EQ(answer.header("Accept-Ranges"), "bytes");
    EXPECT_EQ(answer.header("Content-Disposition"), "attachment; filename=\"d__.bin\"; filename*=UTF-8''d%C3%A4.bin");
    std::string const tag = answer.header("ETag");
    EXPECT_EQ(client.get("/file/data.bin", "If-None-Match: " + tag + "\r\n").status, 304);
    EXPECT_EQ(client.ask("HEAD /file/data.bin HTTP/1.1\r\nHost: localhost\r\n\r\n", true).header("Content-Length"),
              "500000");
    RawAnswer const part = client.get("/file/data.bin", "Range: bytes=5-9\r\nIf-Range: " + tag + "\r\n");
    EXPECT_EQ(part.body, "fghij");
}

TEST_F(FileTest, is_sent_in_parts)
{
    auto client = server.client();
    RawAnswer const part = client.get("/file/data.bin", "Range: bytes=26-51\r\n");
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.body, "abcdefghijklmnopqrstuvwxyz");
    EXPECT_EQ(part.header("Content-Range"), "bytes 26-51/500000");
    EXPECT_EQ(client.get("/file/data.bin", "Range: bytes=-3\r\n").body, content.substr(499'997));
    EXPECT_EQ(client.get("/file/data.bin", "Range: bytes=100-400000\r\n").body, content.substr(100, 399'901));
    RawAnswer const beyond = client.get("/file/data.bin", "Range: bytes=500000-\r\n");
    EXPECT_EQ(beyond.status, 416);
    EXPECT_EQ(beyond.header("Content-Range"), "bytes */500000");
    EXPECT_EQ(client.get("/file/data.bin", "Range: bytes=0-1\r\nIf-Range: \"old\"\r\n").status, 200);
}

TEST_F(FileTest, that_is_not_there_is_not_found)
{
    std::filesystem::create_directory(folder.path() / "folder");
    auto client = server.client();
    EXPECT_EQ(client.get("/file/other.bin").status, 404);
    EXPECT_EQ(client.get("/file/folder").status, 404);
    EXPECT_EQ(client.get("/file/data.bin").status, 200);
}

TEST(Connection, drains_what_a_refused_client_still_sends)
{
    TestServer server;
    server.start();
    auto client = server.client();
    // The answer must arrive although a megabyte is on its way that nobody wants.
    EXPECT_TRUE(client.send("POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n" +
                            std::string(900'000, 'x')));
    EXPECT_EQ(client.read_answer().status, 404);
    EXPECT_TRUE(client.at_end());
    EXPECT_FALSE(client.was_reset());
}

TEST(Connection, holds_back_a_client_that_reads_no_answers)
{
    TestServer server;
    std::string const large(200'000, 'x');
    server.route(Method::get, "/large",
                 [&](const Request&) -> core::Result<Response> { return Response::bytes(large, "image/png"); });
    server.start();
    auto client = server.client();
    std::string many;
    for (int i = 0; i < 100; ++i) many += "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n";
    client.send(many);
    for (int i = 0; i < 100; ++i) ASSERT_EQ(client.read_answer().body.size(), large.size()) << i;
}

TEST(Connection, takes_a_large_body_in_both_framings)
{
    TestServer server;
    server.slow_route(Method::post, "/size", [](std::shared_ptr<Request> request) -> awaitable<core::Result<Response>> {
        co_return Response::text(std::to_string(request->body().size()));
    });
    server.routes[0].body_limit = 10'000'000;
    server.start();
    auto client = server.client();
    std::string const body(5'000'000, 'x');
    EXPECT_EQ(client.ask("POST /size HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n" + body).body,
              "5000000");
    std::string chunks;
    for (int i = 0; i < 50; ++i) chunks += "186a0\r\n" + body.substr(0, 100'000) + "\r\n";
    EXPECT_EQ(
        client
            .ask("POST /size HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n")
            .body,
        "5000000");
}

TEST(Connection, tells_a_handler_that_its_client_has_gone)
{
    TestServer server;
    Signal go;
    bool gone = false;
    bool done = false;
    server.slow_route(Method::get, "/wait", [&](std::shared_ptr<Request> request) -> awaitable<core::Result<Response>> {
        co_await go.wait();
        gone = request->client_gone();
        done = true;
        co_return Response::empty();
    });
    server.start();
    {
        auto client = server.client();
        client.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n");
        ASSERT_TRUE(server.eventually([&] { return go.has_sleeper(); }));
    }
    ASSERT_TRUE(server.eventually([&] {
        if (go.has_sleeper()) go.wake();
        return done;
    }));
    EXPECT_TRUE(gone);
    EXPECT_TRUE(server.eventually([&] { return server.server->connections() == 0; }));
    server.stop();
}

} // namespace
} // namespace pix::http
