#include "core/access/secret_text.h"
#include "core/base/text.h"
#include "workbench/account/account_store.h"
#include "workbench/account/accounts.h"

namespace pix::workbench {

using core::Errc;
using core::fail;
using core::fail_as;
using core::Result;
using store::Connection;

namespace {

/// What was looked up counts that long without looking again: changes by other servers and by the command line arrive
/// after it, changes by this server at once.
constexpr core::Millis remembered_for = 2000;
constexpr std::size_t most_remembered = 4096;
/// An API key's last use is stored once a minute.
constexpr core::Millis use_interval = 60'000;
/// Requests that were on their way together get the same fresh token.
constexpr core::Millis renewed_for = 60'000;

bool is_api_key(std::string_view text)
{
    return text.starts_with("px_") || text.starts_with("ck_");
}

bool opens_socket(const http::Request& request)
{
    return core::equals_ignoring_case(request.header("Upgrade"), "websocket");
}

/// The streams that browsers open without headers of their own, and the one call that the contract lets carry its key.
bool may_show_in_query(const http::Request& request)
{
    if (opens_socket(request)) return true;
    if (request.method() == http::Method::get)
        return core::lower(request.header("Accept")).find("text/event-stream") != std::string::npos;
    return request.method() == http::Method::post && request.path() == "/api/agent";
}

std::unexpected<core::Error> nobody()
{
    return fail(Errc::unauthorized, "nobody is signed in", "Sign in, or send an API key.");
}

std::unexpected<core::Error> bad_key()
{
    return fail_as("INVALID_API_KEY", Errc::unauthorized, "the API key is not valid");
}

std::unexpected<core::Error> bad_token()
{
    return fail_as("INVALID_TOKEN", Errc::forbidden, "the token is not valid, or no longer", "Sign in again.");
}

Identity identity_of(const User& user, core::Actor actor, std::string credential)
{
    return {user.id, user.username, user.role, std::move(actor), std::move(credential)};
}

bool is_enough(const std::string& role, http::Access access)
{
    if (access == http::Access::admin) return role == "admin";
    if (access == http::Access::lead) return role == "admin" || role == "lead";
    return true;
}

} // namespace

LoginId login_of(const access::Claims& claims, std::string_view token)
{
    if (claims.id.empty()) return LoginId("token_" + access::hash_of(token));
    return LoginId(claims.id.substr(0, claims.id.find('.')));
}

/// The first that is there decides; a bad one is not passed over for a later one.
Accounts::Shown Accounts::find_credential(const http::Request& request) const
{
    using Kind = Shown::Kind;
    auto const sniffed = [](std::string text) {
        Kind const kind = is_api_key(text) ? Kind::api_key : Kind::token;
        return Shown{kind, std::move(text)};
    };
    bool const in_query = options_.query_credentials && may_show_in_query(request);
    std::string const header(request.header("X-API-Key"));
    if (!header.empty() && (options_.gate.empty() || header != options_.gate)) return {Kind::api_key, header};
    if (in_query)
        if (auto key = request.query("apiKey"); key && !key->empty()) return {Kind::api_key, *std::move(key)};
    constexpr std::string_view bearer = "bearer ";
    std::string_view const authorization = request.header("Authorization");
    if (authorization.size() > bearer.size() &&
        core::equals_ignoring_case(authorization.substr(0, bearer.size()), bearer))
        return sniffed(std::string(core::trim(authorization.substr(bearer.size()))));
    if (auto ticket = request.query("streamTicket"); ticket && !ticket->empty())
        return {Kind::ticket, *std::move(ticket)};
    if (in_query)
        if (auto token = request.query("token"); token && !token->empty()) return sniffed(*std::move(token));
    if (auto const cookie = request.cookie("token"); !cookie.empty()) return {Kind::cookie, std::string(cookie)};
    return {};
}

Result<void> Accounts::pass_gate(const http::Request& request) const
{
    if (options_.gate.empty() || !request.path().starts_with("/api/")) return {};
    if (access::hash_of(request.header("X-API-Key")) == access::hash_of(options_.gate)) return {};
    return bad_key();
}

void Accounts::remember(const std::string& key, Known known, std::uint64_t seen)
{
    // Something was withdrawn while this was read: it may be this.
    if (seen != changes_) return;
    if (known_.size() >= most_remembered) known_.clear();
    known.checked_at = now();
    known_.insert_or_assign(key, std::move(known));
}

void Accounts::withdraw(std::function<bool(const http::Request&)> ends)
{
    ++changes_;
    known_.clear();
    renewed_.clear();
    if (end_) end_(std::move(ends));
}

awaitable<Result<Accounts::Known>> Accounts::look_up(Shown shown)
{
    if (shown.text.size() > access::max_token_bytes) {
        if (shown.kind == Shown::Kind::api_key) co_return bad_key();
        co_return bad_token();
    }
    std::string key = access::hash_of(shown.text);
    if (auto const found = known_.find(key); found != known_.end()) {
        const Known& known = found->second;
        bool const fresh = known.checked_at + remembered_for > now() && known.checked_at <= now();
        bool const alive = !known.claims || known.claims->expires_s > now() / 1000;
        if (fresh && alive) co_return known;
    }
    if (shown.kind == Shown::Kind::api_key) co_return co_await look_up_api_key(std::move(shown.text), std::move(key));
    co_return co_await look_up_token(std::move(shown.text), std::move(key));
}

awaitable<Result<Accounts::Known>> Accounts::look_up_token(std::string token, std::string key)
{
    PIX_CO_TRY(auto const claims, signer_.verify(token, now() / 1000));
    LoginId const login = login_of(claims, token);
    std::uint64_t const seen = changes_;
    auto const find = [claims, login](Connection& tx) -> Result<User> {
        PIX_TRY(auto const row, find_user(tx, claims.user_id));
        if (!row || !row->user.is_active) return fail(Errc::unauthorized, "the account is gone");
        PIX_TRY(auto const revocation, find_revocation(tx, claims.user_id, login));
        bool const is_known = revocation.has_value();
        if (is_known && revocation->has_value()) return bad_token();
        if (!is_known && claims.issued_s <= row->tokens_from_s) return bad_token();
        return row->user;
    };
    PIX_CO_TRY(auto const user, co_await parts_.database.read(find));
    Known known;
    known.identity = identity_of(user, {"user", std::to_string(user.id)}, "login/" + login.text());
    known.claims = claims;
    remember(key, known, seen);
    co_return known;
}

awaitable<Result<Accounts::Known>> Accounts::look_up_api_key(std::string text, std::string key)
{
    if (!is_api_key(text)) co_return bad_key();
    std::uint64_t const seen = changes_;
    // The hash that is kept is the one that is remembered by.
    auto const find = [key](Connection& tx) { return find_api_key(tx, key); };
    PIX_CO_TRY(auto const found, co_await parts_.database.read(find));
    if (!found || !found->key.is_active || !found->owner.user.is_active) co_return bad_key();
    std::string const id = std::to_string(found->key.id);
    Known known;
    known.identity = identity_of(found->owner.user, {"api_key", id}, "api_key/" + id);
    known.used_at = found->key.last_used.value_or(0);
    core::Millis const at = now();
    if (known.used_at + use_interval <= at) {
        known.used_at = at;
        auto const note = [number = found->key.id, at](Connection& tx) { return set_api_key_used(tx, number, at); };
        // Letting somebody in does not depend on a disk that is full.
        [[maybe_unused]] auto const noted = co_await parts_.database.write(note);
    }
    remember(key, known, seen);
    co_return known;
}

awaitable<Result<Accounts::Known>> Accounts::first_account()
{
    auto const find = [](Connection& tx) { return first_user(tx); };
    PIX_CO_TRY(auto const row, co_await parts_.database.read(find));
    if (!row) co_return nobody();
    Known known;
    known.identity = identity_of(row->user, {"user", std::to_string(row->user.id)}, "hosted");
    co_return known;
}

Result<Accounts::Known> Accounts::redeem_ticket(const http::Request& request, const std::string& text)
{
    TicketUse use;
    use.path = request.link(request.path());
    use.transport = opens_socket(request) ? "ws" : "sse";
    use.method = http::name_of(request.method());
    auto identity = tickets_.redeem(text, use, now());
    if (!identity) return fail_as("INVALID_TICKET", Errc::unauthorized, "the ticket is not valid");
    Known known;
    known.identity = *std::move(identity);
    return known;
}

/// Whether what a ticket was made with is still good.
awaitable<Result<void>> Accounts::confirm(Identity identity)
{
    auto const look = [identity](Connection& tx) -> Result<bool> {
        PIX_TRY(auto const row, find_user(tx, identity.user_id));
        if (!row || !row->user.is_active) return false;
        if (identity.actor.kind == "api_key") {
            PIX_TRY(auto const keys, list_api_keys(tx, identity.user_id));
            for (auto const& key : keys)
                if (std::to_string(key.id) == identity.actor.id) return key.is_active;
            return false;
        }
        if (!identity.credential.starts_with("login/")) return true;
        LoginId const login(identity.credential.substr(std::string_view("login/").size()));
        PIX_TRY(auto const revocation, find_revocation(tx, identity.user_id, login));
        return !revocation || !revocation->has_value();
    };
    PIX_CO_TRY(bool const good, co_await parts_.database.read(look));
    if (!good) co_return fail_as("INVALID_TICKET", Errc::unauthorized, "the ticket is not valid");
    co_return Result<void>();
}

/// Gives a token that is more than half over its successor, so that whoever comes back in time never signs in again.
awaitable<void> Accounts::renew(std::shared_ptr<http::Request> request, Known known, bool is_cookie)
{
    access::Claims claims = *known.claims;
    core::Millis const at = now();
    if ((at / 1000 - claims.issued_s) * 2 <= claims.expires_s - claims.issued_s) co_return;
    LoginId const login(known.identity.credential.substr(std::string_view("login/").size()));
    std::string token;
    if (auto const found = renewed_.find(login.text()); found != renewed_.end() && found->second.at + renewed_for > at)
        token = found->second.token;
    if (token.empty()) {
        UserRow row;
        row.user.id = known.identity.user_id;
        row.user.username = known.identity.username;
        auto made = make_token(row, login, at);
        if (!made) co_return;
        std::uint64_t const seen = changes_;
        core::Millis const until = at + options_.token_life.count() * 1000;
        auto const extend = [login, until](Connection& tx) { return extend_login(tx, login, until); };
        auto const extended = co_await parts_.database.write(extend);
        if (!extended || seen != changes_) co_return;
        token = *std::move(made);
        if (renewed_.size() >= most_remembered) renewed_.clear();
        Renewed entry;
        entry.token = token;
        entry.at = at;
        renewed_.insert_or_assign(login.text(), std::move(entry));
    }
    auto& headers = request->answer_headers;
    headers.emplace_back("X-Refreshed-Token", token);
    headers.emplace_back("Access-Control-Expose-Headers", "X-Refreshed-Token");
    if (is_cookie) headers.emplace_back("Set-Cookie", cookie_of(*request, token));
}

void Accounts::drop_renewal(http::Request& request)
{
    std::erase_if(request.answer_headers, [](const auto& header) {
        return header.first == "X-Refreshed-Token" || header.first == "Set-Cookie";
    });
}

awaitable<Result<Accounts::Known>> Accounts::identify(std::shared_ptr<http::Request> request)
{
    using Kind = Shown::Kind;
    if (options_.hosted) co_return co_await first_account();
    Shown shown = find_credential(*request);
    if (shown.kind == Kind::none) co_return nobody();
    if (shown.kind == Kind::ticket) {
        PIX_CO_TRY(auto const known, redeem_ticket(*request, shown.text));
        PIX_CO_CHECK(co_await confirm(known.identity));
        co_return known;
    }
    bool const is_cookie = shown.kind == Kind::cookie;
    PIX_CO_TRY(auto const known, co_await look_up(std::move(shown)));
    if (known.claims) co_await renew(request, known, is_cookie);
    co_return known;
}

awaitable<Result<core::Actor>> Accounts::admit(std::shared_ptr<http::Request> request, http::Access access)
{
    PIX_CO_CHECK(pass_gate(*request));
    PIX_CO_TRY(auto const known, co_await identify(request));
    if (!is_enough(known.identity.role, access))
        co_return fail(Errc::forbidden, "the account " + known.identity.username + " may not do this");
    request->credential = known.identity.credential;
    co_return known.identity.actor;
}

http::Authenticator Accounts::authenticator()
{
    return [this](std::shared_ptr<http::Request> request, http::Access access) {
        return admit(std::move(request), access);
    };
}

awaitable<Result<std::optional<Identity>>> Accounts::find_identity(std::shared_ptr<http::Request> request)
{
    if (!options_.hosted && find_credential(*request).kind == Shown::Kind::none) co_return std::optional<Identity>();
    PIX_CO_TRY(auto const known, co_await identify(request));
    co_return std::optional(known.identity);
}

awaitable<Result<User>> Accounts::user_of(core::Actor actor)
{
    auto const find = [actor](Connection& tx) -> Result<User> {
        std::optional<std::int64_t> id = core::parse_int(actor.id, false);
        if (actor.kind == "api_key" && id) {
            PIX_TRY(id, owner_of_api_key(tx, *id));
        } else if (actor.kind != "user") {
            id.reset();
        }
        if (!id) return fail(Errc::unauthorized, "nobody is signed in");
        PIX_TRY(auto const row, find_user(tx, *id));
        if (!row || !row->user.is_active) return fail(Errc::unauthorized, "the account is gone");
        return row->user;
    };
    co_return co_await parts_.database.read(find);
}

awaitable<Result<SignedIn>> Accounts::refresh(std::shared_ptr<http::Request> request)
{
    constexpr std::string_view prefix = "login/";
    if (!request->credential.starts_with(prefix))
        co_return fail(Errc::forbidden, "only a token can be refreshed; an API key does not expire");
    LoginId const login(request->credential.substr(prefix.size()));
    PIX_CO_TRY(auto const user, co_await user_of(request->actor));
    core::Millis const at = now();
    UserRow row;
    row.user = user;
    SignedIn made;
    made.user = user;
    PIX_CO_TRY(made.token, make_token(row, login, at));
    core::Millis const until = at + options_.token_life.count() * 1000;
    auto const extend = [login, until](Connection& tx) { return extend_login(tx, login, until); };
    PIX_CO_CHECK(co_await parts_.database.write(extend));
    made.cookie = cookie_of(*request, made.token);
    co_return made;
}

awaitable<Result<StreamTicket>> Accounts::issue_ticket(std::shared_ptr<http::Request> request, TicketUse use,
                                                       std::chrono::seconds life)
{
    if (use.transport != "sse" && use.transport != "ws")
        co_return fail(Errc::invalid, "transport is neither \"sse\" nor \"ws\"");
    if (!use.path.starts_with('/') || use.path.size() > 2000 || !core::is_utf8(use.path))
        co_return fail(Errc::invalid, "path is no path of this server");
    if (life < shortest_ticket_life || life > longest_ticket_life)
        co_return fail(Errc::invalid, "a ticket lives from 5 to 300 seconds");
    std::string const& base = request->door().options().base_path;
    if (!base.empty() && !use.path.starts_with(base + "/")) use.path = base + use.path;
    PIX_CO_TRY(auto const user, co_await user_of(request->actor));
    Identity const identity = identity_of(user, request->actor, request->credential);
    co_return tickets_.issue(std::move(use), identity, life, now());
}

} // namespace pix::workbench
