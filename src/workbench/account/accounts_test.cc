#include "workbench/account/accounts.h"

#include <gtest/gtest.h>

#include "core/base/text.h"
#include "workbench/account/testing/account_fixture.h"

namespace pix::workbench {
namespace {

using core::Errc;
using testing::AccountFixture;
using namespace std::chrono_literals;

class Account : public store::testing::OnEachDatabase {};
PIX_ON_EACH_DATABASE(Account);

TEST_P(Account, is_made_once_and_signed_in_to)
{
    AccountFixture here(GetParam());
    EXPECT_TRUE(*here.run(here.accounts->needs_setup()));
    auto const who = here.sign_up("  Ada Lovelace ");
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_EQ(who->user.username, "Ada Lovelace");
    EXPECT_EQ(who->user.role, "admin");
    EXPECT_TRUE(who->cookie.starts_with("token=" + who->token + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800"));
    EXPECT_FALSE(*here.run(here.accounts->needs_setup()));
    auto const actor = here.admit_bearer(who->token);
    ASSERT_TRUE(actor) << actor.error().message;
    EXPECT_EQ(*actor, (core::Actor{"user", std::to_string(who->user.id)}));

    auto const second = here.sign_up("grace");
    EXPECT_EQ(second.error().code, Errc::forbidden);
}

TEST_P(Account, is_made_once_by_two_first_visitors_at_the_same_time)
{
    AccountFixture here(GetParam());
    asio::io_context io;
    int made = 0;
    int refused = 0;
    for (int i = 0; i < 4; ++i)
        asio::co_spawn(io, here.accounts->register_first(here.request(), "user" + std::to_string(i), "secret7", ""),
                       [&](std::exception_ptr, core::Result<SignedIn> who) {
                           if (who)
                               ++made;
                           else if (who.error().code == Errc::forbidden)
                               ++refused;
                       });
    io.run();
    EXPECT_EQ(made, 1);
    EXPECT_EQ(refused, 3);
}

TEST_P(Account, needs_a_name_of_three_characters_and_a_password_of_six)
{
    AccountFixture here(GetParam());
    EXPECT_EQ(here.sign_up("  ab  ").error().code, Errc::invalid);
    EXPECT_EQ(here.sign_up("ada", "12345").error().code, Errc::invalid);
    EXPECT_EQ(here.sign_up("a\nda").error().code, Errc::invalid);
    EXPECT_EQ(here.sign_up(std::string(201, 'a')).error().code, Errc::invalid);
    EXPECT_EQ(here.sign_up("ada", std::string(2000, 'a')).error().code, Errc::invalid);
    EXPECT_TRUE(here.sign_up("äöü", "123456"));
}

TEST_P(Account, is_signed_in_to_by_its_name_in_any_case)
{
    AccountFixture here(GetParam());
    ASSERT_TRUE(here.sign_up("Ada"));
    here.clock.advance(1min);
    auto const who = here.log_in("aDA");
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_EQ(who->user.last_login, here.clock.now());
    EXPECT_TRUE(here.admit_bearer(who->token));
}

TEST_P(Account, says_the_same_for_a_wrong_name_and_a_wrong_password)
{
    AccountFixture here(GetParam());
    ASSERT_TRUE(here.sign_up());
    auto const name = here.log_in("eve", "secret7");
    auto const password = here.log_in("ada", "secret8");
    ASSERT_FALSE(name);
    ASSERT_FALSE(password);
    EXPECT_EQ(name.error().code, Errc::unauthorized);
    EXPECT_EQ(name.error().message, password.error().message);
    EXPECT_EQ(name.error().name, password.error().name);
}

TEST_P(Account, refuses_the_sixth_attempt_and_says_when_to_come_again)
{
    AccountFixture here(GetParam());
    ASSERT_TRUE(here.sign_up());
    for (int i = 0; i < 5; ++i) EXPECT_EQ(here.log_in("ada", "wrong!!").error().code, Errc::unauthorized);
    auto const asked = here.request();
    auto const refused = here.run(here.accounts->log_in(asked, "ada", "secret7"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::limit);
    ASSERT_EQ(asked->answer_headers.size(), 1U);
    EXPECT_EQ(asked->answer_headers[0], (std::pair<std::string, std::string>{"Retry-After", "900"}));
    here.clock.advance(15min);
    EXPECT_TRUE(here.log_in());
}

TEST_P(Account, cannot_be_locked_by_strangers)
{
    AccountFixture here(GetParam());
    ASSERT_TRUE(here.sign_up());
    here.client = "203.0.113.5";
    ASSERT_TRUE(here.log_in());
    for (int i = 0; i < 10; ++i) {
        here.client = "198.51.100." + std::to_string(i);
        EXPECT_FALSE(here.log_in("ada", "wrong!!"));
    }
    EXPECT_EQ(here.log_in().error().code, Errc::limit);
    here.client = "203.0.113.5"; // signed in from there before
    EXPECT_TRUE(here.log_in());
    here.client = "127.0.0.1";
    EXPECT_TRUE(here.log_in());
}

TEST_P(Account, is_not_known_from_this_machine_when_a_tunnel_is_between)
{
    AccountFixture here(GetParam());
    ASSERT_TRUE(here.sign_up());
    auto const through_tunnel = [&] { return here.request({{"X-Forwarded-For", "198.51.100.1"}}); };
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(here.run(here.accounts->log_in(through_tunnel(), "ada", "wrong!!")));
    EXPECT_TRUE(here.log_in());
}

TEST_P(Account, of_another_machine_needs_the_code)
{
    AccountFixture here(GetParam());
    std::string const code = here.accounts->setup_code();
    ASSERT_EQ(code.size(), 16U);
    here.client = "192.0.2.1";
    EXPECT_EQ(here.sign_up().error().name, "SETUP_CODE_REQUIRED");
    EXPECT_EQ(here.run(here.accounts->register_first(here.request(), "ada", "secret7", "0000")).error().name,
              "SETUP_CODE_REQUIRED");
    auto const form =
        here.post("username=ada&code=" + std::string(16, '0'), {{"Content-Type", "application/x-www-form-urlencoded"}});
    EXPECT_FALSE(here.run(here.accounts->register_first(form, "ada", "secret7", "")));
    here.client = "127.0.0.1";
    auto const behind = here.request({{"X-Forwarded-For", "192.0.2.1"}});
    EXPECT_FALSE(here.run(here.accounts->register_first(behind, "ada", "secret7", "")));
    auto const typed = here.post(
        "code=" + code, {{"Content-Type", "application/x-www-form-urlencoded"}, {"X-Forwarded-For", "192.0.2.1"}});
    EXPECT_TRUE(here.run(here.accounts->register_first(typed, "ada", "secret7", "")));
    EXPECT_EQ(here.accounts->setup_code(), "");
    here.open();
    EXPECT_EQ(here.accounts->setup_code(), "");
}

TEST_P(Account, gets_a_new_hash_when_its_old_one_was_imported)
{
    AccountFixture here(GetParam());
    // "U*U" with bcrypt.
    User user;
    user.username = "ada";
    user.role = "admin";
    auto const import = [&](store::Connection& tx) {
        return insert_user(tx, user, "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
    };
    ASSERT_TRUE(here.database->write_now(import));
    EXPECT_FALSE(here.log_in("ada", "U*V"));
    ASSERT_TRUE(here.log_in("ada", "U*U"));
    auto const look = [](store::Connection& tx) { return find_user(tx, "ada"); };
    EXPECT_TRUE((*here.database->read_now(look))->password_hash.starts_with("$argon2id$"));
    EXPECT_TRUE(here.log_in("ada", "U*U"));
}

TEST_P(Account, marks_its_cookie_secure_over_tls_only)
{
    AccountFixture here(GetParam());
    EXPECT_EQ(here.sign_up()->cookie.find("Secure"), std::string::npos);
    here.encrypted = true;
    EXPECT_NE(here.log_in()->cookie.find("; Secure"), std::string::npos);
}

TEST_P(Account, ends_a_login_when_it_signs_out)
{
    AccountFixture here(GetParam());
    ASSERT_TRUE(here.sign_up());
    auto const one = *here.log_in();
    auto const other = *here.log_in();
    auto const asked = here.request(here.bearer(one.token));
    asked->actor = *here.admit(asked);
    EXPECT_TRUE(here.run(here.accounts->log_out(asked)));
    auto const again = here.admit_bearer(one.token);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().name, "INVALID_TOKEN");
    EXPECT_TRUE(here.admit_bearer(other.token));
    here.open();
    EXPECT_FALSE(here.admit_bearer(one.token));
    EXPECT_TRUE(here.admit_bearer(other.token));
    ASSERT_EQ(here.withdrawals.size(), 1U);
    EXPECT_TRUE(here.withdrawals[0](*asked));
}

TEST_P(Account, ends_all_logins_when_it_signs_out_everywhere)
{
    AccountFixture here(GetParam());
    auto const first = *here.sign_up();
    auto const second = *here.log_in();
    ASSERT_TRUE(here.run(here.accounts->log_out_everywhere(first.user.id)));
    EXPECT_FALSE(here.admit_bearer(first.token));
    EXPECT_FALSE(here.admit_bearer(second.token));
    auto const third = here.log_in(); // within the same second
    EXPECT_TRUE(here.admit_bearer(third->token));
    EXPECT_EQ(here.run(here.accounts->logins(first.user.id))->size(), 1U);
}

TEST_P(Account, changes_its_password_with_the_current_one)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    auto const asked = here.request(here.bearer(who.token));
    asked->actor = *here.admit(asked);
    EXPECT_EQ(here.run(here.accounts->change_password(asked, "wrong!!", "another7")).error().code, Errc::forbidden);
    EXPECT_EQ(here.run(here.accounts->change_password(asked, "secret7", "short")).error().code, Errc::invalid);
    ASSERT_TRUE(here.run(here.accounts->change_password(asked, "secret7", "another7")));
    EXPECT_FALSE(here.admit_bearer(who.token));
    EXPECT_FALSE(here.log_in("ada", "secret7"));
    EXPECT_TRUE(here.log_in("ada", "another7"));
}

TEST_P(Account, gets_a_new_password_on_the_machine)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    auto const at = here.clock.now();
    EXPECT_EQ(Accounts::reset_password_now(*here.database, "eve", "another7", at).error().code, Errc::not_found);
    ASSERT_TRUE(Accounts::reset_password_now(*here.database, "ADA", "another7", at));
    here.clock.advance(3s);
    EXPECT_FALSE(here.admit_bearer(who.token));
    EXPECT_TRUE(here.log_in("ada", "another7"));
}

TEST_P(Account, changes_its_name_and_address)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    auto const changed = here.run(here.accounts->change_profile(who.user.id, "grace", "grace@example.org"));
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->username, "grace");
    EXPECT_TRUE(here.log_in("grace"));
    EXPECT_FALSE(here.log_in("ada"));
    EXPECT_FALSE(here.run(here.accounts->change_profile(who.user.id, std::nullopt, "no address")));
    EXPECT_FALSE(here.run(here.accounts->change_profile(who.user.id, "x", std::nullopt)));
    EXPECT_EQ(here.run(here.accounts->change_profile(who.user.id, std::nullopt, ""))->email, std::nullopt);
}

} // namespace
} // namespace pix::workbench
