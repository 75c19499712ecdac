#include "core/http/certificate.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include "core/base/testing/temporary_folder.h"
#include "core/http/engine.h"
#include "core/http/testing/test_server.h"

namespace pix::http {
namespace {

using testing::RawClient;
using testing::TestServer;

std::string text_of(const std::filesystem::path& path)
{
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// A TLS client that trusts one CA file and insists on a name.
class TlsClient {
public:
    TlsClient(std::uint16_t port, const std::filesystem::path& ca, const char* name) : raw(port)
    {
        context = SSL_CTX_new(TLS_client_method());
        SSL_CTX_load_verify_locations(context, ca.c_str(), nullptr);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
        tls = SSL_new(context);
        SSL_set1_host(tls, name);
        SSL_set_tlsext_host_name(tls, name);
        SSL_set_fd(tls, raw.descriptor());
        connected = SSL_connect(tls) == 1;
    }
    ~TlsClient()
    {
        SSL_free(tls);
        SSL_CTX_free(context);
    }
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;
    std::string ask(const std::string& request, const std::string& end)
    {
        SSL_write(tls, request.data(), static_cast<int>(request.size()));
        std::string answer;
        char bytes[16 * 1024];
        while (!answer.ends_with(end)) {
            int const size = SSL_read(tls, bytes, sizeof bytes);
            if (size <= 0) break;
            answer.append(bytes, static_cast<std::size_t>(size));
        }
        return answer;
    }
    RawClient raw;
    SSL_CTX* context = nullptr;
    SSL* tls = nullptr;
    bool connected = false;
};

TEST(Certificate, is_made_once_and_kept)
{
    pix::testing::TemporaryFolder folder;
    auto const tls = folder.path() / "tls";
    auto const files = ensure_certificate(tls, certificate_names({}));
    ASSERT_TRUE(files) << files.error().message;
    struct stat about{};
    for (const char* const name : {"key.pem", "ca.key.pem"}) {
        ASSERT_EQ(::stat((tls / name).c_str(), &about), 0);
        EXPECT_EQ(about.st_mode & 0777, 0600U) << name;
    }
    std::string const first = text_of(files->certificate);
    ASSERT_TRUE(ensure_certificate(tls, certificate_names({})));
    EXPECT_EQ(text_of(files->certificate), first);
}

TEST(Certificate, is_renewed_by_the_same_authority_for_a_new_name)
{
    pix::testing::TemporaryFolder folder;
    auto const files = ensure_certificate(folder.path(), {"localhost"});
    ASSERT_TRUE(files);
    std::string const ca = text_of(folder.path() / "ca.pem");
    std::string const first = text_of(files->certificate);
    ASSERT_TRUE(ensure_certificate(folder.path(), {"localhost", "bench.example", "192.168.1.7"}));
    EXPECT_NE(text_of(files->certificate), first);
    EXPECT_EQ(text_of(folder.path() / "ca.pem"), ca);
}

TEST(Certificate, is_made_again_when_a_file_is_damaged)
{
    pix::testing::TemporaryFolder folder;
    auto const files = ensure_certificate(folder.path(), {"localhost"});
    ASSERT_TRUE(files);
    std::ofstream(files->certificate) << "no PEM";
    ASSERT_TRUE(ensure_certificate(folder.path(), {"localhost"}));
    EXPECT_TRUE(make_tls_context(*files));
}

TEST(Certificate, covers_every_way_to_name_this_machine)
{
    auto const names = certificate_names({"0.0.0.0", "bench.example", "bad name", "127.0.0.1"});
    EXPECT_EQ(std::count(names.begin(), names.end(), "127.0.0.1"), 1);
    EXPECT_EQ(std::count(names.begin(), names.end(), "::1"), 1);
    EXPECT_EQ(std::count(names.begin(), names.end(), "bench.example"), 1);
    EXPECT_EQ(std::count(names.begin(), names.end(), "bad name"), 0);
    EXPECT_EQ(std::count(names.begin(), names.end(), "0.0.0.0"), 0);
}

TEST(Certificate, lets_clients_in_that_trust_the_authority)
{
    pix::testing::TemporaryFolder folder;
    TestServer server(DoorKind::security);
    server.door.tls = *ensure_certificate(folder.path(), {"localhost", "127.0.0.1"});
    std::string const large(500'000, 'x');
    server.slow_route(Method::post, "/echo", [](std::shared_ptr<Request> request) -> awaitable<core::Result<Response>> {
        co_return Response::bytes(request->body(), "image/png");
    });
    server.routes[0].body_limit = 1'000'000;
    server.start();
    TlsClient client(server.port, folder.path() / "ca.pem", "localhost");
    ASSERT_TRUE(client.connected);
    std::string const head = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: ";
    EXPECT_TRUE(client.ask(head + "5\r\n\r\nhello", "hello").starts_with("HTTP/1.1 200 OK"));
    std::string const answer = client.ask(head + "500004\r\n\r\n" + large + "done", "done");
    EXPECT_NE(answer.find("\r\n\r\n" + large + "done"), std::string::npos);
    EXPECT_FALSE(TlsClient(server.port, folder.path() / "ca.pem", "other.example").connected);
    // Plain HTTP at a TLS door: closed, and the server goes on.
    auto plain = server.client();
    plain.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    plain.read_to_end();
    TlsClient again(server.port, folder.path() / "ca.pem", "localhost");
    EXPECT_TRUE(again.ask(head + "2\r\n\r\nok", "ok").starts_with("HTTP/1.1 200 OK"));
}

TEST(Certificate, names_a_file_that_cannot_be_used)
{
    TestServer server(DoorKind::security);
    server.door.tls = TlsFiles{"/nowhere/cert.pem", "/nowhere/key.pem"};
    try {
        server.start();
        FAIL() << "opened without a certificate";
    } catch (const std::runtime_error& problem) {
        EXPECT_NE(std::string(problem.what()).find("/nowhere/cert.pem"), std::string::npos);
    }
}

} // namespace
} // namespace pix::http
