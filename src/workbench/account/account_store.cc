#include "workbench/account/account_store.h"

#include "core/base/text.h"

namespace pix::workbench {

using core::Result;
using store::Connection;

namespace {

constexpr std::string_view user_columns =
    "u.id, u.username, u.email, u.role, u.is_active, u.created_at, u.last_login, u.password_hash, u.tokens_from_s";

UserRow user_of(const store::Row& row, std::size_t from = 0)
{
    UserRow made;
    made.user.id = row.integer(from);
    made.user.username = row.text(from + 1);
    made.user.email = row.maybe_text(from + 2);
    made.user.role = row.text(from + 3);
    made.user.is_active = row.boolean(from + 4);
    made.user.created_at = row.integer(from + 5);
    made.user.last_login = row.maybe_integer(from + 6);
    made.password_hash = row.text(from + 7);
    made.tokens_from_s = row.integer(from + 8);
    return made;
}

constexpr std::string_view key_columns = "k.id, k.name, k.shown, k.created_at, k.last_used, k.is_active";
constexpr std::size_t key_column_count = 6;

ApiKey key_of(const store::Row& row)
{
    ApiKey key;
    key.id = row.integer(0);
    key.name = row.text(1);
    key.shown = row.text(2);
    key.created_at = row.integer(3);
    key.last_used = row.maybe_integer(4);
    key.is_active = row.boolean(5);
    return key;
}

Result<std::optional<UserRow>> one_user(Connection& tx, std::string_view condition, const store::Args& args)
{
    PIX_TRY(auto const rows,
            tx.query("SELECT " + std::string(user_columns) + " FROM users u " + std::string(condition), args));
    if (rows.empty()) return std::optional<UserRow>();
    return std::optional(user_of(rows.front()));
}

Result<void> execute(Connection& tx, std::string_view sql, const store::Args& args)
{
    PIX_CHECK(tx.execute(sql, args));
    return {};
}

} // namespace

std::string username_key(std::string_view username)
{
    return core::lower(core::trim(username));
}

Result<bool> has_active_user(Connection& tx)
{
    PIX_TRY(auto const rows, tx.query("SELECT 1 FROM users WHERE is_active = 1 LIMIT 1"));
    return !rows.empty();
}

Result<std::optional<UserRow>> find_user(Connection& tx, std::int64_t id)
{
    return one_user(tx, "WHERE u.id = $1", {id});
}

Result<std::optional<UserRow>> find_user(Connection& tx, std::string_view username)
{
    return one_user(tx, "WHERE u.username_key = $1", {username_key(username)});
}

Result<std::optional<UserRow>> first_user(Connection& tx)
{
    return one_user(tx, "WHERE u.is_active = 1 ORDER BY u.id LIMIT 1", {});
}

Result<std::int64_t> insert_user(Connection& tx, const User& user, std::string_view password_hash)
{
    PIX_TRY(
        auto const rows,
        tx.query("INSERT INTO users (username, username_key, email, password_hash, role, created_at) "
                 "VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
                 {user.username, username_key(user.username), user.email, password_hash, user.role, user.created_at}));
    return rows.front().integer(0);
}

Result<void> lock_users(Connection& tx)
{
    // SQLite has one writer anyway; PostgreSQL would let two first accounts be made side by side.
    if (tx.dialect() == store::Dialect::postgresql)
        return execute(tx, "LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE", {});
    return {};
}

Result<void> set_password(Connection& tx, std::int64_t user, std::string_view password_hash)
{
    return execute(tx, "UPDATE users SET password_hash = $2 WHERE id = $1", {user, password_hash});
}

Result<void> set_last_login(Connection& tx, std::int64_t user, core::Millis at)
{
    return execute(tx, "UPDATE users SET last_login = $2 WHERE id = $1", {user, at});
}

Result<void> set_profile(Connection& tx, std::int64_t user, std::string_view username,
                         const std::optional<std::string>& email)
{
    return execute(tx, "UPDATE users SET username = $2, username_key = $3, email = $4 WHERE id = $1",
                   {user, username, username_key(username), email});
}

Result<void> insert_login(Connection& tx, std::int64_t user, const Login& login)
{
    return execute(tx,
                   "INSERT INTO logins (id, user_id, created_at, expires_at, client, user_agent) "
                   "VALUES ($1, $2, $3, $4, $5, $6)",
                   {login.id, user, login.created_at, login.expires_at, login.client, login.user_agent});
}

Result<void> extend_login(Connection& tx, const LoginId& login, core::Millis expires_at)
{
    return execute(tx, "UPDATE logins SET expires_at = $2 WHERE id = $1 AND expires_at < $2", {login, expires_at});
}

Result<std::optional<std::optional<core::Millis>>> find_revocation(Connection& tx, std::int64_t user,
                                                                   const LoginId& login)
{
    using Found = std::optional<std::optional<core::Millis>>;
    PIX_TRY(auto const rows, tx.query("SELECT revoked_at FROM logins WHERE id = $1 AND user_id = $2", {login, user}));
    if (rows.empty()) return Found();
    return Found(rows.front().maybe_integer(0));
}

Result<void> revoke_login(Connection& tx, std::int64_t user, const LoginId& login, core::Millis at,
                          core::Millis expires_at)
{
    return execute(tx,
                   "INSERT INTO logins (id, user_id, created_at, expires_at, revoked_at, client, user_agent) "
                   "VALUES ($1, $2, $3, $4, $3, '', '') "
                   "ON CONFLICT (id) DO UPDATE SET revoked_at = $3 WHERE logins.revoked_at IS NULL AND "
                   "logins.user_id = $2",
                   {login, user, at, expires_at});
}

Result<void> revoke_all_logins(Connection& tx, std::int64_t user, core::Millis at)
{
    PIX_CHECK(tx.execute("UPDATE logins SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL", {user, at}));
    return execute(tx, "UPDATE users SET tokens_from_s = $2 WHERE id = $1", {user, at / 1000});
}

Result<std::vector<Login>> list_logins(Connection& tx, std::int64_t user, core::Millis now)
{
    PIX_TRY(auto const rows, tx.query("SELECT id, created_at, expires_at, client, user_agent FROM logins "
                                      "WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 "
                                      "ORDER BY created_at DESC, id DESC LIMIT 1000",
                                      {user, now}));
    std::vector<Login> logins;
    logins.reserve(rows.size());
    for (auto const& row : rows)
        logins.push_back({LoginId(row.text(0)), row.integer(1), row.integer(2), row.text(3), row.text(4)});
    return logins;
}

Result<bool> has_login_from(Connection& tx, std::int64_t user, std::string_view client, core::Millis since)
{
    PIX_TRY(auto const rows,
            tx.query("SELECT 1 FROM logins WHERE user_id = $1 AND client = $2 AND created_at >= $3 LIMIT 1",
                     {user, client, since}));
    return !rows.empty();
}

Result<void> forget_logins(Connection& tx, core::Millis expired_before)
{
    return execute(tx, "DELETE FROM logins WHERE expires_at < $1", {expired_before});
}

Result<ApiKey> insert_api_key(Connection& tx, std::int64_t user, ApiKey key, std::string_view hash)
{
    PIX_TRY(auto const rows, tx.query("INSERT INTO api_keys (user_id, name, shown, key_hash, created_at) "
                                      "VALUES ($1, $2, $3, $4, $5) RETURNING id",
                                      {user, key.name, key.shown, hash, key.created_at}));
    key.id = rows.front().integer(0);
    return key;
}

Result<std::vector<ApiKey>> list_api_keys(Connection& tx, std::int64_t user)
{
    PIX_TRY(auto const rows,
            tx.query("SELECT " + std::string(key_columns) + " FROM api_keys k WHERE k.user_id = $1 ORDER BY k.id DESC",
                     {user}));
    std::vector<ApiKey> keys;
    keys.reserve(rows.size());
    for (auto const& row : rows) keys.push_back(key_of(row));
    return keys;
}

Result<bool> delete_api_key(Connection& tx, std::int64_t user, std::int64_t key)
{
    PIX_TRY(auto const changed, tx.execute("DELETE FROM api_keys WHERE user_id = $1 AND id = $2", {user, key}));
    return changed == 1;
}

Result<bool> set_api_key_active(Connection& tx, std::int64_t user, std::int64_t key, bool active)
{
    PIX_TRY(auto const changed, tx.execute("UPDATE api_keys SET is_active = $3 WHERE user_id = $1 AND id = $2",
                                           {user, key, active ? 1 : 0}));
    return changed == 1;
}

Result<void> set_api_key_used(Connection& tx, std::int64_t key, core::Millis at)
{
    return execute(tx, "UPDATE api_keys SET last_used = $2 WHERE id = $1", {key, at});
}

Result<std::optional<KeyOwner>> find_api_key(Connection& tx, std::string_view hash)
{
    PIX_TRY(auto const rows, tx.query("SELECT " + std::string(key_columns) + ", " + std::string(user_columns) +
                                          " FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.key_hash = $1",
                                      {hash}));
    if (rows.empty()) return std::optional<KeyOwner>();
    KeyOwner found;
    found.key = key_of(rows.front());
    found.owner = user_of(rows.front(), key_column_count);
    return std::optional(std::move(found));
}

Result<std::optional<std::int64_t>> owner_of_api_key(Connection& tx, std::int64_t key)
{
    PIX_TRY(auto const rows, tx.query("SELECT user_id FROM api_keys WHERE id = $1", {key}));
    if (rows.empty()) return std::optional<std::int64_t>();
    return std::optional(rows.front().integer(0));
}

} // namespace pix::workbench
