#include "core/http/compression.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "core/http/testing/test_server.h"

namespace pix::http {
namespace {

using testing::TestServer;

std::string gunzip(const std::string& bytes)
{
    z_stream stream{};
    inflateInit2(&stream, 15 + 16);
    std::string text(10'000'000, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    int const outcome = inflate(&stream, Z_FINISH);
    text.resize(outcome == Z_STREAM_END ? stream.total_out : 0);
    inflateEnd(&stream);
    return text;
}

std::string page_of(std::size_t size)
{
    std::string text;
    while (text.size() < size) text += "<li>" + std::to_string(text.size()) + "</li>";
    text.resize(size);
    return text;
}

TEST(Compression, answers_large_texts_with_gzip_to_those_who_take_it)
{
    TestServer server;
    server.route(Method::get, "/{size}", [](const Request& request) -> core::Result<Response> {
        Response response = Response::html(page_of(std::stoul(request.param("size"))));
        response.set("ETag", "\"e\"");
        return response;
    });
    server.route(Method::get, "/png/{size}", [](const Request& request) -> core::Result<Response> {
        return Response::bytes(page_of(std::stoul(request.param("size"))), "image/png");
    });
    server.start();
    auto client = server.client();
    for (std::size_t const size : {2'000UL, 30'000UL, 300'000UL}) {
        auto const answer = client.get("/" + std::to_string(size), "Accept-Encoding: gzip\r\n");
        EXPECT_EQ(answer.header("Content-Encoding"), "gzip") << size;
        EXPECT_EQ(answer.header("Vary"), "Accept-Encoding");
        EXPECT_EQ(answer.header("ETag"), "W/\"e\"");
        EXPECT_EQ(gunzip(answer.body), page_of(size)) << size;
        auto const plain = client.get("/" + std::to_string(size));
        EXPECT_EQ(plain.header("Content-Encoding"), "");
        EXPECT_EQ(plain.header("Vary"), "Accept-Encoding");
        EXPECT_EQ(plain.body, page_of(size));
    }
    EXPECT_EQ(client.get("/1024", "Accept-Encoding: gzip\r\n").header("Content-Encoding"), "");
    EXPECT_EQ(client.get("/png/9000", "Accept-Encoding: gzip\r\n").header("Content-Encoding"), "");
    EXPECT_EQ(client.get("/9000", "Accept-Encoding: gzip\r\nIf-None-Match: W/\"e\"\r\n").status, 304);
}

} // namespace
} // namespace pix::http
