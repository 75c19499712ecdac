#include "core/http/response.h"

#include <gtest/gtest.h>

#include "core/http/request.h"

namespace pix::http {
namespace {

TEST(Response, leaves_out_headers_that_would_split_it)
{
    Response response;
    response.set("X-A", "1\r\nX-B: 2");
    response.set("X C", "1");
    response.set("X-D", "fine");
    ASSERT_EQ(response.headers.size(), 1U);
    EXPECT_EQ(response.header("x-d"), "fine");
}

TEST(Response, replaces_and_repeats_headers)
{
    Response response;
    response.set("A", "1").set("a", "2");
    response.add("Set-Cookie", "x").add("Set-Cookie", "y");
    EXPECT_EQ(response.headers.size(), 3U);
    EXPECT_EQ(response.header("A"), "2");
}

TEST(Response, places_every_kind_of_error)
{
    EXPECT_EQ(status_of(core::Errc::invalid), 400);
    EXPECT_EQ(status_of(core::Errc::unprocessable), 422);
    EXPECT_EQ(status_of(core::Errc::limit), 429);
    EXPECT_EQ(status_of(core::Errc::timeout), 504);
}

TEST(Response, quotes_file_names)
{
    EXPECT_EQ(content_disposition("attachment", "a b.txt"), "attachment; filename=\"a b.txt\"");
    EXPECT_EQ(content_disposition("attachment", "a\"\r\nX: ä.txt"),
              "attachment; filename=\"a___X: __.txt\"; filename*=UTF-8''a%22%0D%0AX%3A%20%C3%A4.txt");
}

TEST(Response, shows_files_without_rights_unless_they_are_saved)
{
    Response const shown = Response::file("/x", "text/html");
    EXPECT_TRUE(shown.content_policy->starts_with("sandbox"));
    EXPECT_FALSE(Response::file("/x", "text/html", "x.html").content_policy);
}

TEST(Request, reads_queries_and_cookies)
{
    RequestBuilder builder;
    builder.target = "/a?x=1&y=a%20b+c&x=2&bare&bad=%zz";
    builder.headers = {{"Cookie", "a=1; session=abc; ab=2"}};
    auto const request = builder.build();
    EXPECT_EQ(request->query("x"), "1");
    EXPECT_EQ(request->queries("x"), (std::vector<std::string>{"1", "2"}));
    EXPECT_EQ(request->query("y"), "a b c");
    EXPECT_EQ(request->query("bare"), "");
    EXPECT_EQ(request->query("bad"), "");
    EXPECT_FALSE(request->query("z"));
    EXPECT_EQ(request->cookie("session"), "abc");
    EXPECT_EQ(request->cookie("b"), "");
}

TEST(Request, knows_who_wants_json)
{
    auto const first = [](const char* accept) {
        RequestBuilder builder;
        builder.headers = {{"Accept", accept}};
        return builder.build()->accepts_json_first();
    };
    EXPECT_TRUE(first("application/json"));
    EXPECT_TRUE(first("application/json, text/plain, */*"));
    EXPECT_TRUE(first("application/json, text/html"));
    EXPECT_TRUE(first("text/html;q=0.5, application/json"));
    EXPECT_FALSE(first("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
    EXPECT_FALSE(first("text/html, application/json"));
    EXPECT_FALSE(first("*/*"));
    EXPECT_FALSE(first(""));
}

TEST(Request, reads_json_and_forms_by_their_type)
{
    RequestBuilder builder;
    builder.headers = {{"Content-Type", "Application/JSON; charset=utf-8"}};
    builder.body = "{\"a\":1}";
    EXPECT_EQ(builder.build()->json()->at("a"), 1);
    EXPECT_EQ(builder.build()->form().error().code, core::Errc::unsupported);
    builder.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    builder.body = "a=1";
    EXPECT_EQ(builder.build()->form()->first("a"), "1");
    EXPECT_EQ(builder.build()->json().error().code, core::Errc::unsupported);
}

TEST(Request, reads_the_last_event_id)
{
    RequestBuilder builder;
    EXPECT_FALSE(builder.build()->last_event_id());
    builder.target = "/?last_event_id=7";
    EXPECT_EQ(builder.build()->last_event_id(), 7);
    builder.headers = {{"Last-Event-ID", "42"}};
    EXPECT_EQ(builder.build()->last_event_id(), 42);
    builder.headers = {{"Last-Event-ID", "-1"}};
    EXPECT_FALSE(builder.build()->last_event_id());
}

} // namespace
} // namespace pix::http
