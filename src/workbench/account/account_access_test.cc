#include <gtest/gtest.h>

#include "core/base/text.h"
#include "workbench/account/testing/account_fixture.h"

namespace pix::workbench {
namespace {

using core::Errc;
using http::Method;
using testing::AccountFixture;
using Headers = AccountFixture::Headers;
using namespace std::chrono_literals;

class AccountAccess : public store::testing::OnEachDatabase {};
PIX_ON_EACH_DATABASE(AccountAccess);

const Headers event_stream{{"Accept", "text/event-stream"}};

std::string header_of(const http::Request& request, std::string_view name)
{
    for (auto const& [key, value] : request.answer_headers)
        if (key == name) return value;
    return {};
}

TEST_P(AccountAccess, takes_a_token_by_header_and_by_cookie_and_a_key_by_both_headers)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    auto const key = *here.run(here.accounts->make_api_key(who.user.id, "laptop"));
    EXPECT_TRUE(here.admit_bearer(who.token));
    EXPECT_TRUE(here.admit(here.request({{"Cookie", "a=b; token=" + who.token}})));
    EXPECT_TRUE(here.admit(here.request({{"authorization", "bearer  " + who.token}})));
    auto const by_key = here.request({{"X-API-Key", key.text}});
    auto const actor = here.admit(by_key);
    ASSERT_TRUE(actor);
    EXPECT_EQ(*actor, (core::Actor{"api_key", std::to_string(key.key.id)}));
    EXPECT_EQ(by_key->credential, "api_key/" + std::to_string(key.key.id));
    EXPECT_TRUE(here.admit_bearer(key.text));
    EXPECT_EQ(here.run(here.accounts->user_of(*actor))->id, who.user.id);
}

TEST_P(AccountAccess, tells_nobody_from_a_bad_key_and_a_bad_token)
{
    AccountFixture here(GetParam());
    ASSERT_TRUE(here.sign_up());
    EXPECT_EQ(here.admit(here.request()).error().code, Errc::unauthorized);
    EXPECT_EQ(here.admit(here.request({{"X-API-Key", ""}})).error().code, Errc::unauthorized);
    EXPECT_EQ(here.admit(here.request({{"X-API-Key", "px_0"}})).error().name, "INVALID_API_KEY");
    EXPECT_EQ(here.admit_bearer("ck_" + std::string(64, '0')).error().code, Errc::unauthorized);
    EXPECT_EQ(here.admit(here.request({{"X-API-Key", "no key at all"}})).error().code, Errc::unauthorized);
    EXPECT_EQ(here.admit_bearer("nonsense").error().name, "INVALID_TOKEN");
    EXPECT_EQ(here.admit_bearer("nonsense").error().code, Errc::forbidden);
    EXPECT_EQ(here.admit_bearer(std::string(5000, 'x')).error().name, "INVALID_TOKEN");
    EXPECT_EQ(here.admit(here.request({{"Cookie", "token=nonsense"}})).error().name, "INVALID_TOKEN");
    EXPECT_EQ(here.admit(here.request({{"Authorization", "Basic YTpi"}})).error().code, Errc::unauthorized);
}

TEST_P(AccountAccess, lets_the_first_credential_decide)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    std::string const cookie = "token=" + who.token;
    EXPECT_EQ(
        here.admit(here.request({{"X-API-Key", "px_bad"}, {"Authorization", "Bearer " + who.token}})).error().name,
        "INVALID_API_KEY");
    EXPECT_EQ(here.admit(here.request({{"Authorization", "Bearer nonsense"}, {"Cookie", cookie}})).error().name,
              "INVALID_TOKEN");
    auto const stream = here.request({{"Accept", "text/event-stream"}, {"Cookie", cookie}}, "/api/x?token=nonsense");
    EXPECT_EQ(here.admit(stream).error().name, "INVALID_TOKEN");
}

TEST_P(AccountAccess, takes_a_credential_in_the_address_only_where_a_browser_has_no_other_way)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    auto const key = here.run(here.accounts->make_api_key(who.user.id, "k"))->text;
    EXPECT_TRUE(here.admit(here.request(event_stream, "/api/x?token=" + who.token)));
    EXPECT_TRUE(here.admit(here.request(event_stream, "/api/x?token=" + key)));
    EXPECT_TRUE(here.admit(here.request(event_stream, "/api/x?apiKey=" + key)));
    EXPECT_TRUE(here.admit(here.request({{"Upgrade", "websocket"}}, "/ws?token=" + who.token)));
    EXPECT_TRUE(here.admit(here.request({}, "/api/agent?apiKey=" + key, Method::post)));
    EXPECT_EQ(here.admit(here.request({}, "/api/projects?token=" + who.token)).error().code, Errc::unauthorized);
    EXPECT_EQ(here.admit(here.request({}, "/api/projects?apiKey=" + key)).error().code, Errc::unauthorized);
    EXPECT_EQ(here.admit(here.request(event_stream, "/api/x?token=" + who.token, Method::post)).error().code,
              Errc::unauthorized);
}

