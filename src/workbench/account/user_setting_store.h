#pragma once
#include <functional>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/store/connection.h"

namespace pix::workbench {

/// What an account has set under `name` ("notifications", "appearance" …); an empty object if nothing.
core::Result<core::json::object> load_setting(store::Connection& tx, std::int64_t user, std::string_view name);
core::Result<void> save_setting(store::Connection& tx, std::int64_t user, std::string_view name,
                                const core::json::object& value, core::Millis at);

} // namespace pix::workbench
