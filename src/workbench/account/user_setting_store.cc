#include "workbench/account/user_setting_store.h"

namespace pix::workbench {

using core::Result;
using store::Connection;

Result<core::json::object> load_setting(Connection& tx, std::int64_t user, std::string_view name)
{
    PIX_TRY(auto const rows,
            tx.query("SELECT value_json FROM user_settings WHERE user_id = $1 AND name = $2", {user, name}));
    if (rows.empty()) return core::json::object();
    PIX_TRY(auto value, core::parse_json(rows.front().text(0)));
    if (!value.is_object()) return core::fail(core::Errc::internal, "a stored setting is damaged");
    return std::move(value.as_object());
}

Result<void> save_setting(Connection& tx, std::int64_t user, std::string_view name, const core::json::object& value,
                          core::Millis at)
{
    PIX_CHECK(tx.execute("INSERT INTO user_settings (user_id, name, value_json, changed_at) VALUES ($1, $2, $3, $4) "
                         "ON CONFLICT (user_id, name) DO UPDATE SET value_json = $3, changed_at = $4",
                         {user, name, core::to_text(value), at}));
    return {};
}

} // namespace pix::workbench