TEST_P(AccountAccess, takes_none_in_the_address_when_that_is_turned_off)
{
    AccountOptions options;
    options.query_credentials = false;
    AccountFixture here(GetParam(), options);
    auto const who = *here.sign_up();
    EXPECT_EQ(here.admit(here.request(event_stream, "/api/x?token=" + who.token)).error().code, Errc::unauthorized);
    EXPECT_EQ(here.admit(here.request({{"Upgrade", "websocket"}}, "/ws?token=" + who.token)).error().code,
              Errc::unauthorized);
}

TEST_P(AccountAccess, refuses_an_expired_token_and_one_whose_account_is_gone)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    here.clock.advance(7 * 24h);
    EXPECT_EQ(here.admit_bearer(who.token).error().name, "INVALID_TOKEN");
    auto const again = *here.log_in();
    auto const disable = [](store::Connection& tx) { return tx.execute("UPDATE users SET is_active = 0"); };
    ASSERT_TRUE(here.database->write_now(disable));
    EXPECT_EQ(here.admit_bearer(again.token).error().code, Errc::unauthorized);
    EXPECT_EQ(here.log_in().error().code, Errc::unauthorized);
}

TEST_P(AccountAccess, accepts_a_token_of_the_same_secret_that_it_has_not_made)
{
    AccountOptions options;
    options.token_secret = "a secret that two servers share";
    AccountFixture here(GetParam(), options);
    auto const who = *here.sign_up();
    access::TokenSigner const other(options.token_secret);
    std::int64_t const at = here.clock.now() / 1000;
    std::string const token = *other.sign({who.user.id, "ada", at, at + 3600, ""});
    auto const asked = here.request(AccountFixture::bearer(token));
    asked->actor = *here.admit(asked);
    EXPECT_TRUE(here.run(here.accounts->log_out(asked)));
    EXPECT_EQ(here.admit_bearer(token).error().name, "INVALID_TOKEN");
    std::string const second = *other.sign({who.user.id, "ada", at, at + 3600, "theirs"});
    EXPECT_TRUE(here.admit_bearer(second));
    EXPECT_TRUE(here.run(here.accounts->log_out_everywhere(who.user.id)));
    EXPECT_EQ(here.admit_bearer(second).error().name, "INVALID_TOKEN");
    EXPECT_FALSE(here.admit_bearer(*other.sign({who.user.id + 1, "eve", at, at + 3600, "x"})));
}

TEST_P(AccountAccess, has_a_secret_of_its_own_in_every_home)
{
    AccountFixture here(GetParam());
    AccountFixture there(GetParam());
    auto const who = *here.sign_up();
    ASSERT_TRUE(there.sign_up());
    EXPECT_EQ(there.admit_bearer(who.token).error().name, "INVALID_TOKEN");
    here.open();
    EXPECT_TRUE(here.admit_bearer(who.token));
}

TEST_P(AccountAccess, gives_a_fresh_token_when_more_than_half_is_over)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    here.clock.advance(84h);
    auto const early = here.request(AccountFixture::bearer(who.token));
    ASSERT_TRUE(here.admit(early));
    EXPECT_TRUE(early->answer_headers.empty());
    here.clock.advance(1h);
    auto const late = here.request(AccountFixture::bearer(who.token));
    ASSERT_TRUE(here.admit(late));
    std::string const fresh = header_of(*late, "X-Refreshed-Token");
    ASSERT_FALSE(fresh.empty());
    EXPECT_EQ(header_of(*late, "Access-Control-Expose-Headers"), "X-Refreshed-Token");
    EXPECT_EQ(header_of(*late, "Set-Cookie"), "");
    auto const beside = here.request({{"Cookie", "token=" + who.token}});
    ASSERT_TRUE(here.admit(beside));
    EXPECT_EQ(header_of(*beside, "X-Refreshed-Token"), fresh);
    EXPECT_TRUE(header_of(*beside, "Set-Cookie").starts_with("token=" + fresh + ";"));

    here.clock.advance(6 * 24h); // the first one has expired by now
    EXPECT_FALSE(here.admit_bearer(who.token));
    EXPECT_TRUE(here.admit_bearer(fresh));
}

