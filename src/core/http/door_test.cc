#include "core/http/door.h"

#include <gtest/gtest.h>

#include "core/http/testing/test_server.h"

namespace pix::http {
namespace {

using core::Errc;
using testing::TestServer;

Door door(DoorKind kind, const std::string& host = "127.0.0.1")
{
    DoorOptions options;
    options.kind = kind;
    options.host = host;
    options.port = 7860;
    return *Door::create(options);
}

std::shared_ptr<Request> request(const std::string& target,
                                 std::vector<std::pair<std::string, std::string>> headers = {})
{
    RequestBuilder builder;
    builder.target = target;
    builder.headers = std::move(headers);
    return builder.build();
}

TEST(Door, keeps_the_tools_on_loopback)
{
    for (const char* const host : {"0.0.0.0", "::", "192.168.1.1", "localhost", "example.org", ""}) {
        DoorOptions options;
        options.host = host;
        EXPECT_FALSE(Door::create(options)) << host;
    }
    EXPECT_TRUE(door(DoorKind::tools, "127.1.2.3").is_loopback());
    EXPECT_TRUE(door(DoorKind::tools, "::1").is_loopback());
    EXPECT_FALSE(door(DoorKind::workbench, "0.0.0.0").is_loopback());
}

TEST(Door, is_named_by_an_address_that_can_be_opened)
{
    EXPECT_EQ(door(DoorKind::tools).origin(), "http://127.0.0.1:7860");
    EXPECT_EQ(door(DoorKind::workbench, "0.0.0.0").origin(), "http://127.0.0.1:7860");
    EXPECT_EQ(door(DoorKind::tools, "::1").origin(), "http://[::1]:7860");
}

TEST(Door, refuses_foreign_hosts_only_on_loopback)
{
    auto const foreign = request("/", {{"Host", "evil.example"}});
    EXPECT_EQ(door(DoorKind::tools).admit(*foreign, false).error().code, Errc::forbidden);
    EXPECT_EQ(door(DoorKind::workbench).admit(*foreign, false).error().code, Errc::forbidden);
    EXPECT_TRUE(door(DoorKind::workbench, "0.0.0.0").admit(*foreign, false));
    EXPECT_TRUE(door(DoorKind::tools, "127.1.2.3").admit(*request("/", {{"Host", "127.1.2.3:7860"}}), false));
}

TEST(Door, gives_errors_of_tools_as_detail_page_or_fragment)
{
    Door tools = door(DoorKind::tools);
    core::Error const error{Errc::not_found, "no tool <x>", "Look again.", "secret"};
    Response const json = tools.error(*request("/api/tools/x"), error);
    EXPECT_EQ(json.status, 404);
    EXPECT_EQ(std::get<std::string>(json.body), "{\"detail\":\"no tool <x>. Look again.\"}");
    Response const page = tools.error(*request("/tool/x"), error);
    EXPECT_NE(std::get<std::string>(page.body).find("no tool &lt;x&gt;"), std::string::npos);
    EXPECT_TRUE(std::get<std::string>(page.body).starts_with("<!doctype html>"));
    Response const fragment = tools.error(*request("/tool/x", {{"HX-Request", "true"}}), error);
    EXPECT_TRUE(std::get<std::string>(fragment.body).starts_with("<div"));
    tools.set_error_page(
        [](const Request&, const core::Error&, int status) { return "framed " + std::to_string(status); });
    EXPECT_EQ(std::get<std::string>(tools.error(*request("/tool/x"), error).body), "framed 404");
    Response const parameter = tools.error(*request("/api/x"), {Errc::unprocessable, "page is no number", {}, {}});
    EXPECT_EQ(parameter.status, 422);
    EXPECT_EQ(std::get<std::string>(parameter.body),
              "{\"detail\":[{\"loc\":[],\"msg\":\"page is no number\",\"type\":\"value_error\"}]}");
}

TEST(Door, gives_errors_of_the_other_doors_their_shape)
{
    core::Error const error{Errc::limit, "too many", {}, {}};
    Response const workbench = door(DoorKind::workbench).error(*request("/api/x"), error);
    EXPECT_EQ(workbench.status, 429);
    EXPECT_EQ(std::get<std::string>(workbench.body),
              "{\"success\":false,\"error\":{\"code\":\"LIMIT\",\"message\":\"too many\"}}");
    Response const security = door(DoorKind::security).error(*request("/x"), error);
    EXPECT_EQ(std::get<std::string>(security.body),
              "{\"error\":{\"code\":\"limit\",\"message\":\"too many\",\"request_id\":\"req_test\"}}");
}

TEST(Door, asks_its_authenticator_before_it_reads_a_body)
{
    TestServer server(DoorKind::workbench);
    server.authenticator = [](std::shared_ptr<Request> request, Access access) -> awaitable<core::Result<core::Actor>> {
        if (request->header("Authorization") != "Bearer x") co_return core::fail(Errc::unauthorized, "who are you");
        if (access == Access::admin) co_return core::fail(Errc::forbidden, "you are no admin");
        co_return core::Actor{"user", "7"};
    };
    auto const who = [](const Request& request) -> core::Result<Response> {
        return Response::text(request.actor.kind + request.actor.id);
    };
    server.add(Method::post, "/signed-in", QuickHandler(who)).access = Access::signed_in;
    server.add(Method::get, "/admin", QuickHandler(who)).access = Access::admin;
    server.add(Method::get, "/open", QuickHandler(who));
    server.start();
    auto client = server.client();
    EXPECT_EQ(client.ask("POST /signed-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n").status, 401);
    client = server.client();
    EXPECT_EQ(
        client
            .ask(
                "POST /signed-in HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\nContent-Length: 2\r\n\r\nab")
            .body,
        "user7");
    EXPECT_EQ(client.get("/admin", "Authorization: Bearer x\r\n").status, 403);
    EXPECT_EQ(client.get("/open").body, "anonymous");
}

} // namespace
} // namespace pix::http
