#include "core/http/door.h"

#include <gtest/gtest.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/http/event_stream.h"
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

/// A workbench door that another origin may use, and that sends browsers to its form.
Door workbench_door()
{
    DoorOptions options;
    options.kind = DoorKind::workbench;
    options.port = 3001;
    options.base_path = "/pix";
    options.origins = {"https://pix.example.org"};
    Door door = *Door::create(options);
    door.set_sign_in_page("/login");
    return door;
}

using Headers = std::vector<std::pair<std::string, std::string>>;

TEST(Door, rejects_the_origins_of_other_sites)
{
    Door const door = workbench_door();
    auto const admit = [&](Headers headers) {
        headers.emplace_back("Host", "localhost:3001");
        return door.admit(*request("/api/x", std::move(headers)), true);
    };
    EXPECT_TRUE(admit({}));
    EXPECT_TRUE(admit({{"Origin", "http://localhost:3001"}}));
    EXPECT_TRUE(admit({{"Origin", "https://PIX.example.org"}, {"Sec-Fetch-Site", "cross-site"}}));
    for (Headers const& headers :
         {Headers{{"Origin", "https://evil.example"}}, Headers{{"Origin", "null"}},
          Headers{{"Origin", "http://localhost:3002"}}, Headers{{"Origin", "https://pix.example.org.evil.example"}},
          Headers{{"Sec-Fetch-Site", "cross-site"}}, Headers{{"Sec-Fetch-Site", "same-site"}}}) {
        auto const refused = admit(headers);
        ASSERT_FALSE(refused) << headers[0].second;
        EXPECT_EQ(refused.error().code, Errc::forbidden);
        EXPECT_EQ(refused.error().name, "ORIGIN_REJECTED");
    }
}

TEST(Door, asks_for_no_origin_where_the_caller_shows_a_key_of_its_own)
{
    Door const door = workbench_door();
    Headers const key{{"Host", "localhost"}, {"Origin", "https://evil.example"}, {"X-API-Key", "px_1"}};
    Headers const bearer{{"Host", "localhost"}, {"Origin", "https://evil.example"}, {"Authorization", "Bearer x"}};
    Headers const basic{{"Host", "localhost"}, {"Origin", "https://evil.example"}, {"Authorization", "Basic x"}};
    EXPECT_TRUE(door.admit(*request("/api/x", key), true));
    EXPECT_TRUE(door.admit(*request("/api/x", bearer), true));
    EXPECT_FALSE(door.admit(*request("/api/x", basic), true));
    DoorOptions options;
    EXPECT_FALSE(Door::create(options)->admit(*request("/api/x", bearer), true));
}

TEST(Door, leads_a_browser_that_opens_a_page_to_the_form)
{
    Door const door = workbench_door();
    core::Error const nobody{Errc::unauthorized, "nobody is signed in", {}, {}};
    Headers const browser{{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}};
    Response const led = door.error(*request("/pix/project/a?tab=git", browser), nobody);
    EXPECT_EQ(led.status, 303);
    EXPECT_EQ(led.header("Location"), "/pix/login?next=%2Fpix%2Fproject%2Fa%3Ftab%3Dgit");
    core::Error const expired{Errc::forbidden, "the token is old", {}, {}, "INVALID_TOKEN"};
    EXPECT_EQ(door.error(*request("/", browser), expired).status, 303);
    core::Error const forbidden{Errc::forbidden, "not for you", {}, {}};
    EXPECT_EQ(door.error(*request("/", browser), forbidden).status, 403);
    EXPECT_EQ(door.error(*request("/api/projects", browser), nobody).status, 401);
    EXPECT_EQ(door.error(*request("/", {{"Accept", "application/json"}}), nobody).status, 401);
    EXPECT_EQ(door.error(*request("/"), nobody).status, 401);
    Response const fragment = door.error(*request("/", {{"HX-Request", "true"}}), nobody);
    EXPECT_EQ(fragment.header("HX-Redirect"), "/pix/login");
}

TEST(Door, names_the_errors_that_the_workbench_has_words_for)
{
    Door const door = workbench_door();
    auto const body = [&](const core::Error& error) {
        return std::get<std::string>(door.error(*request("/api/x"), error).body);
    };
    EXPECT_NE(body({Errc::too_large, "big", {}, {}}).find("\"PAYLOAD_TOO_LARGE\""), std::string::npos);
    EXPECT_NE(body({Errc::internal, "oops", {}, "secret"}).find("\"INTERNAL_ERROR\",\"message\":\"oops (req_test)\""),
              std::string::npos);
    EXPECT_NE(body({Errc::forbidden, "no", {}, {}, "SETUP_COMPLETE"}).find("\"SETUP_COMPLETE\""), std::string::npos);
}

