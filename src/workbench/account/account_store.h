#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/connection.h"
#include "core/store/migration.h"
#include "workbench/account/account.h"

namespace pix::workbench {

/// The tables of accounts; numbers 400 to 449.
extern const std::vector<store::Migration> account_migrations;

/// How names are compared: without regard to ASCII letter case.
std::string username_key(std::string_view username);

/// An account with what only the server may see.
struct UserRow {
    User user;
    std::string password_hash;
    std::int64_t tokens_from_s = 0; ///< tokens without a login of their own must be younger than that second
};

core::Result<bool> has_active_user(store::Connection& tx);
/// The account of that id or name, active or not.
core::Result<std::optional<UserRow>> find_user(store::Connection& tx, std::int64_t id);
core::Result<std::optional<UserRow>> find_user(store::Connection& tx, std::string_view username);
/// The account that was made first, if there is one.
core::Result<std::optional<UserRow>> first_user(store::Connection& tx);
/// Errors: Errc::conflict (the name is taken).
core::Result<std::int64_t> insert_user(store::Connection& tx, const User& user, std::string_view password_hash);
/// Nobody else makes an account until this transaction ends.
core::Result<void> lock_users(store::Connection& tx);
core::Result<void> set_password(store::Connection& tx, std::int64_t user, std::string_view password_hash);
core::Result<void> set_last_login(store::Connection& tx, std::int64_t user, core::Millis at);
/// Errors: Errc::conflict (the name is taken).
core::Result<void> set_profile(store::Connection& tx, std::int64_t user, std::string_view username,
                               const std::optional<std::string>& email);

core::Result<void> insert_login(store::Connection& tx, std::int64_t user, const Login& login);
core::Result<void> extend_login(store::Connection& tx, const LoginId& login, core::Millis expires_at);
/// When the login was revoked; nothing inside if it was not, nothing at all if it is not known.
core::Result<std::optional<std::optional<core::Millis>>> find_revocation(store::Connection& tx, std::int64_t user,
                                                                         const LoginId& login);
/// Also notes a login that was not known until then.
core::Result<void> revoke_login(store::Connection& tx, std::int64_t user, const LoginId& login, core::Millis at,
                                core::Millis expires_at);
/// Every login of the account, and every token that names none.
core::Result<void> revoke_all_logins(store::Connection& tx, std::int64_t user, core::Millis at);
/// Those that are open, newest first.
core::Result<std::vector<Login>> list_logins(store::Connection& tx, std::int64_t user, core::Millis now);
/// True if the account was signed in to from that address since `since`.
core::Result<bool> has_login_from(store::Connection& tx, std::int64_t user, std::string_view client,
                                  core::Millis since);
/// Forgets logins whose tokens have expired before that.
core::Result<void> forget_logins(store::Connection& tx, core::Millis expired_before);

core::Result<ApiKey> insert_api_key(store::Connection& tx, std::int64_t user, ApiKey key, std::string_view hash);
core::Result<std::vector<ApiKey>> list_api_keys(store::Connection& tx, std::int64_t user);
core::Result<bool> delete_api_key(store::Connection& tx, std::int64_t user, std::int64_t key);
core::Result<bool> set_api_key_active(store::Connection& tx, std::int64_t user, std::int64_t key, bool active);
core::Result<void> set_api_key_used(store::Connection& tx, std::int64_t key, core::Millis at);
struct KeyOwner {
    ApiKey key;
    UserRow owner;
};
core::Result<std::optional<KeyOwner>> find_api_key(store::Connection& tx, std::string_view hash);
core::Result<std::optional<std::int64_t>> owner_of_api_key(store::Connection& tx, std::int64_t key);

} // namespace pix::workbench
