#include "workbench/account/credential_store.h"

namespace pix::workbench {

using core::Result;
using store::Connection;

Result<std::int64_t> insert_credential(Connection& tx, std::int64_t user, const Credential& credential)
{
    PIX_TRY(auto const rows,
            tx.query("INSERT INTO credentials (user_id, name, type, host, username, sealed, description, created_at) "
                     "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
                     {user, credential.name, credential.type, credential.host, credential.username, store::Bytes{},
                      credential.description, credential.created_at}));
    return rows.front().integer(0);
}

Result<void> seal_credential(Connection& tx, std::int64_t id, std::string sealed)
{
    PIX_CHECK(tx.execute("UPDATE credentials SET sealed = $2 WHERE id = $1", {id, store::Bytes{std::move(sealed)}}));
    return {};
}

Result<std::vector<Credential>> list_credentials(Connection& tx, std::int64_t user, std::string_view type)
{
    PIX_TRY(auto const rows,
            tx.query("SELECT id, name, type, host, username, description, is_active, created_at FROM credentials "
                     "WHERE user_id = $1 AND ($2 = '' OR type = $2) ORDER BY id DESC",
                     {user, type}));
    std::vector<Credential> list;
    list.reserve(rows.size());
    for (auto const& row : rows)
        list.push_back({row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5), row.boolean(6),
                        row.integer(7)});
    return list;
}

Result<bool> delete_credential(Connection& tx, std::int64_t user, std::int64_t id)
{
    PIX_TRY(auto const changed, tx.execute("DELETE FROM credentials WHERE user_id = $1 AND id = $2", {user, id}));
    return changed == 1;
}

Result<bool> set_credential_active(Connection& tx, std::int64_t user, std::int64_t id, bool active)
{
    PIX_TRY(auto const changed, tx.execute("UPDATE credentials SET is_active = $3 WHERE user_id = $1 AND id = $2",
                                           {user, id, active ? 1 : 0}));
    return changed == 1;
}

namespace {

Result<std::optional<SealedCredential>> newest(Connection& tx, std::string_view condition, const store::Args& args)
{
    PIX_TRY(auto const rows, tx.query("SELECT c.id, c.username, c.sealed FROM credentials c JOIN users u ON "
                                      "u.id = c.user_id WHERE c.is_active = 1 AND u.is_active = 1 AND " +
                                          std::string(condition) + " ORDER BY c.id DESC LIMIT 1",
                                      args));
    if (rows.empty()) return std::optional<SealedCredential>();
    SealedCredential found;
    found.id = rows.front().integer(0);
    found.username = rows.front().text(1);
    found.sealed = rows.front().bytes(2);
    return std::optional(std::move(found));
}

} // namespace

Result<std::optional<SealedCredential>> find_sealed(Connection& tx, std::int64_t user, std::string_view type)
{
    return newest(tx, "c.user_id = $1 AND c.type = $2", {user, type});
}

Result<std::optional<SealedCredential>> find_sealed_for_host(Connection& tx, std::string_view host)
{
    return newest(tx, "c.host = $1", {host});
}

Result<std::optional<SealedCredential>> find_sealed_by_id(Connection& tx, std::int64_t id)
{
    return newest(tx, "c.id = $1", {id});
}

} // namespace pix::workbench
