#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/access/login_limits.h"
#include "core/access/secret_box.h"
#include "core/access/token.h"
#include "core/base/async.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/http/door.h"
#include "core/http/request.h"
#include "core/store/database.h"
#include "workbench/account/account.h"
#include "workbench/account/account_options.h"
#include "workbench/account/client.h"
#include "workbench/account/stream_ticket.h"

namespace pix::workbench {

struct UserRow;
struct SealedCredential;

/// Somebody who has just been let in.
struct SignedIn {
    User user;
    std::string token;
    std::string cookie; ///< value of Set-Cookie
};

struct NewApiKey {
    ApiKey key;
    std::string text; ///< the key itself, for this once
};

/// Accounts and everything that lets somebody in at the workbench door.
///
/// Wiring: `Accounts::open({database, pool, clock}, *account_options(home, environment))` after the migrations
/// (account_migrations), before the doors open; it has no run() and no stop(). Then
///   door.set_authenticator(accounts->authenticator());  door.set_sign_in_page("/login");
///   accounts->on_withdrawal([&](auto ends) { server.end_streams(ends); });
///   DoorOptions::origins = *allowed_origins(environment);
/// and if setup_code() is not empty, print it: the first account needs it from other machines.
/// For the pages: needs_setup(); sign_in and set_up are log_in(...)->cookie and register_first(...)->cookie;
/// is_signed_in is find_identity(...).has_value().
///
/// Runs on: the io thread; passwords are hashed on the pool, a few at once.
/// Owns:    the tickets and what it remembers of credentials (two seconds, until a change).
/// Errors:  those of the store, and as said below; names are those of the contract.
class Accounts {
public:
    struct Parts {
        store::Database& database;
        asio::thread_pool& pool;
        const core::Clock& clock;
    };

    /// Reads or makes the secrets, and the code for the first account if there is none. Blocks.
    static core::Result<std::unique_ptr<Accounts>> open(Parts parts, AccountOptions options);

    const AccountOptions& options() const { return options_; }
    /// What the first account needs when it is made from another machine; empty once there is an account.
    const std::string& setup_code() const { return setup_code_; }
    Client client_of(const http::Request& request) const
    {
        return workbench::client_of(request, options_.trusted_proxies);
    }

    // accounts.cc: signing in and out.

    awaitable<core::Result<bool>> needs_setup();
    /// Makes the first account and signs in to it. An empty `code` is looked for as "code" in the request's form.
    /// Errors: Errc::forbidden (there is an account, or the code of another machine is wrong), Errc::invalid.
    awaitable<core::Result<SignedIn>> register_first(std::shared_ptr<http::Request> request, std::string username,
                                                     std::string password, std::string code);
    /// Errors: Errc::unauthorized (wrong name or password, one message), Errc::limit; then the answer to `request`
    /// says when to come again.
    awaitable<core::Result<SignedIn>> log_in(std::shared_ptr<http::Request> request, std::string username,
                                             std::string password);
    /// Ends the login that `request` came with; a request with an API key ends nothing.
    awaitable<core::Result<void>> log_out(std::shared_ptr<http::Request> request);
    /// Ends every login of an account.
    awaitable<core::Result<void>> log_out_everywhere(std::int64_t user);
    awaitable<core::Result<void>> end_login(std::int64_t user, LoginId login);
    awaitable<core::Result<std::vector<Login>>> logins(std::int64_t user);
    /// A fresh token of the same login. Errors: Errc::forbidden when the request came with an API key.
    awaitable<core::Result<SignedIn>> refresh(std::shared_ptr<http::Request> request);
    /// Also ends every other login. Errors: Errc::forbidden (the current one is wrong), Errc::limit, Errc::invalid.
    awaitable<core::Result<void>> change_password(std::shared_ptr<http::Request> request, std::string current,
                                                  std::string next);
    /// For the command line of the machine: blocks, asks nobody, and ends every login.
    /// Errors: Errc::not_found (no such account), Errc::invalid.
    static core::Result<void> reset_password_now(store::Database& database, const std::string& username,
                                                 const std::string& password, core::Millis now);

    // account_access.cc: finding out who asks.

    /// For http::Door: spec of the order of credentials, see find_credential().
    http::Authenticator authenticator();
    awaitable<core::Result<core::Actor>> admit(std::shared_ptr<http::Request> request, http::Access access);
    /// Who asks; nothing for a request without a credential. Errors: as admit, for a bad one.
    awaitable<core::Result<std::optional<Identity>>> find_identity(std::shared_ptr<http::Request> request);
    /// The account that `actor` acts for. Errors: Errc::unauthorized.
    awaitable<core::Result<User>> user_of(core::Actor actor);
    /// A ticket for one stream as whoever made `request`. Errors: Errc::invalid.
    awaitable<core::Result<StreamTicket>> issue_ticket(std::shared_ptr<http::Request> request, TicketUse use,
                                                       std::chrono::seconds life);
    /// `end` is called with a test for requests whose streams have to end. Set before the doors open.
    void on_withdrawal(std::function<void(std::function<bool(const http::Request&)>)> end) { end_ = std::move(end); }
    /// Takes a fresh token that the door has added to the answer back: the login has just ended or has another one.
    static void drop_renewal(http::Request& request);
    /// Removes the cookie of the browser that gets it.
    static std::string expired_cookie();

