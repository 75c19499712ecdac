#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/store/connection.h"
#include "workbench/account/account.h"

namespace pix::workbench {

/// The id comes first: what is sealed names it. See seal_credential.
core::Result<std::int64_t> insert_credential(store::Connection& tx, std::int64_t user, const Credential& credential);
core::Result<void> seal_credential(store::Connection& tx, std::int64_t id, std::string sealed);
/// Newest first; of one type, or of all when `type` is empty.
core::Result<std::vector<Credential>> list_credentials(store::Connection& tx, std::int64_t user, std::string_view type);
core::Result<bool> delete_credential(store::Connection& tx, std::int64_t user, std::int64_t id);
core::Result<bool> set_credential_active(store::Connection& tx, std::int64_t user, std::int64_t id, bool active);
struct SealedCredential {
    std::int64_t id = 0;
    std::string username;
    std::string sealed;
};
/// The newest active one of that type.
core::Result<std::optional<SealedCredential>> find_sealed(store::Connection& tx, std::int64_t user,
                                                          std::string_view type);
/// The newest active one of any account for exactly that host, in lower case.
core::Result<std::optional<SealedCredential>> find_sealed_for_host(store::Connection& tx, std::string_view host);
core::Result<std::optional<SealedCredential>> find_sealed_by_id(store::Connection& tx, std::int64_t id);

} // namespace pix::workbench