TEST_P(AccountAccess, ends_the_fresh_token_with_the_login_of_the_old_one)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    auto const asked = here.request(AccountFixture::bearer(who.token));
    asked->actor = *here.admit(asked);
    auto const fresh = here.run(here.accounts->refresh(asked));
    ASSERT_TRUE(fresh);
    EXPECT_NE(fresh->token, who.token);
    ASSERT_TRUE(here.admit_bearer(fresh->token));
    ASSERT_TRUE(here.run(here.accounts->log_out(asked)));
    EXPECT_FALSE(here.admit_bearer(fresh->token));
    EXPECT_FALSE(here.admit_bearer(who.token));
}

TEST_P(AccountAccess, refreshes_no_api_key)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    auto const key = *here.run(here.accounts->make_api_key(who.user.id, "k"));
    auto const asked = here.request({{"X-API-Key", key.text}});
    asked->actor = *here.admit(asked);
    EXPECT_EQ(here.run(here.accounts->refresh(asked)).error().code, Errc::forbidden);
}

TEST_P(AccountAccess, ends_a_key_at_once_when_it_is_turned_off_or_deleted)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    auto const key = *here.run(here.accounts->make_api_key(who.user.id, "k"));
    std::int64_t const id = key.key.id;
    ASSERT_TRUE(here.admit_bearer(key.text));
    ASSERT_TRUE(here.run(here.accounts->set_api_key_active(who.user.id, id, false)));
    EXPECT_FALSE(here.admit_bearer(key.text));
    ASSERT_TRUE(here.run(here.accounts->set_api_key_active(who.user.id, id, true)));
    EXPECT_TRUE(here.admit_bearer(key.text));
    ASSERT_TRUE(here.run(here.accounts->delete_api_key(who.user.id, id)));
    EXPECT_FALSE(here.admit_bearer(key.text));
    EXPECT_EQ(here.run(here.accounts->delete_api_key(who.user.id, id)).error().code, Errc::not_found);
    EXPECT_EQ(here.run(here.accounts->set_api_key_active(who.user.id, id, true)).error().code, Errc::not_found);
    auto const stream = here.request();
    stream->credential = "api_key/" + std::to_string(id);
    ASSERT_EQ(here.withdrawals.size(), 2U);
    EXPECT_TRUE(here.withdrawals[0](*stream));
    stream->credential = "api_key/0";
    EXPECT_FALSE(here.withdrawals[0](*stream));
}

TEST_P(AccountAccess, keeps_only_the_hash_of_a_key_and_notes_its_use_once_a_minute)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    auto const key = *here.run(here.accounts->make_api_key(who.user.id, "  laptop "));
    EXPECT_EQ(key.text.size(), 35U);
    EXPECT_EQ(key.text.find_first_not_of("px_0123456789abcdef"), std::string::npos);
    auto const dump = [](store::Connection& tx) { return tx.query("SELECT shown, key_hash FROM api_keys"); };
    auto const rows = *here.database->read_now(dump);
    EXPECT_EQ(rows[0].text(0), key.text.substr(0, 10));
    EXPECT_EQ(rows[0].text(1).find(key.text.substr(10)), std::string::npos);
    auto const listed = [&] { return here.run(here.accounts->api_keys(who.user.id))->front(); };
    EXPECT_EQ(listed().name, "laptop");
    EXPECT_FALSE(listed().last_used);
    ASSERT_TRUE(here.admit_bearer(key.text));
    auto const first = here.clock.now();
    EXPECT_EQ(listed().last_used, first);
    here.clock.advance(59s);
    ASSERT_TRUE(here.admit_bearer(key.text));
    EXPECT_EQ(listed().last_used, first);
    here.clock.advance(1s);
    here.clock.advance(2s);
    ASSERT_TRUE(here.admit_bearer(key.text));
    EXPECT_EQ(listed().last_used, here.clock.now());
}

TEST_P(AccountAccess, knows_an_imported_key_by_its_hash_whatever_its_length)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    std::string const text = "ck_" + std::string(64, 'a');
    // printf '%s' ck_aaaa… | sha256sum
    auto const import = [&](store::Connection& tx) {
        ApiKey key;
        key.name = "old";
        key.shown = "ck_aaaaaaa";
        return insert_api_key(tx, who.user.id, key, "6e55e57b4c79b791615ff6af06cf2aa45a553d27b4110db29be69c1a93d28196");
    };
    ASSERT_TRUE(here.database->write_now(import));
    EXPECT_TRUE(here.admit_bearer(text));
}