    // account_keys.cc

    awaitable<core::Result<std::vector<ApiKey>>> api_keys(std::int64_t user);
    /// Errors: Errc::invalid (name), Errc::conflict (too many).
    awaitable<core::Result<NewApiKey>> make_api_key(std::int64_t user, std::string name);
    /// Both: Errc::not_found.
    awaitable<core::Result<void>> delete_api_key(std::int64_t user, std::int64_t key);
    awaitable<core::Result<void>> set_api_key_active(std::int64_t user, std::int64_t key, bool active);

    // account_credentials.cc: secrets of services, sealed at rest.

    awaitable<core::Result<std::vector<Credential>>> credentials(std::int64_t user, std::string type);
    /// Errors: Errc::invalid, Errc::conflict (too many).
    awaitable<core::Result<Credential>> store_credential(std::int64_t user, Credential credential, std::string value);
    /// Both: Errc::not_found.
    awaitable<core::Result<void>> delete_credential(std::int64_t user, std::int64_t id);
    awaitable<core::Result<void>> set_credential_active(std::int64_t user, std::int64_t id, bool active);
    /// The newest active one of a type ("github_token"), for git and for other services; nothing if there is none.
    /// Errors: Errc::unauthorized, Errc::unavailable (it was stored with another key).
    awaitable<core::Result<std::optional<std::string>>> credential_value(core::Actor actor, std::string type);

    /// The newest active one for exactly this host, of whichever account: git runs as the system's user for all.
    awaitable<core::Result<std::optional<HostCredential>>> credential_for(std::string host);
    /// An active one by its number; nothing if there is none.
    awaitable<core::Result<std::optional<HostCredential>>> credential_by_id(std::int64_t id);

    // account_profile.cc

    /// Errors: Errc::invalid, Errc::conflict (the name is taken). What is not given stays; an empty email is none.
    awaitable<core::Result<User>> change_profile(std::int64_t user, std::optional<std::string> username,
                                                 std::optional<std::string> email);

    store::Database& database() { return parts_.database; }
    core::Millis now() const { return parts_.clock.now(); }

private:
    /// What a request shows; see find_credential().
    struct Shown {
        enum class Kind { none, api_key, token, cookie, ticket } kind = Kind::none;
        std::string text;
    };
    /// A credential that was looked up.
    struct Known {
        Identity identity;
        std::optional<access::Claims> claims; ///< of a token
        core::Millis checked_at = 0;
        core::Millis used_at = 0; ///< of an API key: last_used as stored
    };
    struct Renewed {
        std::string token;
        core::Millis at = 0;
    };

    Accounts(Parts parts, AccountOptions options, const access::SecretBox& box);

    Shown find_credential(const http::Request& request) const;
    core::Result<void> pass_gate(const http::Request& request) const;
    awaitable<core::Result<Known>> look_up(Shown shown);
    awaitable<core::Result<Known>> look_up_token(std::string token, std::string key);
    awaitable<core::Result<Known>> look_up_api_key(std::string text, std::string key);
    awaitable<core::Result<Known>> first_account();
    core::Result<Known> redeem_ticket(const http::Request& request, const std::string& text);
    awaitable<core::Result<void>> confirm(Identity identity);
    awaitable<void> renew(std::shared_ptr<http::Request> request, Known known, bool is_cookie);
    awaitable<core::Result<Known>> identify(std::shared_ptr<http::Request> request);

    core::Result<std::optional<HostCredential>> opened(const std::optional<SealedCredential>& found) const;
    core::Result<std::string> make_token(const UserRow& row, const LoginId& login, core::Millis now) const;
    std::string cookie_of(const http::Request& request, const std::string& token) const;
    awaitable<core::Result<SignedIn>> let_in(std::shared_ptr<http::Request> request, std::int64_t user,
                                             std::optional<std::string> new_hash);
    awaitable<core::Result<bool>> verify_on_pool(std::string password, std::string hash);
    awaitable<core::Result<std::string>> hash_on_pool(std::string password);
    void remember(const std::string& key, Known known, std::uint64_t seen);
    void withdraw(std::function<bool(const http::Request&)> ends);

    Parts parts_;
    AccountOptions options_;
    access::SecretBox box_;
    access::TokenSigner signer_;
    access::LoginLimits limits_;
    StreamTickets tickets_;
    std::string setup_code_;
    std::unordered_map<std::string, Known> known_;     ///< by hash_of the credential
    std::unordered_map<std::string, Renewed> renewed_; ///< by login: many requests at once get one new token
    std::uint64_t changes_ = 0; ///< counts withdrawals: what was read before one is not remembered after it
    int hashing_ = 0;           ///< passwords on the pool
    std::function<void(std::function<bool(const http::Request&)>)> end_;
};

/// The login that a token belongs to: what stands before the point of its jti, or a name made of the token itself for
/// tokens of older servers.
LoginId login_of(const access::Claims& claims, std::string_view token);

/// Both Errc::invalid, and say what is wrong.
core::Result<std::string> checked_username(std::string_view username);
core::Result<void> check_password(std::string_view password);

} // namespace pix::workbench
