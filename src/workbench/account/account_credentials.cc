#include <array>

#include "core/base/text.h"
#include "workbench/account/accounts.h"
#include "workbench/account/credential_store.h"

namespace pix::workbench {

using core::Errc;
using core::fail;
using core::Result;
using store::Connection;

namespace {

constexpr std::size_t most_credentials = 100;
constexpr std::size_t longest_name = 200;
constexpr std::size_t longest_description = 2000;
constexpr std::size_t longest_value = 16 * 1024;
constexpr std::size_t longest_type = 64;

std::string purpose_of(std::int64_t id)
{
    return "credential/" + std::to_string(id);
}

Result<void> check_credential(const Credential& credential, std::string_view value)
{
    if (core::trim(credential.name).empty()) return fail(Errc::invalid, "credentialName is empty");
    if (credential.name.size() > longest_name) return fail(Errc::invalid, "credentialName is longer than 200 bytes");
    bool const word = !credential.type.empty() && credential.type.size() <= longest_type &&
                      std::ranges::all_of(credential.type, [](char c) {
                          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                      });
    if (!word) return fail(Errc::invalid, "credentialType is no word of lower-case letters, such as github_token");
    if (credential.description.size() > longest_description)
        return fail(Errc::invalid, "description is longer than 2000 bytes");
    // What goes to git as one line must be one.
    bool const line = !value.empty() && value.size() <= longest_value && std::ranges::none_of(value, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    if (!line) return fail(Errc::invalid, "credentialValue is empty, longer than 16 KiB or more than one line");
    return {};
}

/// Services that need no host to be named.
struct KnownService {
    std::string_view type;
    std::string_view host;
    std::string_view username; ///< that they take with any token
};
constexpr std::array<KnownService, 3> known_services{{{"github_token", "github.com", "x-access-token"},
                                                      {"gitlab_token", "gitlab.com", "oauth2"},
                                                      {"bitbucket_token", "bitbucket.org", "x-token-auth"}}};

/// Fills in host and user name where the type says them. Errors: Errc::invalid.
Result<void> complete(Credential& credential)
{
    for (auto const& service : known_services) {
        if (credential.type != service.type) continue;
        if (credential.host.empty()) credential.host = service.host;
        if (credential.username.empty()) credential.username = service.username;
    }
    credential.host = core::lower(core::trim(credential.host));
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789.-:[]";
    if (credential.host.size() > 255 || credential.host.find_first_not_of(allowed) != std::string::npos)
        return fail(Errc::invalid, "host is no host name", "Write git.example.org or git.example.org:8443.");
    bool const line = credential.username.size() <= longest_name &&
                      std::ranges::none_of(credential.username,
                                           [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (!line) return fail(Errc::invalid, "credentialUsername is longer than 200 bytes or more than one line");
    return {};
}

std::unexpected<core::Error> no_credential()
{
    return fail(Errc::not_found, "there is no such credential");
}

} // namespace

awaitable<Result<std::vector<Credential>>> Accounts::credentials(std::int64_t user, std::string type)
{
    auto const list = [user, type](Connection& tx) { return list_credentials(tx, user, type); };
    co_return co_await parts_.database.read(list);
}

awaitable<Result<Credential>> Accounts::store_credential(std::int64_t user, Credential credential, std::string value)
{
    credential.name = std::string(core::trim(credential.name));
    value = std::string(core::trim(value));
    PIX_CO_CHECK(check_credential(credential, value));
    PIX_CO_CHECK(complete(credential));
    credential.created_at = now();
    auto const insert = [this, user, credential, value](Connection& tx) -> Result<Credential> {
        PIX_TRY(auto const all, list_credentials(tx, user, ""));
        if (all.size() >= most_credentials)
            return fail(Errc::conflict, "there are " + std::to_string(most_credentials) + " credentials already",
                        "Delete one that is not used.");
        Credential made = credential;
        PIX_TRY(made.id, insert_credential(tx, user, credential));
        PIX_CHECK(seal_credential(tx, made.id, box_.seal(value, purpose_of(made.id))));
        return made;
    };
    co_return co_await parts_.database.write(insert, store::Durability::full);
}

awaitable<Result<void>> Accounts::delete_credential(std::int64_t user, std::int64_t id)
{
    auto const remove = [user, id](Connection& tx) { return workbench::delete_credential(tx, user, id); };
    PIX_CO_TRY(bool const removed, co_await parts_.database.write(remove, store::Durability::full));
    if (!removed) co_return no_credential();
    co_return Result<void>();
}

awaitable<Result<void>> Accounts::set_credential_active(std::int64_t user, std::int64_t id, bool active)
{
    auto const set = [user, id, active](Connection& tx) {
        return workbench::set_credential_active(tx, user, id, active);
    };
    PIX_CO_TRY(bool const changed, co_await parts_.database.write(set));
    if (!changed) co_return no_credential();
    co_return Result<void>();
}

awaitable<Result<std::optional<std::string>>> Accounts::credential_value(core::Actor actor, std::string type)
{
    PIX_CO_TRY(auto const user, co_await user_of(actor));
    auto const find = [id = user.id, type](Connection& tx) { return find_sealed(tx, id, type); };
    PIX_CO_TRY(auto const found, co_await parts_.database.read(find));
    if (!found) co_return std::optional<std::string>();
    PIX_CO_TRY(auto value, box_.open_sealed(found->sealed, purpose_of(found->id)));
    co_return std::optional(std::move(value));
}

Result<std::optional<HostCredential>> Accounts::opened(const std::optional<SealedCredential>& found) const
{
    if (!found) return std::optional<HostCredential>();
    HostCredential made;
    made.username = found->username;
    PIX_TRY(made.value, box_.open_sealed(found->sealed, purpose_of(found->id)));
    return std::optional(std::move(made));
}

awaitable<Result<std::optional<HostCredential>>> Accounts::credential_for(std::string host)
{
    auto const find = [host = core::lower(host)](Connection& tx) { return find_sealed_for_host(tx, host); };
    PIX_CO_TRY(auto const found, co_await parts_.database.read(find));
    co_return opened(found);
}

awaitable<Result<std::optional<HostCredential>>> Accounts::credential_by_id(std::int64_t id)
{
    auto const find = [id](Connection& tx) { return find_sealed_by_id(tx, id); };
    PIX_CO_TRY(auto const found, co_await parts_.database.read(find));
    co_return opened(found);
}

} // namespace pix::workbench
