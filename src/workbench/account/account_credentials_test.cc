#include <gtest/gtest.h>

#include <fstream>

#include "workbench/account/account_git_credentials.h"
#include "workbench/account/credential_store.h"
#include "workbench/account/testing/account_fixture.h"

namespace pix::workbench {
namespace {

using core::Errc;
using testing::AccountFixture;

class AccountCredentials : public store::testing::OnEachDatabase {};
PIX_ON_EACH_DATABASE(AccountCredentials);

Credential a_credential(std::string type = "github_token", std::string host = {})
{
    Credential credential;
    credential.name = "mine";
    credential.type = std::move(type);
    credential.host = std::move(host);
    return credential;
}

TEST_P(AccountCredentials, are_given_to_git_for_exactly_their_host)
{
    AccountFixture here(GetParam());
    auto const who = *here.sign_up();
    std::int64_t const user = who.user.id;
    ASSERT_TRUE(here.run(here.accounts->store_credential(user, a_credential(), " ghp_1 ")));
    ASSERT_TRUE(here.run(here.accounts->store_credential(user, a_credential("git_token", "Git.Example:8443"), "t2")));
    AccountGitCredentials git(*here.accounts);
    auto const hub = *here.run(git.token_for("github.com"));
    ASSERT_TRUE(hub);
    EXPECT_EQ(hub->user, "x-access-token");
    EXPECT_EQ(hub->token, "ghp_1");
    EXPECT_EQ((*here.run(git.token_for("git.example:8443")))->token, "t2");
    for (auto const* const host : {"git.example", "github.com.evil.example", "evil.github.com", "", "%"})
        EXPECT_EQ(*here.run(git.token_for(host)), std::nullopt) << host;
}

TEST_P(AccountCredentials, that_are_turned_off_or_deleted_are_not_used)
{
    AccountFixture here(GetParam());
    std::int64_t const user = here.sign_up()->user.id;
    core::Actor const actor{"user", std::to_string(user)};
    auto const value = [&] { return *here.run(here.accounts->credential_value(actor, "github_token")); };
    auto const old = *here.run(here.accounts->store_credential(user, a_credential(), "old"));
    auto const fresh = *here.run(here.accounts->store_credential(user, a_credential(), "new"));
    EXPECT_EQ(value(), "new");
    ASSERT_TRUE(here.run(here.accounts->set_credential_active(user, fresh.id, false)));
    EXPECT_EQ(value(), "old");
    ASSERT_TRUE(here.run(here.accounts->delete_credential(user, old.id)));
    EXPECT_EQ(value(), std::nullopt);
    EXPECT_EQ(here.run(here.accounts->delete_credential(user, old.id)).error().code, Errc::not_found);
    EXPECT_EQ(here.run(here.accounts->set_credential_active(user + 1, fresh.id, true)).error().code, Errc::not_found);
}

TEST_P(AccountCredentials, are_sealed_and_do_not_open_in_another_row_or_with_another_key)
{
    AccountFixture here(GetParam());
    std::int64_t const user = here.sign_up()->user.id;
    core::Actor const actor{"user", std::to_string(user)};
    auto const one = *here.run(here.accounts->store_credential(user, a_credential("one_token"), "secret one"));
    ASSERT_TRUE(here.run(here.accounts->store_credential(user, a_credential("two_token"), "secret two")));
    auto const read = [&](store::Connection& tx) { return find_sealed(tx, user, "two_token"); };
    auto const sealed = **here.database->read_now(read);
    EXPECT_EQ(sealed.sealed.find("secret"), std::string::npos);
    auto const swap = [&](store::Connection& tx) { return seal_credential(tx, one.id, sealed.sealed); };
    ASSERT_TRUE(here.database->write_now(swap));
    EXPECT_EQ(here.run(here.accounts->credential_value(actor, "one_token")).error().code, Errc::unavailable);
    EXPECT_EQ(*here.run(here.accounts->credential_value(actor, "two_token")), "secret two");

    std::filesystem::remove(here.folder.path() / "secret.key");
    here.open();
    EXPECT_EQ(here.run(here.accounts->credential_value(actor, "two_token")).error().code, Errc::unavailable);
}

TEST_P(AccountCredentials, are_checked_before_they_are_stored)
{
    AccountFixture here(GetParam());
    std::int64_t const user = here.sign_up()->user.id;
    auto const refused = [&](Credential credential, std::string value) {
        auto const made = here.run(here.accounts->store_credential(user, std::move(credential), std::move(value)));
        return !made && made.error().code == Errc::invalid;
    };
    EXPECT_TRUE(refused(a_credential("Type"), "x"));
    EXPECT_TRUE(refused(a_credential(""), "x"));
    EXPECT_TRUE(refused(a_credential(), ""));
    EXPECT_TRUE(refused(a_credential(), "two\nlines"));
    EXPECT_TRUE(refused(a_credential(), std::string(20'000, 'x')));
    EXPECT_TRUE(refused(a_credential("git_token", "https://git.example"), "x"));
    EXPECT_TRUE(refused(a_credential("git_token", "git.example\nhost=evil"), "x"));
    Credential named = a_credential();
    named.username = "a\nb";
    EXPECT_TRUE(refused(named, "x"));
    EXPECT_FALSE(refused(a_credential(), "x"));
}

} // namespace
} // namespace pix::workbench
