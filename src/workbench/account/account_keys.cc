#include "core/access/secret_text.h"
#include "core/base/text.h"
#include "workbench/account/account_store.h"
#include "workbench/account/accounts.h"

namespace pix::workbench {

using core::Errc;
using core::fail;
using core::Result;
using store::Connection;

namespace {

constexpr std::size_t most_keys = 1000;
constexpr std::size_t longest_name = 200;
constexpr std::size_t key_bytes = 16;
constexpr std::size_t shown_characters = 10;

std::unexpected<core::Error> no_key()
{
    return fail(Errc::not_found, "there is no such API key");
}

} // namespace

awaitable<Result<std::vector<ApiKey>>> Accounts::api_keys(std::int64_t user)
{
    auto const list = [user](Connection& tx) { return list_api_keys(tx, user); };
    co_return co_await parts_.database.read(list);
}

awaitable<Result<NewApiKey>> Accounts::make_api_key(std::int64_t user, std::string name)
{
    name = std::string(core::trim(name));
    if (name.empty()) co_return fail(Errc::invalid, "name is empty");
    if (name.size() > longest_name)
        co_return fail(Errc::invalid, "name is longer than " + std::to_string(longest_name) + " bytes");
    NewApiKey made;
    made.text = "px_" + access::random_hex(key_bytes);
    made.key.name = name;
    made.key.shown = made.text.substr(0, shown_characters);
    made.key.created_at = now();
    auto const insert = [user, key = made.key, hash = access::hash_of(made.text)](Connection& tx) -> Result<ApiKey> {
        PIX_TRY(auto const keys, list_api_keys(tx, user));
        if (keys.size() >= most_keys)
            return fail(Errc::conflict, "there are " + std::to_string(most_keys) + " API keys already",
                        "Delete one that is not used.");
        return insert_api_key(tx, user, key, hash);
    };
    PIX_CO_TRY(made.key, co_await parts_.database.write(insert, store::Durability::full));
    co_return made;
}

awaitable<Result<void>> Accounts::delete_api_key(std::int64_t user, std::int64_t key)
{
    auto const remove = [user, key](Connection& tx) { return workbench::delete_api_key(tx, user, key); };
    PIX_CO_TRY(bool const removed, co_await parts_.database.write(remove, store::Durability::full));
    if (!removed) co_return no_key();
    std::string const credential = "api_key/" + std::to_string(key);
    withdraw([credential](const http::Request& request) { return request.credential == credential; });
    co_return Result<void>();
}

awaitable<Result<void>> Accounts::set_api_key_active(std::int64_t user, std::int64_t key, bool active)
{
    auto const set = [user, key, active](Connection& tx) {
        return workbench::set_api_key_active(tx, user, key, active);
    };
    PIX_CO_TRY(bool const changed, co_await parts_.database.write(set, store::Durability::full));
    if (!changed) co_return no_key();
    if (active) co_return Result<void>();
    std::string const credential = "api_key/" + std::to_string(key);
    withdraw([credential](const http::Request& request) { return request.credential == credential; });
    co_return Result<void>();
}

} // namespace pix::workbench
