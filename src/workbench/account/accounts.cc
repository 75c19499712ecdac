#include "workbench/account/accounts.h"

#include "core/access/password.h"
#include "core/access/secret_file.h"
#include "core/access/secret_text.h"
#include "core/base/text.h"
#include "workbench/account/account_store.h"

namespace pix::workbench {

using core::Errc;
using core::fail;
using core::fail_as;
using core::Result;
using store::Connection;

namespace {

constexpr std::size_t token_secret_bytes = 64;
constexpr std::size_t shortest_username = 3;
constexpr std::size_t longest_username_bytes = 200;
constexpr std::size_t shortest_password = 6;
/// Passwords that wait for the pool; each attempt costs its thread some 25 ms.
constexpr int most_hashing = 8;
/// Addresses that an account was signed in to from stay known that long.
constexpr core::Millis known_for = 30LL * 86400 * 1000;
/// An expired login is kept a little for clocks that differ.
constexpr core::Millis forget_after = 86400LL * 1000;

std::size_t characters(std::string_view text)
{
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

/// What is known of a name before its password is looked at.
struct Candidate {
    std::optional<UserRow> row;
    std::string hash; ///< to verify against, also for a name that does not exist
    bool is_known = false;
};

/// The code of the first account as the page's form sends it.
std::string code_in_form(const http::Request& request)
{
    auto const form = request.form();
    return form ? form->first("code").value_or("") : std::string();
}

std::unexpected<core::Error> setup_done()
{
    return fail_as("SETUP_COMPLETE", Errc::forbidden, "there is an account already", "Sign in to it.");
}

} // namespace

Result<std::string> checked_username(std::string_view username)
{
    std::string const name(core::trim(username));
    bool const plain = core::is_utf8(name) && std::ranges::none_of(name, [](char c) {
                           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
                       });
    if (!plain || name.size() > longest_username_bytes)
        return fail(Errc::invalid, "username is longer than 200 bytes or holds control characters");
    if (characters(name) < shortest_username) return fail(Errc::invalid, "username has fewer than 3 characters");
    return name;
}

Result<void> check_password(std::string_view password)
{
    if (characters(password) < shortest_password) return fail(Errc::invalid, "password has fewer than 6 characters");
    if (password.size() > access::max_password_bytes)
        return fail(Errc::invalid, "password is longer than " + std::to_string(access::max_password_bytes) + " bytes");
    return {};
}

Accounts::Accounts(Parts parts, AccountOptions options, const access::SecretBox& box)
    : parts_(parts), options_(std::move(options)), box_(box), signer_(options_.token_secret)
{}

Result<std::unique_ptr<Accounts>> Accounts::open(Parts parts, AccountOptions options)
{
    if (options.token_secret.empty()) {
        PIX_TRY(options.token_secret, access::load_or_make_secret(options.home / "jwt.key", token_secret_bytes));
    }
    if (options.secret_key_file.empty()) options.secret_key_file = options.home / "secret.key";
    PIX_TRY(auto const box, access::SecretBox::open(options.secret_key_file));
    PIX_TRY(bool const has_account, parts.database.read_now(has_active_user));
    std::unique_ptr<Accounts> made(new Accounts(parts, std::move(options), box));
    if (!has_account) made->setup_code_ = access::random_hex(8);
    return made;
}

awaitable<Result<bool>> Accounts::needs_setup()
{
    auto const ask = [](Connection& tx) -> Result<bool> {
        PIX_TRY(bool const has_account, has_active_user(tx));
        return !has_account;
    };
    co_return co_await parts_.database.read(ask);
}

awaitable<Result<std::string>> Accounts::hash_on_pool(std::string password)
{
    if (hashing_ >= most_hashing) co_return fail(Errc::limit, "too many people sign in at once; try again");
    ++hashing_;
    auto const work = [password = std::move(password)] { return access::hash_password(password); };
    Result<std::string> hash = co_await core::run_on(parts_.pool, work);
    --hashing_;
    co_return hash;
}

awaitable<Result<bool>> Accounts::verify_on_pool(std::string password, std::string hash)
{
    if (hashing_ >= most_hashing) co_return fail(Errc::limit, "too many people sign in at once; try again");
    ++hashing_;
    auto const work = [password = std::move(password), hash = std::move(hash)] {
        return access::verify_password(password, hash);
    };
    bool const right = co_await core::run_on(parts_.pool, work);
    --hashing_;
    co_return right;
}

Result<std::string> Accounts::make_token(const UserRow& row, const LoginId& login, core::Millis now) const
{
    access::Claims claims;
    claims.user_id = row.user.id;
    claims.username = row.user.username;
    claims.issued_s = now / 1000;
    claims.expires_s = now / 1000 + options_.token_life.count();
    claims.id = login.text() + "." + access::random_hex(8);
    return signer_.sign(claims);
}

std::string Accounts::cookie_of(const http::Request& request, const std::string& token) const
{
    std::string cookie =
        "token=" + token + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(options_.token_life.count());
    if (client_of(request).is_encrypted) cookie += "; Secure";
    return cookie;
}

std::string Accounts::expired_cookie()
{
    return "token=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0";
}

/// Opens a login of an account and makes its first token.
awaitable<Result<SignedIn>> Accounts::let_in(std::shared_ptr<http::Request> request, std::int64_t user,
                                             std::optional<std::string> new_hash)
{
    core::Millis const at = now();
    Login login;
    login.id = LoginId::make();
    login.created_at = at;
    login.expires_at = at + options_.token_life.count() * 1000;
    login.client = client_of(*request).address;
    login.user_agent = core::shorten(core::to_utf8(request->header("User-Agent")), 300);
    auto const open = [user, at, login, new_hash](Connection& tx) -> Result<UserRow> {
        PIX_TRY(auto row, find_user(tx, user));
        if (!row || !row->user.is_active) return fail(Errc::unauthorized, "the account is gone");
        PIX_CHECK(insert_login(tx, user, login));
        PIX_CHECK(set_last_login(tx, user, at));
        if (new_hash) PIX_CHECK(set_password(tx, user, *new_hash));
        PIX_CHECK(forget_logins(tx, at - forget_after));
        row->user.last_login = at;
        return *std::move(row);
    };
    PIX_CO_TRY(auto const row, co_await parts_.database.write(open, store::Durability::full));
    SignedIn made;
    PIX_CO_TRY(made.token, make_token(row, login.id, at));
    made.cookie = cookie_of(*request, made.token);
    made.user = row.user;
    co_return made;
}

awaitable<Result<SignedIn>> Accounts::register_first(std::shared_ptr<http::Request> request, std::string username,
                                                     std::string password, std::string code)
{
    PIX_CO_TRY(bool const needed, co_await needs_setup());
    if (!needed) co_return setup_done();
    // Whoever comes first to an open door must not own it.
    if (code.empty()) code = code_in_form(*request);
    bool const has_code = !setup_code_.empty() && access::hash_of(code) == access::hash_of(setup_code_);
    if (!client_of(*request).is_local && !has_code)
        co_return fail_as("SETUP_CODE_REQUIRED", Errc::forbidden,
                          "the first account is made on the server's own machine, or with the code that the server has "
                          "printed when it started");
    PIX_CO_TRY(auto const name, checked_username(username));
    PIX_CO_CHECK(check_password(password));
    PIX_CO_TRY(auto const hash, co_await hash_on_pool(std::move(password)));
    User user;
    user.username = name;
    user.role = "admin";
    user.created_at = now();
    auto const make = [user, hash](Connection& tx) -> Result<std::int64_t> {
        PIX_CHECK(lock_users(tx));
        PIX_TRY(bool const exists, has_active_user(tx));
        if (exists) return setup_done();
        return insert_user(tx, user, hash);
    };
    PIX_CO_TRY(auto const id, co_await parts_.database.write(make, store::Durability::full));
    setup_code_.clear();
    co_return co_await let_in(std::move(request), id, std::nullopt);
}

awaitable<Result<SignedIn>> Accounts::log_in(std::shared_ptr<http::Request> request, std::string username,
                                             std::string password)
{
    Client const client = client_of(*request);
    core::Millis const at = now();
    auto const find = [username, client, at](Connection& tx) -> Result<Candidate> {
        Candidate found;
        PIX_TRY(found.row, find_user(tx, core::to_utf8(username)));
        if (found.row && !found.row->user.is_active) found.row.reset();
        // A name that does not exist costs what the account that does exist would cost.
        PIX_TRY(auto const first, first_user(tx));
        found.hash = found.row ? found.row->password_hash : first ? first->password_hash : access::decoy_hash();
        found.is_known = client.is_local;
        if (found.row && !found.is_known && !client.is_shared) {
            PIX_TRY(found.is_known, has_login_from(tx, found.row->user.id, client.address, at - known_for));
        }
        return found;
    };
    PIX_CO_TRY(auto const candidate, co_await parts_.database.read(find));
    access::LoginLimits::Attempt const attempt{username_key(username), client.address, candidate.is_known};
    if (auto const wait = limits_.begin(attempt, at)) {
        request->answer_headers.emplace_back("Retry-After", std::to_string(wait->count()));
        co_return fail_as("TOO_MANY_ATTEMPTS", Errc::limit, "there were too many failed attempts",
                          "Try again in " + std::to_string((wait->count() + 59) / 60) + " minutes.");
    }
    PIX_CO_TRY(bool const right, co_await verify_on_pool(password, candidate.hash));
    if (!right || !candidate.row)
        co_return fail_as("INVALID_CREDENTIALS", Errc::unauthorized, "the name or the password is wrong");
    limits_.succeed(attempt);
    std::optional<std::string> new_hash;
    if (access::is_outdated_hash(candidate.hash)) {
        PIX_CO_TRY(new_hash, co_await hash_on_pool(std::move(password)));
    }
    co_return co_await let_in(std::move(request), candidate.row->user.id, std::move(new_hash));
}

awaitable<Result<void>> Accounts::log_out(std::shared_ptr<http::Request> request)
{
    constexpr std::string_view prefix = "login/";
    if (!request->credential.starts_with(prefix)) co_return Result<void>();
    PIX_CO_TRY(auto const user, co_await user_of(request->actor));
    LoginId const login(request->credential.substr(prefix.size()));
    co_return co_await end_login(user.id, login);
}

awaitable<Result<void>> Accounts::end_login(std::int64_t user, LoginId login)
{
    core::Millis const at = now();
    // A login that is not known here was made by another server of the same secret, perhaps for longer.
    core::Millis const until = at + std::chrono::milliseconds(longest_token_life).count();
    auto const end = [user, login, at, until](Connection& tx) { return revoke_login(tx, user, login, at, until); };
    PIX_CO_CHECK(co_await parts_.database.write(end, store::Durability::full));
    std::string const credential = "login/" + login.text();
    withdraw([credential](const http::Request& request) { return request.credential == credential; });
    co_return Result<void>();
}

awaitable<Result<void>> Accounts::log_out_everywhere(std::int64_t user)
{
    core::Millis const at = now();
    auto const end = [user, at](Connection& tx) { return revoke_all_logins(tx, user, at); };
    PIX_CO_CHECK(co_await parts_.database.write(end, store::Durability::full));
    std::string const id = std::to_string(user);
    withdraw([id](const http::Request& request) { return request.actor.kind == "user" && request.actor.id == id; });
    co_return Result<void>();
}

awaitable<Result<std::vector<Login>>> Accounts::logins(std::int64_t user)
{
    auto const list = [user, at = now()](Connection& tx) { return list_logins(tx, user, at); };
    co_return co_await parts_.database.read(list);
}

awaitable<Result<void>> Accounts::change_password(std::shared_ptr<http::Request> request, std::string current,
                                                  std::string next)
{
    PIX_CO_CHECK(check_password(next));
    PIX_CO_TRY(auto const user, co_await user_of(request->actor));
    // Counted like a login: a stolen cookie must not be a way to try passwords.
    access::LoginLimits::Attempt const attempt{"change " + std::to_string(user.id), client_of(*request).address, true};
    if (auto const wait = limits_.begin(attempt, now())) {
        request->answer_headers.emplace_back("Retry-After", std::to_string(wait->count()));
        co_return fail_as("TOO_MANY_ATTEMPTS", Errc::limit, "there were too many failed attempts");
    }
    auto const find = [id = user.id](Connection& tx) { return find_user(tx, id); };
    PIX_CO_TRY(auto const row, co_await parts_.database.read(find));
    if (!row) co_return fail(Errc::unauthorized, "the account is gone");
    PIX_CO_TRY(bool const right, co_await verify_on_pool(std::move(current), row->password_hash));
    if (!right) co_return fail_as("INVALID_CREDENTIALS", Errc::forbidden, "the current password is wrong");
    limits_.succeed(attempt);
    PIX_CO_TRY(auto const hash, co_await hash_on_pool(std::move(next)));
    auto const change = [id = user.id, hash](Connection& tx) { return set_password(tx, id, hash); };
    PIX_CO_CHECK(co_await parts_.database.write(change, store::Durability::full));
    co_return co_await log_out_everywhere(user.id);
}

Result<void> Accounts::reset_password_now(store::Database& database, const std::string& username,
                                          const std::string& password, core::Millis now)
{
    PIX_CHECK(check_password(password));
    PIX_TRY(auto const hash, access::hash_password(password));
    auto const reset = [&](Connection& tx) -> Result<void> {
        PIX_TRY(auto const row, find_user(tx, username));
        if (!row) return fail(Errc::not_found, "there is no account \"" + username + "\"");
        PIX_CHECK(set_password(tx, row->user.id, hash));
        return revoke_all_logins(tx, row->user.id, now);
    };
    return database.write_now(reset, store::Durability::full);
}

} // namespace pix::workbench
