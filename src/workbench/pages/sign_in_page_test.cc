#include <gtest/gtest.h>

#include "core/http/door.h"
#include "workbench/pages/pages.h"

namespace pix::web {
std::string_view texts();
}

namespace pix::workbench {
namespace {

using core::Errc;
using core::fail;

/// A frame with this folder's templates and nothing round them.
class PlainFrame final : public http::PageFrame {
public:
    std::string page(const http::Request&, const http::PageInfo&, std::string body) override { return body; }
    const http::Templates& templates() const override { return *templates_; }
    std::string text(std::string_view key) const override { return std::string(key); }
    bool has_icon(std::string_view) const override { return true; }

private:
    std::unique_ptr<http::Templates> templates_ =
        *http::Templates::parse(page_templates(), *http::parse_texts(web::texts()));
};

class SignIn : public ::testing::Test {
protected:
    http::Door door_ = *http::Door::create({.kind = http::DoorKind::workbench});
    http::Mount mount_{http::DoorKind::workbench, "", ""};
    PlainFrame frame_;
    WorkbenchPages pages_{frame_, {}};
    bool empty_ = false;

    SignIn()
    {
        pages_.sources.needs_setup = [this]() -> awaitable<core::Result<bool>> { co_return empty_; };
        pages_.sources.sign_in = [](std::shared_ptr<http::Request>, std::string name,
                                    std::string password) -> PageSources::Admitted {
            if (name == "ada" && password == "secret") co_return std::string("token=t; HttpOnly");
            co_return fail(Errc::unauthorized, "wrong");
        };
        pages_.sources.set_up = [this](std::shared_ptr<http::Request>, std::string, std::string,
                                       std::string code) -> PageSources::Admitted {
            if (pages_.sources.needs_code && code != "right") co_return fail(Errc::forbidden, "the code is wrong");
            co_return std::string("token=t; HttpOnly");
        };
    }

    http::Response answer(Reply (*handler)(std::shared_ptr<http::Request>, WorkbenchPages&), std::string target,
                          std::string body = {})
    {
        http::RequestBuilder builder;
        builder.door = &door_;
        builder.mount = &mount_;
        builder.target = std::move(target);
        builder.body = std::move(body);
        builder.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
        asio::io_context io;
        std::optional<core::Result<http::Response>> outcome;
        asio::co_spawn(
            io, handler(builder.build(), pages_),
            [&](const std::exception_ptr&, core::Result<http::Response> made) { outcome = std::move(made); });
        io.run();
        return outcome.value().value();
    }
};

TEST_F(SignIn, the_right_password_sets_the_cookie_and_goes_on)
{
    auto const response = answer(sign_in, "/login", "username=ada&password=secret&next=%2Fprojects%2Fa");
    EXPECT_EQ(response.status, 303);
    EXPECT_EQ(response.header("Location"), "/projects/a");
    EXPECT_EQ(response.header("Set-Cookie"), "token=t; HttpOnly");
}

TEST_F(SignIn, a_wrong_password_shows_the_form_again_with_the_name)
{
    auto const response = answer(sign_in, "/login", "username=%3Cada%3E&password=no&next=//evil.test");
    EXPECT_EQ(response.status, 401);
    EXPECT_TRUE(response.header("Set-Cookie").empty());
    auto const& html = std::get<std::string>(response.body);
    EXPECT_NE(html.find("value=\"&lt;ada&gt;\""), std::string::npos);
    EXPECT_NE(html.find("role=\"alert\""), std::string::npos);
    EXPECT_EQ(html.find("evil.test"), std::string::npos);
}

TEST_F(SignIn, a_server_without_account_leads_to_the_setup)
{
    empty_ = true;
    EXPECT_EQ(answer(show_sign_in, "/login?next=/search").header("Location"), "/setup?next=%2Fsearch");
    EXPECT_EQ(answer(show_set_up, "/setup").status, 200);
    auto const differing = answer(set_up, "/setup", "username=ada&password=secret&again=other");
    EXPECT_EQ(differing.status, 400);
    EXPECT_TRUE(differing.header("Set-Cookie").empty());
}

TEST_F(SignIn, a_server_with_an_account_has_no_setup)
{
    EXPECT_EQ(answer(show_set_up, "/setup").header("Location"), "/login?next=%2F");
}

TEST_F(SignIn, signing_out_forgets_the_cookie_and_leads_to_the_form)
{
    pages_.sources.sign_out = [](std::shared_ptr<http::Request>) -> PageSources::Admitted {
        co_return std::string("token=; Max-Age=0");
    };
    auto const response = answer(sign_out, "/logout", "");
    EXPECT_EQ(response.status, 303);
    EXPECT_EQ(response.header("Location"), "/login");
    EXPECT_EQ(response.header("Set-Cookie"), "token=; Max-Age=0");
}

TEST_F(SignIn, another_machine_is_asked_for_the_code)
{
    empty_ = true;
    EXPECT_EQ(std::get<std::string>(answer(show_set_up, "/setup").body).find("name=\"code\""), std::string::npos);
    pages_.sources.needs_code = [](const http::Request&) { return true; };
    EXPECT_NE(std::get<std::string>(answer(show_set_up, "/setup").body).find("name=\"code\""), std::string::npos);
    EXPECT_EQ(answer(set_up, "/setup", "username=ada&password=secret&again=secret&code=right").status, 303);
    EXPECT_EQ(answer(set_up, "/setup", "username=ada&password=secret&again=secret&code=no").status, 403);
}

} // namespace
} // namespace pix::workbench
