#include "workbench/file/transfer_handlers.h"

#include <gtest/gtest.h>

#include "core/http/testing/test_server.h"
#include "workbench/file/testing/project_in_temp.h"

namespace pix::workbench {
namespace {

using http::testing::RawAnswer;

/// The transfer routes over a real connection.
class TransferServer : public testing::FilesInTemp {
public:
    TransferServer()
    {
        add("/p/{projectName}/content", send_content);
        add("/p/{projectName}/archive", send_archive);
        add("/p/{projectName}/upload", upload_files, http::Method::post);
        server.start();
    }
    RawAnswer get(const std::string& target, const std::string& headers = {})
    {
        return server.client().get(target, headers);
    }

    http::testing::TestServer server;

private:
    void add(std::string path, Handler handler, http::Method method = http::Method::get)
    {
        server.slow_route(method, std::move(path), [this, handler](std::shared_ptr<http::Request> request) {
            return handler(std::move(request), files);
        });
    }
};

std::string numbered(std::size_t size)
{
    std::string text;
    while (text.size() < size) text += std::to_string(text.size()) + "\n";
    text.resize(size);
    return text;
}

TEST(SendContent, gives_bytes_that_cannot_act)
{
    TransferServer area;
    area.file("page.html", "<script>alert(1)</script>");
    area.file("image.svg", "<svg onload='alert(1)'/>");
    auto const page = area.get("/p/app/content?path=page.html");
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.header("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(page.header("Content-Disposition"), "attachment; filename=\"page.html\"");
    auto const image = area.get("/p/app/content?path=image.svg");
    EXPECT_EQ(image.header("Content-Type"), "image/svg+xml");
    EXPECT_EQ(image.header("Content-Disposition"), "inline; filename=\"image.svg\"");
    for (const RawAnswer& answer : {page, image}) {
        EXPECT_TRUE(answer.header("Content-Security-Policy").starts_with("sandbox;"));
        EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
    }
    EXPECT_EQ(area.get("/p/app/content?path=image.svg&download=1").header("Content-Disposition"),
              "attachment; filename=\"image.svg\"");
}

TEST(SendContent, gives_parts_of_small_and_large_files)
{
    TransferServer area;
    std::string const text = numbered(3'000'000);
    area.file("large", text);
    area.file("small", text.substr(0, 1000));
    area.file("empty", "");
    EXPECT_EQ(area.get("/p/app/content?path=large").body, text);
    EXPECT_EQ(area.get("/p/app/content?path=small").body, text.substr(0, 1000));
    EXPECT_EQ(area.get("/p/app/content?path=empty").status, 200);

    auto const part = area.get("/p/app/content?path=large", "Range: bytes=1000000-2999998\r\n");
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.header("Content-Range"), "bytes 1000000-2999998/3000000");
    EXPECT_EQ(part.body, text.substr(1'000'000, 1'999'999));
    auto const end = area.get("/p/app/content?path=large", "Range: bytes=-5\r\n");
    EXPECT_EQ(end.header("Content-Range"), "bytes 2999995-2999999/3000000");
    EXPECT_EQ(end.body, text.substr(2'999'995));
    auto const beyond = area.get("/p/app/content?path=small", "Range: bytes=5000-\r\n");
    EXPECT_EQ(beyond.status, 416);
    EXPECT_EQ(beyond.header("Content-Range"), "bytes */1000");

    std::string const etag = part.header("ETag");
    EXPECT_EQ(
        area.server.client()
            .ask("GET /p/app/content?path=large HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: " + etag + "\r\n\r\n",
                 true)
            .status,
        304);
    auto const stale = area.get("/p/app/content?path=small", "Range: bytes=0-1\r\nIf-Range: \"old\"\r\n");
    EXPECT_EQ(stale.status, 200);
}

TEST(SendContent, refuses_what_it_must)
{
    TransferServer area;
    area.folder("folder");
    area.link("out", "../secret");
    EXPECT_EQ(area.get("/p/app/content?path=folder").status, 400);
    EXPECT_EQ(area.get("/p/app/content").status, 400);
    EXPECT_EQ(area.get("/p/app/content?path=none").status, 404);
    EXPECT_EQ(area.get("/p/none/content?path=a").status, 404);
    for (const char* const path :
         {"out", "../secret", "%2e%2e/secret", "a/..%2f..%2fsecret", "/etc/passwd", "%2fetc%2fpasswd"})
        EXPECT_EQ(area.get(std::string("/p/app/content?path=") + path).status, 403) << path;
    for (const char* const path : {"%252e%252e%252fsecret", "..%5csecret"})
        EXPECT_EQ(area.get(std::string("/p/app/content?path=") + path).status, 404) << path;
    EXPECT_EQ(area.get("/p/app/content?path=a%00b").status, 400);
    area.file("caf\xe9", "x");
    EXPECT_EQ(area.get("/p/app/content?encodedPath=caf%25E9").body, "x");
}

TEST(SendArchive, is_sent_as_it_is_made)
{
    TransferServer area;
    area.file("src/a", numbered(1'000'000));
    auto const zip = area.get("/p/app/archive?path=src");
    EXPECT_EQ(zip.status, 200);
    EXPECT_EQ(zip.header("Content-Type"), "application/zip");
    EXPECT_EQ(zip.header("Content-Disposition"), "attachment; filename=\"src.zip\"");
    EXPECT_TRUE(zip.body.starts_with("PK"));
    EXPECT_NE(zip.body.find("PK\x05\x06"), std::string::npos);
    EXPECT_EQ(area.get("/p/app/archive?path=none").status, 404);
    EXPECT_EQ(area.get("/p/app/archive?path=..").status, 403);
}

TEST(UploadFiles, takes_a_form)
{
    TransferServer area;
    std::string const body =
        "--b\r\nContent-Disposition: form-data; name=\"targetPath\"\r\n\r\nin\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.txt\"\r\n\r\ntext\r\n--b--\r\n";
    std::string const head =
        "POST /p/app/upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n";
    auto const stored = area.server.client().ask(head + body);
    EXPECT_EQ(stored.status, 200);
    EXPECT_EQ(area.bytes("in/a.txt"), "text");
    auto const json = boost::json::parse(stored.body);
    EXPECT_EQ(json.at("files").at(0).at("path").as_string(), "in/a.txt");
    EXPECT_EQ(json.at("targetPath").as_string(), "in");
    EXPECT_EQ(area.server.client().ask(head + body).status, 409);
}

} // namespace
} // namespace pix::workbench