TEST_P(AccountAccess, asks_for_a_role_where_the_route_does)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    EXPECT_TRUE(here.admit(here.request(AccountFixture::bearer(who.token)), http::Access::admin));
    auto const demote = [](store::Connection& tx) { return tx.execute("UPDATE users SET role = 'member'"); };
    ASSERT_TRUE(here.database->write_now(demote));
    here.clock.advance(3s);
    for (auto const access : {http::Access::admin, http::Access::lead})
        EXPECT_EQ(here.admit(here.request(AccountFixture::bearer(who.token)), access).error().code, Errc::forbidden);
    EXPECT_TRUE(here.admit_bearer(who.token));
}

TEST_P(AccountAccess, has_a_gate_in_front_of_the_api_when_there_is_one)
{
    AccountOptions options;
    options.gate = "the gate's own key";
    AccountFixture here(GetParam(), options);
    auto const who = *here.sign_up();
    std::string const bearer = "Bearer " + who.token;
    EXPECT_EQ(here.admit_bearer(who.token).error().code, Errc::unauthorized);
    EXPECT_EQ(here.admit(here.request({{"X-API-Key", "another"}, {"Authorization", bearer}})).error().code,
              Errc::unauthorized);
    EXPECT_TRUE(here.admit(here.request({{"X-API-Key", options.gate}, {"Authorization", bearer}})));
    EXPECT_EQ(here.admit(here.request({{"X-API-Key", options.gate}})).error().code, Errc::unauthorized);
    EXPECT_TRUE(here.admit(here.request({{"Authorization", bearer}}, "/project/x")));
}

TEST_P(AccountAccess, is_everybodys_behind_another_login_when_that_was_said_twice)
{
    AccountOptions options;
    options.hosted = true;
    AccountFixture here(GetParam(), options);
    EXPECT_EQ(here.admit(here.request()).error().code, Errc::unauthorized);
    auto const who = *here.sign_up();
    EXPECT_EQ(*here.admit(here.request()), (core::Actor{"user", std::to_string(who.user.id)}));
}

TEST_P(AccountAccess, gives_tickets_that_open_one_stream_once)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    auto const asked = here.request(AccountFixture::bearer(who.token));
    asked->actor = *here.admit(asked);
    auto const issue = [&](std::string path, std::string transport) {
        return here.run(here.accounts->issue_ticket(asked, {std::move(path), std::move(transport)}, ticket_life));
    };
    auto const ticket = issue("/api/live", "sse");
    ASSERT_TRUE(ticket);
    EXPECT_EQ(ticket->text.size(), 43U);
    EXPECT_EQ(ticket->expires_at, here.clock.now() + 60'000);
    auto const open = here.request(event_stream, "/api/live?streamTicket=" + ticket->text);
    EXPECT_EQ(*here.admit(open), asked->actor);
    EXPECT_EQ(open->credential, asked->credential);
    EXPECT_EQ(here.admit(here.request(event_stream, "/api/live?streamTicket=" + ticket->text)).error().name,
              "INVALID_TICKET");

    std::string const elsewhere = issue("/api/live", "sse")->text;
    EXPECT_FALSE(here.admit(here.request(event_stream, "/api/other?streamTicket=" + elsewhere)));
    EXPECT_FALSE(here.admit(here.request(event_stream, "/api/live?streamTicket=" + elsewhere)));
    std::string const socket = issue("/ws", "ws")->text;
    EXPECT_TRUE(here.admit(here.request({{"Upgrade", "websocket"}}, "/ws?streamTicket=" + socket)));
    EXPECT_FALSE(issue("/ws", "carrier pigeon"));
    EXPECT_FALSE(issue("ws", "ws"));

    std::string const late = issue("/api/live", "sse")->text;
    here.clock.advance(60s);
    EXPECT_FALSE(here.admit(here.request(event_stream, "/api/live?streamTicket=" + late)));
    std::string const withdrawn = issue("/api/live", "sse")->text;
    ASSERT_TRUE(here.run(here.accounts->log_out(asked)));
    EXPECT_FALSE(here.admit(here.request(event_stream, "/api/live?streamTicket=" + withdrawn)));
}

TEST_P(AccountAccess, says_who_asks_where_nobody_has_to)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    EXPECT_EQ(*here.run(here.accounts->find_identity(here.request())), std::nullopt);
    EXPECT_EQ((*here.run(here.accounts->find_identity(here.request(AccountFixture::bearer(who.token)))))->username,
              "ada");
    EXPECT_FALSE(here.run(here.accounts->find_identity(here.request(AccountFixture::bearer("nonsense")))));
}

} // namespace
} // namespace pix::workbench