TEST(Door, adds_what_its_authenticator_says_to_every_answer)
{
    TestServer server(DoorKind::workbench);
    server.door.origins = {"https://pix.example.org"};
    server.authenticator = [](std::shared_ptr<Request> request, Access) -> awaitable<core::Result<core::Actor>> {
        request->answer_headers.emplace_back("X-Refreshed-Token", "abc");
        request->answer_headers.emplace_back("X-Bad", "a\r\nX-Injected: yes");
        co_return core::Actor{"user", "7"};
    };
    auto const fine = [](const Request&) -> core::Result<Response> { return Response::text("fine"); };
    auto const fails = [](const Request&) -> core::Result<Response> { return core::fail(Errc::conflict, "no"); };
    server.add(Method::get, "/fine", QuickHandler(fine)).access = Access::signed_in;
    server.add(Method::get, "/fails", QuickHandler(fails)).access = Access::signed_in;
    server.start();
    auto client = server.client();
    auto const answer = client.get("/fine");
    EXPECT_EQ(answer.header("X-Refreshed-Token"), "abc");
    EXPECT_EQ(answer.header("X-Injected"), "");
    EXPECT_EQ(answer.header("X-Bad"), "");
    auto const failed = client.get("/fails");
    EXPECT_EQ(failed.status, 409);
    EXPECT_EQ(failed.header("X-Refreshed-Token"), "abc");
    auto const missing = client.get("/api/nowhere");
    EXPECT_EQ(missing.status, 404);
    EXPECT_NE(missing.body.find("ROUTE_NOT_FOUND"), std::string::npos);
}

TEST(Door, lets_pages_of_its_other_origins_read_answers)
{
    TestServer server(DoorKind::workbench);
    server.door.origins = {"https://pix.example.org"};
    auto const fine = [](const Request&) -> core::Result<Response> { return Response::text("fine"); };
    server.add(Method::put, "/fine", QuickHandler(fine));
    server.start();
    auto client = server.client();
    auto const ask = [&](const std::string& method, const std::string& origin) {
        return client.ask(method + " /fine HTTP/1.1\r\nHost: localhost\r\nOrigin: " + origin +
                          "\r\nContent-Length: 0\r\n\r\n");
    };
    auto const preflight = ask("OPTIONS", "https://pix.example.org");
    EXPECT_EQ(preflight.status, 204);
    EXPECT_EQ(preflight.header("Access-Control-Allow-Origin"), "https://pix.example.org");
    EXPECT_NE(preflight.header("Access-Control-Allow-Methods").find("PUT"), std::string::npos);
    EXPECT_EQ(ask("PUT", "https://pix.example.org").header("Access-Control-Allow-Credentials"), "true");
    EXPECT_EQ(ask("OPTIONS", "https://evil.example").header("Access-Control-Allow-Origin"), "");
    EXPECT_EQ(ask("PUT", "https://evil.example").header("Access-Control-Allow-Origin"), "");
}

TEST(Door, ends_streams_of_a_credential_that_is_withdrawn)
{
    TestServer server(DoorKind::workbench);
    server.authenticator = [](std::shared_ptr<Request> request, Access) -> awaitable<core::Result<core::Actor>> {
        request->credential = std::string(request->header("X-API-Key"));
        co_return core::Actor{"user", "7"};
    };
    Handler const stream = [](std::shared_ptr<Request>) -> awaitable<core::Result<Response>> {
        EventSource source = [](std::shared_ptr<EventWriter> writer) -> awaitable<void> {
            co_await writer->comment("begin");
            asio::steady_timer forever(co_await asio::this_coro::executor, std::chrono::hours(1));
            writer->on_gone([&forever] { forever.cancel(); });
            boost::system::error_code cancelled;
            co_await forever.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        };
        co_return Response::events(std::move(source));
    };
    server.add(Method::get, "/stream", stream).access = Access::signed_in;
    server.start();
    auto one = server.client();
    auto other = server.client();
    std::string const head = "GET /stream HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ";
    one.send(head + "one\r\n\r\n");
    other.send(head + "other\r\n\r\n");
    EXPECT_NE(one.read_until("begin").find("200"), std::string::npos);
    EXPECT_NE(other.read_until("begin").find("200"), std::string::npos);
    server.on_io(
        [&] { server.server->end_streams([](const Request& request) { return request.credential == "one"; }); });
    one.read_to_end();
    char byte = 0;
    EXPECT_EQ(::recv(one.descriptor(), &byte, 1, MSG_DONTWAIT), 0) << "the server has not closed";
    EXPECT_EQ(::recv(other.descriptor(), &byte, 1, MSG_DONTWAIT), -1) << "the other stream has ended too";
}

} // namespace
} // namespace pix::http
